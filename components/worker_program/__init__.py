"""A Pulumi program and its stacks' config, read without the engine: for the box and the simulator."""
