"""Every policy document of the pipeline, as pure functions from ARNs to dicts.

Wildcard resources are used where AWS offers nothing narrower, and each such line says why.
"""

from collections.abc import Sequence
from typing import Any

from components.arns import Place, place_of

Document = dict[str, Any]

#: What pulling an image needs.
PULL_ACTIONS = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

#: What pushing an image and its cache needs beside pulling.
PUSH_ACTIONS = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]

#: What reading and writing encrypted artifacts and publishing to an encrypted topic need.
DATA_KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"]


def _document(*statements: dict[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: str | Sequence[str], resources: str | Sequence[str]) -> dict[str, Any]:
    action = actions if isinstance(actions, str) else list(actions)
    resource = resources if isinstance(resources, str) else list(resources)
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def _trust(service: str, place: Place, source_arn: str | None) -> Document:
    conditions: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": place.account_id}}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return _document(
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": conditions,
        }
    )


def codebuild_may_assume(*, key_arn: str, project_prefix: str) -> Document:
    """Trust policy of a build project's role: CodeBuild, for projects of this name alone (confused deputy).

    https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    place = place_of(key_arn)
    # The role exists before its project, whose name ends in random digits.
    project = f"arn:{place.partition}:codebuild:{place.region}:{place.account_id}:project/{project_prefix}-*"
    return _trust("codebuild", place, project)


def codepipeline_may_assume(*, key_arn: str, pipeline_prefix: str) -> Document:
    """Trust policy of the pipeline's role: CodePipeline, for pipelines of this name alone (confused deputy)."""
    place = place_of(key_arn)
    # The role exists before its pipeline, whose name ends in random digits.
    pipeline = f"arn:{place.partition}:codepipeline:{place.region}:{place.account_id}:{pipeline_prefix}-*"
    return _trust("codepipeline", place, pipeline)


def events_may_assume(*, rule_arn: str) -> Document:
    """Trust policy of the role that starts the pipeline: EventBridge, for the one rule."""
    return _trust("events", place_of(rule_arn), rule_arn)


def _write_log(log_group_arn: str) -> dict[str, Any]:
    # Log streams are named by CodeBuild when a build starts.
    return _allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:log-stream:*")


def _log_in_to_registry() -> dict[str, Any]:
    # A registry's token belongs to no repository: the action knows no resource.
    return _allow("LogInToRegistry", "ecr:GetAuthorizationToken", "*")


def _use_artifacts(bucket_arn: str, actions: Sequence[str]) -> dict[str, Any]:
    # CodePipeline names an artifact when it writes it; beside artifacts the bucket holds sources, which become such.
    return _allow("UseArtifacts", actions, f"{bucket_arn}/*")


def _look_at_bucket(bucket_arn: str) -> dict[str, Any]:
    # CodeBuild and CodePipeline look at a bucket before they use it.
    # https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    return _allow("LookAtBucket", ["s3:GetBucketAcl", "s3:GetBucketLocation"], bucket_arn)


def _mark_as_deployed(repository_arn: str) -> dict[str, Any]:
    return _allow("MarkAsDeployed", ["ecr:BatchGetImage", "ecr:PutImage"], repository_arn)


def build_role_policy(
    *,
    log_group_arn: str,
    bucket_arn: str,
    artifact_keys: str | None,
    key_arn: str,
    repository_arn: str,
    cache_repository_arn: str,
) -> Document:
    """What a build may do: read its source, write its artifact and log, push to the two repositories.

    `artifact_keys` is the pattern of its artifacts' keys in the bucket; without a pipeline it writes none.
    """
    # Unit tests run with this role: the sources, which deploy projects run with theirs, must be out of its reach.
    writing = (
        [] if artifact_keys is None else [_allow("WriteArtifact", "s3:PutObject", f"{bucket_arn}/{artifact_keys}")]
    )
    return _document(
        _write_log(log_group_arn),
        _use_artifacts(bucket_arn, ["s3:GetObject", "s3:GetObjectVersion"]),
        *writing,
        _look_at_bucket(bucket_arn),
        _allow("UseKey", DATA_KEY_ACTIONS, key_arn),
        _allow("PushImage", sorted(["ecr:DescribeImages", *PULL_ACTIONS, *PUSH_ACTIONS]), repository_arn),
        _allow("UseBuildCache", sorted([*PULL_ACTIONS, *PUSH_ACTIONS]), cache_repository_arn),
        _log_in_to_registry(),
    )


def deploy_role_policy(
    *,
    log_group_arn: str,
    bucket_arn: str,
    key_arn: str,
    repository_arn: str,
    target_role_arn: str,
    state_bucket: str | None,
    secret_arns: Sequence[str],
    secrets_key_arn: str | None,
) -> Document:
    """What a deployment may do: read the source, assume the target's role, keep Pulumi's state, mark its image.

    `state_bucket` is the bucket of an s3 backend, perhaps with a prefix; `secrets_key_arn` encrypts stacks' secrets.
    """
    statements = [
        _write_log(log_group_arn),
        _use_artifacts(bucket_arn, ["s3:GetObject", "s3:GetObjectVersion"]),
        _look_at_bucket(bucket_arn),
        _allow("ReadArtifacts", "kms:Decrypt", key_arn),
        _allow("AssumeTargetRole", "sts:AssumeRole", target_role_arn),
        _mark_as_deployed(repository_arn),
    ]
    if secret_arns:
        statements.append(_allow("ReadPulumiSecrets", "secretsmanager:GetSecretValue", secret_arns))
    if secrets_key_arn is not None:
        statements.append(_allow("UseSecretsProvider", ["kms:Decrypt", "kms:Encrypt"], secrets_key_arn))
    if state_bucket is not None:
        partition = place_of(key_arn).partition
        bucket = state_bucket.split("/", 1)[0]
        statements += [
            # Pulumi names its files by project and stack, and lists them to find its stacks and locks.
            _allow("ListState", "s3:ListBucket", f"arn:{partition}:s3:::{bucket}"),
            _allow(
                "KeepState",
                ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                f"arn:{partition}:s3:::{state_bucket.rstrip('/')}/*",
            ),
        ]
    return _document(*statements)


