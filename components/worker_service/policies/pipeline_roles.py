"""What the roles of a pipeline may do, and who may assume them, as pure functions from ARNs to documents.

Wildcard resources are used where AWS offers nothing narrower, and each such line says why.
"""

from collections.abc import Sequence

from worker_service.inputs.arns import Place, place_of
from worker_service.policies.statements import (
    DATA_KEY_ACTIONS,
    PULL_ACTIONS,
    Document,
    Statement,
    allow,
    log_in_to_registry,
    policy_document,
    service_may_assume,
    write_log,
)

#: What pushing an image and its cache needs beside pulling.
PUSH_ACTIONS = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]

#: What reading an artifact needs.
READ_OBJECT_ACTIONS = ["s3:GetObject", "s3:GetObjectVersion"]


def _trust(service: str, place: Place, source_arn: str) -> Document:
    return service_may_assume(
        service, StringEquals={"aws:SourceAccount": place.account_id}, ArnLike={"aws:SourceArn": source_arn}
    )


def codebuild_may_assume(*, key_arn: str, project_prefix: str) -> Document:
    """Trust policy of a build project's role: CodeBuild, for projects of this name alone (confused deputy).

    https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    place = place_of(key_arn)
    # The role exists before its project, whose name ends in random digits.
    project = f"arn:{place.partition}:codebuild:{place.region}:{place.account_id}:project/{project_prefix}-*"
    return _trust("codebuild", place, project)


def codepipeline_may_assume() -> Document:
    """Trust policy of the pipeline's role: CodePipeline, without a condition, as AWS documents it.

    No page says that CodePipeline sends aws:SourceArn or aws:SourceAccount; where it does not, a condition on them
    would let no pipeline be made. IAM itself lets no principal of another account pass this role to a service.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-service-role-cli.html
    """
    return service_may_assume("codepipeline")


def events_may_assume(*, rule_arn: str) -> Document:
    """Trust policy of the role that starts the pipeline: EventBridge, for the one rule."""
    return _trust("events", place_of(rule_arn), rule_arn)


def use_artifacts(bucket_arn: str, actions: Sequence[str]) -> Statement:
    """Use what lies in the artifact bucket."""
    # CodePipeline names an artifact when it writes it; beside artifacts the bucket holds sources, which become such.
    return allow("UseArtifacts", actions, f"{bucket_arn}/*")


def _look_at_bucket(bucket_arn: str) -> Statement:
    # CodeBuild and CodePipeline look at a bucket before they use it.
    # https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    return allow("LookAtBucket", ["s3:GetBucketAcl", "s3:GetBucketLocation"], bucket_arn)


def _mark_as_deployed(repository_arn: str) -> Statement:
    return allow("MarkAsDeployed", ["ecr:BatchGetImage", "ecr:PutImage"], repository_arn)


def build_role_policy(
    *,
    log_group_arn: str,
    bucket_arn: str,
    artifact_keys: str | None,
    key_arn: str,
    repository_arn: str,
    cache_repository_arn: str | None,
    secret_arns: Sequence[str] = (),
    secret_key_arns: Sequence[str] = (),
) -> Document:
    """What a build may do: read its source and its secrets, write its artifact and log, push to the two repositories.

    Without a cache it has nothing to do with that repository. `artifact_keys` is the pattern of its artifacts' keys in
    the bucket; without a pipeline it writes none.
    """
    # Unit tests run with this role: the sources, which deploy projects run with theirs, must be out of its reach.
    writing = [] if artifact_keys is None else [allow("WriteArtifact", "s3:PutObject", f"{bucket_arn}/{artifact_keys}")]
    caching = []
    if cache_repository_arn is not None:
        caching = [allow("UseBuildCache", sorted([*PULL_ACTIONS, *PUSH_ACTIONS]), cache_repository_arn)]
    reading = []
    if secret_arns:
        reading.append(allow("ReadBuildSecrets", "secretsmanager:GetSecretValue", secret_arns))
    if secret_key_arns:
        reading.append(allow("DecryptBuildSecrets", "kms:Decrypt", secret_key_arns))
    return policy_document(
        write_log(log_group_arn),
        use_artifacts(bucket_arn, READ_OBJECT_ACTIONS),
        *writing,
        _look_at_bucket(bucket_arn),
        allow("UseKey", DATA_KEY_ACTIONS, key_arn),
        allow("PushImage", sorted(["ecr:DescribeImages", *PULL_ACTIONS, *PUSH_ACTIONS]), repository_arn),
        *caching,
        log_in_to_registry(),
        *reading,
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
        write_log(log_group_arn),
        use_artifacts(bucket_arn, READ_OBJECT_ACTIONS),
        _look_at_bucket(bucket_arn),
        allow("ReadArtifacts", "kms:Decrypt", key_arn),
        allow("AssumeTargetRole", "sts:AssumeRole", target_role_arn),
        _mark_as_deployed(repository_arn),
    ]
    if secret_arns:
        statements.append(allow("ReadPulumiSecrets", "secretsmanager:GetSecretValue", secret_arns))
    if secrets_key_arn is not None:
        statements.append(allow("UseSecretsProvider", ["kms:Decrypt", "kms:Encrypt"], secrets_key_arn))
    if state_bucket is not None:
        partition = place_of(key_arn).partition
        bucket = state_bucket.split("/", 1)[0]
        statements += [
            # Pulumi names its files by project and stack, and lists them to find its stacks and locks.
            allow("ListState", "s3:ListBucket", f"arn:{partition}:s3:::{bucket}"),
            allow(
                "KeepState",
                ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                f"arn:{partition}:s3:::{state_bucket.rstrip('/')}/*",
            ),
        ]
    return policy_document(*statements)


def mark_role_policy(*, log_group_arn: str, bucket_arn: str, key_arn: str, repository_arn: str) -> Document:
    """What marking an image that ECS deploys may do; CodePipeline starts no build without a source to read."""
    return policy_document(
        write_log(log_group_arn),
        use_artifacts(bucket_arn, READ_OBJECT_ACTIONS),
        _look_at_bucket(bucket_arn),
        allow("ReadArtifacts", "kms:Decrypt", key_arn),
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
    topic_key_arn: str | None,
) -> Document:
    """What the pipeline may do: move artifacts, start its own builds, use its connection, assume its actions' roles.

    `topic_key_arn` encrypts a topic of somebody's that it asks for approvals; the pipeline's own key it may use anyway.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    """
    statements = [
        use_artifacts(bucket_arn, [*READ_OBJECT_ACTIONS, "s3:PutObject"]),
        _look_at_bucket(bucket_arn),
        allow("FindSource", ["s3:GetBucketVersioning", "s3:ListBucket"], bucket_arn),
        allow("UseKey", DATA_KEY_ACTIONS, key_arn),
        allow("StartBuilds", ["codebuild:BatchGetBuilds", "codebuild:StartBuild"], _once(project_arns)),
    ]
    if connection_arn is not None:
        # The service was renamed: which prefix is asked for depends on when the connection was made.
        actions = ["codeconnections:UseConnection", "codestar-connections:UseConnection"]
        statements.append(allow("UseConnection", actions, connection_arn))
    if action_role_arns:
        statements.append(allow("AssumeActionRoles", "sts:AssumeRole", _once(action_role_arns)))
    if topic_arn is not None:
        statements.append(allow("AskForApproval", "sns:Publish", topic_arn))
    if topic_key_arn is not None:
        statements.append(allow("UseKeyOfTopic", DATA_KEY_ACTIONS, topic_key_arn))
    return policy_document(*statements)


def _once(arns: Sequence[str]) -> list[str]:
    """Several targets may share a project or a role."""
    return list(dict.fromkeys(arns))


def start_pipeline_policy(*, pipeline_arn: str) -> Document:
    """What the arrival of an archive may do: start the one pipeline."""
    return policy_document(allow("StartPipeline", "codepipeline:StartPipelineExecution", pipeline_arn))
