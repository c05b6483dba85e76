"""The Pulumi program: a worker service in its environment, its pipeline, or both, as the stack's config says."""

import pulumi

import stack_config
from worker_service import Environment, PipelineComponent, WorkerService

settings = stack_config.read()

pipeline = PipelineComponent(settings.name("pipeline"), settings.pipeline) if settings.pipeline else None

if pipeline:
    pulumi.export("repository_url", pipeline.repository_url)
    pulumi.export("build_project_name", pipeline.build_project_name)
    pulumi.export("image", pipeline.image)
    pulumi.export("pipeline_arn", pipeline.pipeline_arn)
    pulumi.export("pipeline_url", pipeline.pipeline_url)
    pulumi.export("source_uri", pipeline.source_uri)

if settings.runs_service:
    environment = Environment(settings.name("environment"), settings.environment)
    service = WorkerService(settings.name("worker"), settings.worker_service(environment, pipeline))

    pulumi.export("topic_arn", service.topic_arn)
    pulumi.export("queue_url", service.queue_url)
    pulumi.export("queue_arn", service.queue_arn)
    pulumi.export("queue_name", service.queue_name)
    pulumi.export("dead_letter_queue_url", service.dead_letter_queue_url)
    pulumi.export("dead_letter_queue_arn", service.dead_letter_queue_arn)
    pulumi.export("dead_letter_queue_name", service.dead_letter_queue_name)
    pulumi.export("service_name", service.service_name)
    pulumi.export("task_definition_arn", service.task_definition_arn)
    pulumi.export("task_role_arn", service.task_role_arn)
    pulumi.export("kms_key_arn", service.kms_key_arn)
    pulumi.export("log_group_name", service.log_group_name)
    pulumi.export("dashboard_url", service.dashboard_url)
    pulumi.export("topic_arns", service.topic_arns)
    pulumi.export("queues", service.queues)
    pulumi.export("required_policies", service.required_policies)
    pulumi.export("cluster_arn", environment.cluster_arn)
    pulumi.export("shared_topic_arns", environment.shared_topic_arns)
    pulumi.export("vpc_id", environment.vpc_id)
    pulumi.export("public_subnet_ids", environment.public_subnet_ids)
    pulumi.export("private_subnet_ids", environment.private_subnet_ids)
