"""Reusable Pulumi components: a worker service on SNS, SQS and ECS Fargate, and the environment it runs in."""
