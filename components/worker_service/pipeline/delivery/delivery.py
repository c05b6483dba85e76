"""Delivery: the pipeline itself, its role, and what starts it and tells of its failures."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.inputs.arns import last_part, place_of
from worker_service.inputs.partitions import console_url
from worker_service.pipeline.artifact_store import SOURCE_KEY, ArtifactStore
from worker_service.pipeline.codebuild.build_project import BuildProject
from worker_service.pipeline.delivery import stages
from worker_service.pipeline.delivery.git_repository import GitRepository
from worker_service.pipeline.pipeline_target import PipelineTarget, role_arns
from worker_service.policies.document import document
from worker_service.policies.pipeline_roles import (
    codepipeline_may_assume,
    events_may_assume,
    pipeline_role_policy,
    start_pipeline_policy,
)


class Delivery(pulumi.ComponentResource):
    """A CodePipeline pipeline of type V2: source, build, and one stage for each target."""

    pipeline_arn: pulumi.Output[str]
    """ARN of the pipeline."""
    pipeline_url: pulumi.Output[str]
    """The pipeline in the AWS console."""

    def __init__(
        self,
        name: str,
        *,
        repository: GitRepository | None,
        targets: Sequence[PipelineTarget],
        build_project: BuildProject,
        target_projects: Sequence[BuildProject],
        store: ArtifactStore,
        key_arn: pulumi.Input[str],
        notification_topic_arn: pulumi.Input[str] | None,
        notification_key_arn: str | None,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Without a `repository` the source is the archive that somebody uploads to the store.

        `target_projects` deploy the targets, in their order, or mark the images of those that ECS deploys.
        `notification_key_arn` is the key of the topic, where that is another one than `key_arn`.
        """
        super().__init__("workers:index:Delivery", name, {}, opts)
        self._name = name
        self._repository = repository
        self._targets = targets
        self._build_project = build_project
        self._target_projects = target_projects
        self._store = store
        self._key_arn = key_arn
        self._notification_topic_arn = notification_topic_arn
        self._notification_key_arn = notification_key_arn
        self._tags = tags
        self._child = pulumi.ResourceOptions(parent=self)

        pipeline = self._pipeline(*self._role())
        if repository is None:
            self._start_on_upload(pipeline)
        if notification_topic_arn is not None:
            self._tell_of_failures(pipeline, notification_topic_arn)

        self.pipeline_arn = pipeline.arn
        self.pipeline_url = pipeline.arn.apply(_console_url)
        self.register_outputs({"pipeline_arn": self.pipeline_arn, "pipeline_url": self.pipeline_url})

    def _role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        trust = json.dumps(codepipeline_may_assume())
        role = aws.iam.Role(f"{self._name}-pipeline-role", assume_role_policy=trust, tags=self._tags, opts=self._child)
        by_ecs = [target for target in self._targets if "ecs_service" in target]
        asks = any(target.get("approval") for target in self._targets)
        policy = aws.iam.RolePolicy(
            f"{self._name}-pipeline-role-policy",
            role=role.name,
            policy=document(
                pipeline_role_policy,
                bucket_arn=self._store.bucket_arn,
                key_arn=self._key_arn,
                project_arns=[project.project_arn for project in (self._build_project, *self._target_projects)],
                connection_arn=self._repository.connection_arn if self._repository else None,
                action_role_arns=role_arns(self._key_arn, by_ecs),
                topic_arn=self._notification_topic_arn if asks else None,
                topic_key_arn=self._notification_key_arn if asks else None,
            ),
            opts=self._child,
        )
        return role, policy

    def _pipeline(self, role: aws.iam.Role, role_policy: aws.iam.RolePolicy) -> aws.codepipeline.Pipeline:
        return aws.codepipeline.Pipeline(
            f"{self._name}-pipeline",
            pipeline_type="V2",
            # One after the other: a slow deployment must not be overtaken by a newer one.
            execution_mode="QUEUED",
            role_arn=role.arn,
            artifact_stores=[
                {
                    "location": self._store.bucket_name,
                    "type": "S3",
                    "encryption_key": {"id": self._key_arn, "type": "KMS"},
                }
            ],
            stages=self._stages(),
            triggers=self._triggers(),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy]),
        )

    def _stages(self) -> pulumi.Output[Any]:
        def build(known: Mapping[str, Any]) -> list[dict[str, Any]]:
            deployments = zip(self._targets, known["projects"], known["roles"], strict=True)
            return [
                stages.source_stage(self._repository, known["bucket_name"]),
                stages.build_stage(known["build"]),
                *(
                    stages.deploy_stage(target, project_name=project, role_arn=role, topic_arn=known["topic_arn"])
                    for target, project, role in deployments
                ),
            ]

        return pulumi.Output.all(
            bucket_name=self._store.bucket_name,
            build=self._build_project.project_name,
            projects=[project.project_name for project in self._target_projects],
            roles=role_arns(self._key_arn, self._targets),
            topic_arn=self._notification_topic_arn,
        ).apply(build)

    def _triggers(self) -> list[Any]:
        return [] if self._repository is None else [stages.push_trigger(self._repository)]

    def _start_on_upload(self, pipeline: aws.codepipeline.Pipeline) -> None:
        rule = self._rule(
            "upload",
            "A new source archive starts the pipeline",
            {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [self._store.bucket_name]}, "object": {"key": [SOURCE_KEY]}},
            },
        )
        role = aws.iam.Role(
            f"{self._name}-upload-role",
            assume_role_policy=document(events_may_assume, rule_arn=rule.arn),
            tags=self._tags,
            opts=self._child,
        )
        policy = aws.iam.RolePolicy(
            f"{self._name}-upload-role-policy",
            role=role.name,
            policy=document(start_pipeline_policy, pipeline_arn=pipeline.arn),
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-upload-target",
            rule=rule.name,
            arn=pipeline.arn,
            role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _tell_of_failures(self, pipeline: aws.codepipeline.Pipeline, topic_arn: pulumi.Input[str]) -> None:
        rule = self._rule(
            "failure",
            "The pipeline failed",
            {
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
                "detail": {"pipeline": [pipeline.name], "state": ["FAILED"]},
            },
        )
        url = pipeline.arn.apply(_console_url)
        aws.cloudwatch.EventTarget(
            f"{self._name}-failure-target",
            rule=rule.name,
            arn=topic_arn,
            input_transformer={
                "input_paths": {"execution": "$.detail.execution-id", "pipeline": "$.detail.pipeline"},
                "input_template": pulumi.Output.format('"The pipeline <pipeline> failed (<execution>): {0}"', url),
            },
            opts=self._child,
        )

    def _rule(self, suffix: str, description: str, event_pattern: dict[str, Any]) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            f"{self._name}-{suffix}",
            description=description,
            event_pattern=pulumi.Output.json_dumps(event_pattern),
            tags=self._tags,
            opts=self._child,
        )


def _console_url(pipeline_arn: str) -> str:
    region = place_of(pipeline_arn).region
    return console_url(region, f"codesuite/codepipeline/pipelines/{last_part(pipeline_arn)}/view?region={region}")
