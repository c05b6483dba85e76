"""The stages of a pipeline as CodePipeline takes them, as pure functions.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

import json
from collections.abc import Mapping
from typing import Any

from worker_service.pipeline.artifact_store import SOURCE_KEY
from worker_service.pipeline.codebuild.image_buildspec import IMAGE_DEFINITIONS
from worker_service.pipeline.delivery.git_repository import GitRepository
from worker_service.pipeline.pipeline_target import deployed_tag_prefix, slug

SOURCE_ACTION = "Source"
_SOURCE_ARTIFACT = "Source"
BUILD_ARTIFACT = "Image"
_BUILD_NAMESPACE = "Build"

#: The variable of the build that names the image by digest.
_IMAGE = f"#{{{_BUILD_NAMESPACE}.IMAGE}}"


def source_stage(repository: GitRepository | None, bucket_name: str) -> dict[str, Any]:
    """Take the source from its repository or from the bucket. Something else starts the pipeline, so nothing polls."""
    if repository is None:
        provider = "S3"
        configuration = {"S3Bucket": bucket_name, "S3ObjectKey": SOURCE_KEY, "PollForSourceChanges": "false"}
    else:
        provider = "CodeStarSourceConnection"
        configuration = {
            "ConnectionArn": repository.connection_arn,
            "FullRepositoryId": repository.repository_id,
            "BranchName": repository.branch,
            "DetectChanges": "false",
        }
    action = _action(SOURCE_ACTION, "Source", provider, configuration, outputs=[_SOURCE_ARTIFACT])
    return {"name": "Source", "actions": [action]}


def build_stage(project_name: str) -> dict[str, Any]:
    """Test, build and push the image."""
    action = _action(
        "Build",
        "Build",
        "CodeBuild",
        {"ProjectName": project_name},
        inputs=[_SOURCE_ARTIFACT],
        outputs=[BUILD_ARTIFACT],
    )
    return {"name": "Build", "actions": [{**action, "namespace": _BUILD_NAMESPACE}]}


def deploy_stage(
    target: Mapping[str, Any], *, project_name: str, role_arn: str, topic_arn: str | None
) -> dict[str, Any]:
    """Ask for an approval if the target wants one, then deploy.

    The project deploys it, or marks its image before ECS's rolling update deploys that.
    """
    actions = [_approval(target, topic_arn)] if target.get("approval") else []
    if "ecs_service" in target:
        actions += [_mark_action(project_name, target["stack"]), _ecs_action(target, role_arn)]
    else:
        actions.append(_project_action("Deploy", project_name, {"IMAGE": _IMAGE}))
    ordered = [{**action, "runOrder": order} for order, action in enumerate(actions, start=1)]
    return {"name": f"Deploy-{slug(target['stack'])}", "actions": ordered}


#: What of a program's folder a deployment depends on, beside the service: other folders there may be anybody's.
_PROGRAM_FILES = ("*.py", "Pulumi*.yaml", "requirements.txt", "components/**")


def push_trigger(repository: GitRepository) -> dict[str, Any]:
    """Start on a push to the branch that changes something below service_dir, or the program and its stacks' files."""
    folder, program = repository.service_dir, repository.program_dir
    prefix = "" if program in (None, ".") else f"{program}/"
    own = [] if program is None else [f"{prefix}{files}" for files in _PROGRAM_FILES]
    paths = {} if folder == "." else {"filePaths": {"includes": [f"{folder}/**", *own]}}
    push = {"branches": {"includes": [repository.branch]}, **paths}
    return {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": SOURCE_ACTION, "pushes": [push]},
    }


def _approval(target: Mapping[str, Any], topic_arn: str | None) -> dict[str, Any]:
    configuration = {"CustomData": f"Deploy {_IMAGE} to the stack {target['stack']}?"}
    if topic_arn is not None:
        configuration["NotificationArn"] = topic_arn
    return _action("Approve", "Approval", "Manual", configuration)


def _mark_action(project_name: str, stack: str) -> dict[str, Any]:
    return _project_action("Mark", project_name, {"IMAGE": _IMAGE, "DEPLOYED_TAG_PREFIX": deployed_tag_prefix(stack)})


def _project_action(name: str, project_name: str, environment: Mapping[str, str]) -> dict[str, Any]:
    variables = [{"name": key, "value": value, "type": "PLAINTEXT"} for key, value in environment.items()]
    configuration = {"ProjectName": project_name, "EnvironmentVariables": json.dumps(variables)}
    return _action(name, "Build", "CodeBuild", configuration, inputs=[_SOURCE_ARTIFACT])


def _ecs_action(target: Mapping[str, Any], role_arn: str) -> dict[str, Any]:
    cluster, service = target["ecs_service"].split("/")
    configuration = {"ClusterName": cluster, "ServiceName": service, "FileName": IMAGE_DEFINITIONS}
    return {**_action("Deploy", "Deploy", "ECS", configuration, inputs=[BUILD_ARTIFACT]), "roleArn": role_arn}


def _action(
    name: str,
    category: str,
    provider: str,
    configuration: Mapping[str, str],
    *,
    inputs: list[str] | None = None,
    outputs: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "category": category,
        "owner": "AWS",
        "provider": provider,
        "version": "1",
        "configuration": dict(configuration),
        **({"inputArtifacts": inputs} if inputs else {}),
        **({"outputArtifacts": outputs} if outputs else {}),
    }
