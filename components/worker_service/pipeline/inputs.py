"""The inputs of PipelineComponent, one row for each: key, type, rule, default and what it is for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired, TypedDict

import pulumi

from worker_service.inputs import aws_values as aws
from worker_service.inputs.names import LOG_GROUP_PREFIX
from worker_service.inputs.rows import Default, rows_of
from worker_service.inputs.rules import Flag, ListOf, OneOf, Text, Whole
from worker_service.pipeline.build_options import BUILD_ARGUMENTS, BUILD_SECRETS, TARGET_STAGE
from worker_service.pipeline.choices import PipelineSource
from worker_service.pipeline.pipeline_target import SHELL_COMMAND, TARGET, PipelineTarget

#: A pipeline has 50 stages, two of which are source and build; ECR's lifecycle policy has 50 rules, one for each stack.
#: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
MAX_TARGETS = 48

_PATH = Text(
    1,
    200,
    # One spelling for each folder: CodePipeline compares paths as text. No hyphen begins it: that would be an option.
    r"\.|(?!-)(?!.*(^|/)\.\.?(/|$))[\w.-]+(/[\w.-]+)*",
    "a relative path of letters, digits, '.', '_', '-' and '/' that stays inside the repository",
)
_CONNECTION_ARN = Text(
    1,
    256,
    r"arn:aws[a-z-]*:code(star-)?connections:[a-z0-9-]+:\d{12}:connection/[\w-]+",
    "a connection's ARN such as arn:aws:codeconnections:eu-west-1:111122223333:connection/1234abcd-12ab-34cd",
)
_REPOSITORY_ID = Text(3, 200, r"[\w.-]+(/[\w.-]+)+", "a repository's id such as owner/repository")
_BRANCH = Text(1, 255, r"[\w./-]+", "a branch's name such as main")
_BACKEND_URL = Text(
    1,
    500,
    r"https://[\w.:/-]+|s3://[a-z0-9][a-z0-9.-]{2,62}(/[\w./-]*)?(\?region=[a-z0-9-]+)?",
    "a Pulumi backend's URL such as https://api.pulumi.com or s3://bucket/prefix",
)
_SECRET_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}",
    "a secret's whole ARN such as arn:aws:secretsmanager:eu-west-1:111122223333:secret:name-a1b2c3",
)
_SECRETS_PROVIDER = Text(
    1,
    500,
    r"default|passphrase|awskms:///arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+(\?region=[a-z0-9-]+)?",
    "default, passphrase, or awskms:///KEY_ARN",
)
_SHA512 = Text(128, 128, r"[0-9a-f]{128}", "a SHA-512 checksum of 128 hex digits")
_EMAIL = Text(3, 254, r"[^@\s]+@[^@\s]+", "an e-mail address")


class PipelineComponentArgs(TypedDict):
    """Arguments of PipelineComponent."""

    source: Annotated[PipelineSource, OneOf.members_of(PipelineSource)]
    """Where the image's source comes from: directory (a folder beside the program, built by `pulumi up`), connection (a
    Git repository) or s3 (an archive that somebody uploads)."""
    # service_dir, dockerfile and unit_test_command: AWS Proton's worker template, its pipeline's inputs.
    service_dir: NotRequired[Annotated[str, _PATH, Default("ecs-worker")]]
    """Folder of the service's source, below the repository's root or beside Pulumi.yaml. Default ecs-worker."""
    dockerfile: NotRequired[Annotated[str, _PATH, Default("Dockerfile")]]
    """Path of the Dockerfile below service_dir. Default Dockerfile."""
    unit_test_command: NotRequired[Annotated[str, SHELL_COMMAND, Default("echo 'add your unit test command here'")]]
    """Shell command that runs in service_dir before the build. Default echo 'add your unit test command here'."""
    architecture: NotRequired[
        Annotated[aws.Architecture, OneOf.members_of(aws.Architecture), Default(aws.Architecture.X86_64)]
    ]
    """CPU architecture of the image, and of the machine that builds it: X86_64 or ARM64. Default X86_64."""
    build_arguments: NotRequired[Annotated[Mapping[str, str], BUILD_ARGUMENTS, Default({})]]
    """Build arguments of the Dockerfile (ARG), name to value; they can be read out of the image. Default none."""
    build_secrets: NotRequired[Annotated[Mapping[str, str], BUILD_SECRETS, Default({})]]
    """Secrets that the Dockerfile mounts (RUN --mount=type=secret,id=...): id to the ARN of the secret in Secrets
    Manager, with :JSON-KEY behind it for one field. They are no part of the image. Default none."""
    build_secret_kms_key_arns: NotRequired[Annotated[Sequence[str], ListOf(aws.KEY_ARN, maximum_items=20)]]
    """Customer's KMS keys that build_secrets are encrypted with. Default: AWS's own keys, which need no right."""
    target_stage: NotRequired[Annotated[str, TARGET_STAGE]]
    """Stage of the Dockerfile that is built, 1 to 100 characters. Default: the last one."""
    build_cache: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Start from the layers of the newest image and keep this one's; without, every build begins anew. Default true."""
    environment_account_ids: NotRequired[Annotated[Sequence[str], ListOf(aws.ACCOUNT_ID), Default(())]]
    """AWS accounts that may pull the image beside the pipeline's own. Default none."""

    connection_arn: NotRequired[Annotated[str, _CONNECTION_ARN]]
    """CodeConnections connection to the repository. Required with source connection. Default none."""
    repository_id: NotRequired[Annotated[str, _REPOSITORY_ID]]
    """Repository as its provider names it, such as owner/repository. Required with source connection. Default none."""
    branch: NotRequired[Annotated[str, _BRANCH, Default("main")]]
    """Branch whose pushes start the pipeline: those that change something below service_dir or, where a target is
    deployed with `pulumi up`, the program in program_dir or a stack's file. Default main."""

    targets: NotRequired[Annotated[Sequence[PipelineTarget], ListOf(TARGET, maximum_items=MAX_TARGETS), Default(())]]
    """Stacks that are deployed, one after the other, each a map of stack, account_id, deploy_role, region and, if
    wanted, approval, test_command or ecs_service. Default none: the pipeline only builds."""
    program_dir: NotRequired[Annotated[str, _PATH, Default(".")]]
    """Folder of the Pulumi program in the source. Default . (the source's root)."""
    state_backend_url: NotRequired[Annotated[str, _BACKEND_URL]]
    """Pulumi's state backend of the targets, https://api.pulumi.com or s3://bucket/prefix. Required where a target is
    deployed with `pulumi up`. Default none."""
    access_token_secret_arn: NotRequired[Annotated[str, _SECRET_ARN]]
    """Secrets Manager secret with the access token of an https backend. Required there. Default none."""
    pulumi_sha512: NotRequired[Annotated[str, _SHA512]]
    """SHA-512 of the archive of Pulumi that deploy projects install, 128 hex digits. Default: what the release's own
    list says."""
    secrets_provider: NotRequired[Annotated[str, _SECRETS_PROVIDER, Default("default")]]
    """Pulumi's secrets provider of the targets: default, passphrase or awskms:///KEY_ARN. Default default."""
    passphrase_secret_arn: NotRequired[Annotated[str, _SECRET_ARN]]
    """Secrets Manager secret with the passphrase. Required with secrets_provider passphrase. Default none."""

    notification_topic_arn: NotRequired[Annotated[str, aws.TOPIC_ARN]]
    """An existing topic in the pipeline's region that is told of failures and asked for approvals; its policy, and its
    key's, must let events.amazonaws.com publish. Default none."""
    notification_key_arn: NotRequired[Annotated[str, aws.KEY_ARN]]
    """Key of notification_topic_arn, where it is encrypted with one: the pipeline uses it to ask for approvals, and its
    policy must let the pipeline's account. Default none: the topic is not encrypted with a customer's key."""
    notification_email: NotRequired[Annotated[str, _EMAIL]]
    """Address that is told of failures and asked for approvals, in place of a topic. Default none."""
    keep_images: NotRequired[Annotated[int, Whole(1, 1_000), Default(30)]]
    """Newest images that are kept, beside those that were deployed, 1 to 1,000. Default 30."""
    # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html (timeoutInMinutes)
    # A first build without a cache takes a few minutes; one that hangs should not cost hours.
    build_timeout_minutes: NotRequired[Annotated[int, Whole(5, 2_160), Default(30)]]
    """Minutes that a build may run, 5 to 2,160. Default 30."""
    # `pulumi up` waits up to 140 minutes for a service whose rollback alarms have the longest window; then tests run.
    deploy_timeout_minutes: NotRequired[Annotated[int, Whole(5, 2_160), Default(180)]]
    """Minutes that a target's `pulumi up` and test_command may take, 5 to 2,160; more for a service with
    scale_in_protection, whose tasks outlive a deployment. Default 180."""
    log_retention_days: NotRequired[Annotated[int, aws.LOG_RETENTION_DAYS, Default(365)]]
    """Days that logs are kept, one of CloudWatch's steps from 1 to 3,653. Default 365."""
    log_group_prefix: NotRequired[Annotated[str, LOG_GROUP_PREFIX]]
    """What the names of log groups made here begin with, such as /acme/shop; another one makes other log groups.
    Default: Pulumi names them, with random characters."""
    log_kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """An existing KMS key for log groups, whose policy lets logs.REGION.amazonaws.com use it. Default: CloudWatch's own
    encryption."""
    protect: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Refuse deletion of key, image repository, bucket and log groups. Default true."""
    tags: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], aws.TAGS, Default({})]]
    """Tags of everything that takes tags. Default none."""


PIPELINE_ROWS = rows_of(PipelineComponentArgs)
