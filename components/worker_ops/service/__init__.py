"""The ECS service that the workers run as: how it is, and what can be done to it."""
