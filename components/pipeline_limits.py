"""What AWS, Pulumi and this project allow for each input of PipelineComponent, and of DeployRole."""

from enum import Enum

from components.checks import COMPONENT_NAME
from components.limits import LOG_RETENTION_DAYS, TAGS, Architecture
from components.rules import Fields, Flag, ListOf, OneOf, Rule, Text, Whole


class PipelineSource(str, Enum):
    """Where the service's source comes from."""

    DIRECTORY = "directory"
    """A folder beside the program: `pulumi up` uploads it, builds it in CodeBuild and yields the image."""
    CONNECTION = "connection"
    """A Git repository, through a CodeConnections connection: a push starts the pipeline."""
    S3 = "s3"
    """An archive that somebody uploads: its arrival starts the pipeline."""


#: Leaves room in IAM's 64 characters for a stack's name, the longest suffix and Pulumi's random one.
PIPELINE_NAME = Text(1, 20, r"[A-Za-z][A-Za-z0-9-]*", "1 to 20 letters, digits and hyphens that begin with a letter")

#: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html (timeoutInMinutes)
MIN_BUILD_MINUTES, MAX_BUILD_MINUTES = 5, 2_160

#: A pipeline has 50 stages, two of which are source and build; ECR's lifecycle policy has 50 rules, one for each stack.
#: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
MAX_TARGETS = 48

#: A role's inline policies have 10,240 characters, and each name takes its share.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_PROGRAM_NAMES = 3

_FOLDER_WORDS = "a relative path of letters, digits, '.', '_', '-' and '/' that stays inside the repository"
# One spelling for each folder: CodePipeline compares paths as text. No hyphen begins it: that would be an option.
_FOLDER = r"\.|(?!-)(?!.*(^|/)\.\.?(/|$))[\w.-]+(/[\w.-]+)*"
_ACCOUNT_ID = Text(12, 12, r"\d{12}", "an AWS account id of 12 digits, in quotes")
_REGION = Text(1, 30, r"[a-z]{2}(-[a-z]+)+-\d", "a region such as eu-west-1")
_COMMAND = Text(1, 2_000, r"(?s).*\S.*", "a shell command of 1 to 2000 characters")
_SECRET_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}",
    "a secret's whole ARN such as arn:aws:secretsmanager:eu-west-1:111122223333:secret:name-a1b2c3",
)

#: One place that the pipeline deploys to.
TARGET = Fields(
    {
        "stack": Text(
            1,
            200,
            r"([\w.-]+/){0,2}[A-Za-z0-9][\w-]{0,19}",
            "a stack's name such as organization/project/stack, whose last part has 1 to 20 letters, digits, - and _",
        ),
        "account_id": _ACCOUNT_ID,
        "region": _REGION,
        "deploy_role": Text(1, 64, r"[\w+=,.@-]+", "the name of an IAM role in the target's account"),
        "approval": Flag(),
        "test_command": _COMMAND,
        "ecs_service": Text(3, 511, r"[\w-]+/[\w-]+", "a cluster's and a service's name such as cluster/service"),
    },
    required=("stack", "account_id", "deploy_role"),
)

#: One rule for each input of PipelineComponent that can be checked before anything runs.
PIPELINE_RULES: dict[str, Rule] = {
    "source": OneOf(tuple(source.value for source in PipelineSource)),
    "service_dir": Text(1, 200, _FOLDER, _FOLDER_WORDS),
    "dockerfile": Text(1, 200, _FOLDER, _FOLDER_WORDS),
    "unit_test_command": _COMMAND,
    "architecture": OneOf(tuple(architecture.value for architecture in Architecture)),
    "environment_account_ids": ListOf(_ACCOUNT_ID),
    "connection_arn": Text(
        1,
        256,
        r"arn:aws[a-z-]*:code(star-)?connections:[a-z0-9-]+:\d{12}:connection/[\w-]+",
        "a connection's ARN such as arn:aws:codeconnections:eu-west-1:111122223333:connection/1234abcd-12ab-34cd",
    ),
    "repository_id": Text(3, 200, r"[\w.-]+(/[\w.-]+)+", "a repository's id such as owner/repository"),
    "branch": Text(1, 255, r"[\w./-]+", "a branch's name such as main"),
    "targets": ListOf(TARGET, maximum_items=MAX_TARGETS),
    "program_dir": Text(1, 200, _FOLDER, _FOLDER_WORDS),
    "state_backend_url": Text(
        1,
        500,
        r"https://[\w.:/-]+|s3://[a-z0-9][a-z0-9.-]{2,62}(/[\w./-]*)?(\?region=[a-z0-9-]+)?",
        "a Pulumi backend's URL such as https://api.pulumi.com or s3://bucket/prefix",
    ),
    "access_token_secret_arn": _SECRET_ARN,
    "passphrase_secret_arn": _SECRET_ARN,
    "secrets_provider": Text(
        1,
        500,
        r"default|passphrase|awskms:///arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+(\?region=[a-z0-9-]+)?",
        "default, passphrase, or awskms:///KEY_ARN",
    ),
    "notification_topic_arn": Text(
        1,
        2_048,
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+",
        "a topic's ARN such as arn:aws:sns:eu-west-1:111122223333:name",
    ),
    "notification_email": Text(3, 254, r"[^@\s]+@[^@\s]+", "an e-mail address"),
    "keep_images": Whole(1, 1_000),
    "build_timeout_minutes": Whole(MIN_BUILD_MINUTES, MAX_BUILD_MINUTES),
    "log_retention_days": OneOf(LOG_RETENTION_DAYS),
    "protect": Flag(),
    "tags": TAGS,
}

#: One rule for each input of DeployRole.
DEPLOY_ROLE_RULES: dict[str, Rule] = {
    "pipeline_account_id": _ACCOUNT_ID,
    "pipeline_region": _REGION,
    "target": TARGET,
    "pipeline_name": PIPELINE_NAME,
    "program_names": ListOf(COMPONENT_NAME, minimum_items=1, maximum_items=MAX_PROGRAM_NAMES),
    "tags": TAGS,
}
