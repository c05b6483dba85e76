"""Delivery: the pipeline itself, its role, and what starts it and tells of its failures."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from components import pipeline_policies, stages
from components.arns import place_of
from components.artifact_store import SOURCE_KEY
from components.documents import document
from components.pipeline_limits import PipelineSource
from components.targets import PipelineTarget, role_arns

#: Domain of the console in each partition.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


class DeliveryArgs(TypedDict):
    """Arguments of Delivery."""

    source: PipelineSource
    """connection or s3."""
    connection_arn: str | None
    """CodeConnections connection, with source connection."""
    repository_id: str | None
    """Repository, with source connection."""
    branch: str
    """Branch whose pushes start the pipeline, with source connection."""
    service_dir: str
    """Folder whose changes start the pipeline, with source connection."""
    targets: Sequence[PipelineTarget]
    """What is deployed, in order."""
    build_project: tuple[pulumi.Input[str], pulumi.Input[str]]
    """Name and ARN of the project that builds."""
    target_projects: Sequence[tuple[pulumi.Input[str], pulumi.Input[str]]]
    """Name and ARN of the project that deploys each target or, where ECS does that, marks its image."""
    bucket_name: pulumi.Input[str]
    """Artifact bucket."""
    bucket_arn: pulumi.Input[str]
    """ARN of the artifact bucket."""
    key_arn: pulumi.Input[str]
    """KMS key of the artifacts."""
    notice_topic_arn: pulumi.Input[str] | None
    """Topic that is told of failures and asked for approvals, or None."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of everything that takes tags."""


class Delivery(pulumi.ComponentResource):
    """A CodePipeline pipeline of type V2: source, build, and one stage for each target."""

    pipeline_arn: pulumi.Output[str]
    """ARN of the pipeline."""
    pipeline_url: pulumi.Output[str]
    """The pipeline in the AWS console."""

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:Delivery", name, {}, opts)
        role_policy, role = self._role(name, args)
        pipeline = aws.codepipeline.Pipeline(
            f"{name}-pipeline",
            pipeline_type="V2",
            # One after the other: a slow deployment must not be overtaken by a newer one.
            execution_mode="QUEUED",
            role_arn=role.arn,
            artifact_stores=[
                {
                    "location": args["bucket_name"],
                    "type": "S3",
                    "encryption_key": {"id": args["key_arn"], "type": "KMS"},
                }
            ],
            stages=_stages(args),
            triggers=_triggers(args),
            tags=args["tags"],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy]),
        )
        if args["source"] == PipelineSource.S3:
            self._start_on_upload(name, pipeline, args)
        if args["notice_topic_arn"] is not None:
            self._tell_of_failures(name, pipeline, args["notice_topic_arn"], args["tags"])

        self.pipeline_arn = pipeline.arn
        self.pipeline_url = pipeline.arn.apply(_console_url)
        self.register_outputs({"pipeline_arn": self.pipeline_arn, "pipeline_url": self.pipeline_url})

    def _role(self, name: str, args: DeliveryArgs) -> tuple[aws.iam.RolePolicy, aws.iam.Role]:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-pipeline-role",
            assume_role_policy=document(
                pipeline_policies.codepipeline_may_assume, key_arn=args["key_arn"], pipeline_prefix=f"{name}-pipeline"
            ),
            tags=args["tags"],
            opts=child,
        )
        by_ecs = [target for target in args["targets"] if "ecs_service" in target]
        projects = [args["build_project"], *args["target_projects"]]
        policy = aws.iam.RolePolicy(
            f"{name}-pipeline-role-policy",
            role=role.name,
            policy=document(
                pipeline_policies.pipeline_role_policy,
                bucket_arn=args["bucket_arn"],
                key_arn=args["key_arn"],
                project_arns=[arn for _, arn in projects],
                connection_arn=args["connection_arn"],
                action_role_arns=role_arns(args["key_arn"], by_ecs),
                topic_arn=args["notice_topic_arn"] if any(t.get("approval") for t in args["targets"]) else None,
            ),
            opts=child,
        )
        return policy, role

    def _start_on_upload(self, name: str, pipeline: aws.codepipeline.Pipeline, args: DeliveryArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{name}-upload",
            description="A new source archive starts the pipeline",
            event_pattern=pulumi.Output.json_dumps(
                {
                    "source": ["aws.s3"],
                    "detail-type": ["Object Created"],
                    "detail": {"bucket": {"name": [args["bucket_name"]]}, "object": {"key": [SOURCE_KEY]}},
                }
            ),
            tags=args["tags"],
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-upload-role",
            assume_role_policy=document(pipeline_policies.events_may_assume, rule_arn=rule.arn),
            tags=args["tags"],
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-upload-role-policy",
            role=role.name,
            policy=document(pipeline_policies.start_pipeline_policy, pipeline_arn=pipeline.arn),
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-upload-target",
            rule=rule.name,
            arn=pipeline.arn,
            role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _tell_of_failures(
        self,
        name: str,
        pipeline: aws.codepipeline.Pipeline,
        topic_arn: pulumi.Input[str],
        tags: Mapping[str, pulumi.Input[str]],
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            f"{name}-failure",
            description="The pipeline failed",
            event_pattern=pulumi.Output.json_dumps(
                {
                    "source": ["aws.codepipeline"],
                    "detail-type": ["CodePipeline Pipeline Execution State Change"],
                    "detail": {"pipeline": [pipeline.name], "state": ["FAILED"]},
                }
            ),
            tags=tags,
            opts=child,
        )
        url = pipeline.arn.apply(_console_url)
        aws.cloudwatch.EventTarget(
            f"{name}-failure-target",
            rule=rule.name,
            arn=topic_arn,
            input_transformer={
                "input_paths": {"execution": "$.detail.execution-id", "pipeline": "$.detail.pipeline"},
                "input_template": pulumi.Output.format('"The pipeline <pipeline> failed (<execution>): {0}"', url),
            },
            opts=child,
        )


def _stages(args: DeliveryArgs) -> pulumi.Output[Any]:
    def build(known: Mapping[str, Any]) -> list[dict[str, Any]]:
        deployments = zip(args["targets"], known["projects"], known["roles"], strict=True)
        return [
            stages.source_stage(args, known["bucket_name"]),
            stages.build_stage(known["build"]),
            *(
                stages.deploy_stage(target, project_name=project, role_arn=role, topic_arn=known["topic_arn"])
                for target, project, role in deployments
            ),
        ]

    return pulumi.Output.all(
        bucket_name=args["bucket_name"],
        build=args["build_project"][0],
        projects=[project_name for project_name, _ in args["target_projects"]],
        roles=role_arns(args["key_arn"], args["targets"]),
        topic_arn=args["notice_topic_arn"],
    ).apply(build)


def _triggers(args: DeliveryArgs) -> list[Any]:
    if args["source"] == PipelineSource.S3:
        return []
    return [stages.push_trigger(args["branch"], args["service_dir"])]


def _console_url(pipeline_arn: str) -> str:
    place = place_of(pipeline_arn)
    pipeline = pipeline_arn.rsplit(":", 1)[-1]
    console = f"https://{place.region}.{_CONSOLES.get(place.partition, _CONSOLES['aws'])}"
    return f"{console}/codesuite/codepipeline/pipelines/{pipeline}/view?region={place.region}"
