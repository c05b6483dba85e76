"""Where the commands work: the box on this machine, a deployed stack, or a queue by its URL."""