def mark_role_policy(*, log_group_arn: str, bucket_arn: str, key_arn: str, repository_arn: str) -> Document:
    """What marking an image that ECS deploys may do; CodePipeline starts no build without a source to read."""
    return _document(
        _write_log(log_group_arn),
        _use_artifacts(bucket_arn, ["s3:GetObject", "s3:GetObjectVersion"]),
        _look_at_bucket(bucket_arn),
        _allow("ReadArtifacts", "kms:Decrypt", key_arn),
        _mark_as_deployed(repository_arn),
    )


def pipeline_role_policy(
    *,
    bucket_arn: str,
    key_arn: str,
    project_arns: Sequence[str],
    connection_arn: str | None,
    action_role_arns: Sequence[str],
    topic_arn: str | None,
) -> Document:
    """What the pipeline may do: move artifacts, start its own builds, use its connection, assume its actions' roles.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    """
    statements = [
        _use_artifacts(bucket_arn, ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]),
        _look_at_bucket(bucket_arn),
        _allow("FindSource", ["s3:GetBucketVersioning", "s3:ListBucket"], bucket_arn),
        _allow("UseKey", DATA_KEY_ACTIONS, key_arn),
        _allow("StartBuilds", ["codebuild:BatchGetBuilds", "codebuild:StartBuild"], _once(project_arns)),
    ]
    if connection_arn is not None:
        # The service was renamed: which prefix is asked for depends on when the connection was made.
        actions = ["codeconnections:UseConnection", "codestar-connections:UseConnection"]
        statements.append(_allow("UseConnection", actions, connection_arn))
    if action_role_arns:
        statements.append(_allow("AssumeActionRoles", "sts:AssumeRole", _once(action_role_arns)))
    if topic_arn is not None:
        statements.append(_allow("AskForApproval", "sns:Publish", topic_arn))
    return _document(*statements)


def _once(arns: Sequence[str]) -> list[str]:
    """Several targets may share a project or a role."""
    return list(dict.fromkeys(arns))


def start_pipeline_policy(*, pipeline_arn: str) -> Document:
    """What the arrival of an archive may do: start the one pipeline."""
    return _document(_allow("StartPipeline", "codepipeline:StartPipelineExecution", pipeline_arn))


def key_policy(*, key_arn: str, artifact_reader_arns: Sequence[str], publishes_events: bool) -> Document:
    """Policy of the pipeline's key: the account's own policies decide, and the roles of other accounts read artifacts.

    Without the last statement EventBridge cannot publish to the encrypted topic, and says nothing.
    """
    place = place_of(key_arn)
    # "*" in a key's policy names the key itself, and KMS takes nothing else.
    root = f"arn:{place.partition}:iam::{place.account_id}:root"
    statements = [{**_allow("AccountPoliciesDecide", "kms:*", "*"), "Principal": {"AWS": root}}]
    if artifact_reader_arns:
        readers = {"AWS": list(artifact_reader_arns)}
        statements.append({**_allow("ReadArtifacts", "kms:Decrypt", "*"), "Principal": readers})
    if publishes_events:
        events = {"Service": "events.amazonaws.com"}
        statements.append({**_allow("PublishFailures", DATA_KEY_ACTIONS, "*"), "Principal": events})
    return _document(*statements)


def bucket_policy(*, bucket_arn: str, artifact_reader_arns: Sequence[str]) -> Document:
    """Policy of the artifact bucket: TLS only, and the roles of other accounts read artifacts."""
    refuse_plain_http = {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        # A refusal must reach every caller, so its principal is everyone.
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    if not artifact_reader_arns:
        return _document(refuse_plain_http)
    readers = {"AWS": list(artifact_reader_arns)}
    reading = _use_artifacts(bucket_arn, ["s3:GetObject", "s3:GetObjectVersion"])
    return _document({**reading, "Sid": "ReadArtifacts", "Principal": readers}, refuse_plain_http)


def repository_policy(*, key_arn: str, account_ids: Sequence[str]) -> Document:
    """Policy of the image repository: the environment accounts may pull, and do nothing else."""
    partition = place_of(key_arn).partition
    return _document(
        {
            "Sid": "PullFromEnvironmentAccounts",
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:{partition}:iam::{account_id}:root" for account_id in account_ids]},
            "Action": PULL_ACTIONS,
        }
    )


def notice_topic_policy(*, topic_arn: str) -> Document:
    """Policy of the topic of failures: TLS only, and EventBridge may publish.

    EventBridge's own example for topics has no condition: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    events = {"Service": "events.amazonaws.com"}
    return _document(
        {**_allow("PublishFailures", "sns:Publish", topic_arn), "Principal": events},
        {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            # A refusal must reach every caller, so its principal is everyone.
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )
