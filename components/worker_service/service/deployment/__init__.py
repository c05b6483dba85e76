"""What is done and told around a deployment of the service, by hooks of its ECS service."""
