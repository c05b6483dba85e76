"""Rules for values that AWS defines and several components take, with where each comes from."""

from enum import Enum

from worker_service.inputs.partitions import REGION_PATTERN
from worker_service.inputs.rules import ListOf, MapOf, OneOf, Text


class Architecture(str, Enum):
    """CPU architecture that the image was built for, by ECS's names."""

    X86_64 = "X86_64"
    ARM64 = "ARM64"


ACCOUNT_ID = Text(12, 12, r"\d{12}", "an AWS account id of 12 digits, in quotes")
REGION = Text(1, 30, REGION_PATTERN, "a region such as eu-west-1")
VPC_ID = Text(1, 64, r"vpc-[0-9a-f]+", "a VPC id such as vpc-0a1b2c3d4e5f67890")
SUBNET_IDS = ListOf(
    Text(1, 64, r"subnet-[0-9a-f]+", "a subnet id such as subnet-0a1b2c3d4e5f67890"),
    minimum_items=1,
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    maximum_items=16,
)
CLUSTER_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster/[\w-]+",
    "a cluster ARN such as arn:aws:ecs:eu-west-1:111122223333:cluster/name",
)
KEY_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+",
    "a key ARN such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
)
TOPIC_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?",
    "a topic ARN such as arn:aws:sns:eu-west-1:111122223333:name",
)
QUEUE_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?",
    "a queue ARN such as arn:aws:sqs:eu-west-1:111122223333:name",
)
ROLE_ARN = Text(
    20,
    2_048,
    r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
    "a role's ARN such as arn:aws:iam::111122223333:role/name",
)
LOG_GROUP_ARN = Text(
    1,
    2_048,
    r"arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]+",
    "a log group's ARN such as arn:aws:logs:eu-west-1:111122223333:log-group:name, without :* behind it",
)
SECURITY_GROUP_IDS = ListOf(
    Text(1, 64, r"sg-[0-9a-f]+", "a security group's id such as sg-0a1b2c3d4e5f67890"),
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html: five with the own one.
    maximum_items=4,
)
IMAGE = Text(
    1,
    200,
    r"[A-Za-z0-9][A-Za-z0-9._-]*(:\d+)?(/[A-Za-z0-9._-]+)*(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?",
    "an image of 1 to 200 characters such as registry/worker:7 or registry/worker@sha256:...",
)

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_CHARACTERS = r"(?u:[\w .:/=+\-@])"
_TAG_WORDS = "letters, digits, spaces and _.:/=+-@"
TAGS = MapOf(
    Text(1, 128, rf"(?![aA][wW][sS]:){_TAG_CHARACTERS}+", f"1 to 128 {_TAG_WORDS} that do not begin with aws:"),
    Text(0, 256, f"{_TAG_CHARACTERS}*", f"0 to 256 {_TAG_WORDS}"),
    maximum_entries=45,
)

#: Days that CloudWatch Logs can keep events.
#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = OneOf((
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
))  # fmt: skip
EMAIL = Text(3, 320, r"[^@\s]+@[^@\s]+", "an e-mail address")
