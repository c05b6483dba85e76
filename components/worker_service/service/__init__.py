"""The worker service: topic, queues, roles, tasks."""
