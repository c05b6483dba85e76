"""The ECS task and service that the worker runs in."""
