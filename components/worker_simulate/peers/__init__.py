"""How others scale workers on ECS and Kubernetes, from their sources."""
