"""What components and their parts are called."""

import hashlib
import re

from worker_service.inputs.rules import Text

#: Leaves room in IAM's 64 characters for the longest suffix and Pulumi's random one.
COMPONENT_NAME = Text(1, 40, r"[A-Za-z][A-Za-z0-9-]*", "1 to 40 letters, digits and hyphens that begin with a letter")

#: The same, where a stack's name comes between.
#: ECR, whose repositories it names, takes no two hyphens side by side, and none at the end.
PIPELINE_NAME = Text(
    1,
    20,
    r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*",
    "1 to 20 letters, digits and single hyphens that begin with a letter and do not end with a hyphen",
)

#: A function that handles messages.
HANDLER = Text(3, 200, r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", "a dotted path such as package.module.function")

#: The worker's container in its task: ECS's deploy action names it too.
CONTAINER_NAME = "worker"

#: How this project's program names its components; what they make begins with these names.
PROGRAM_PIPELINE_NAME = "pipeline"
PROGRAM_NAMES = ("environment", "worker")

#: What an organization has the names of log groups begin with.
#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
LOG_GROUP_PREFIX = Text(
    1, 200, r"/?[A-Za-z0-9_.#-]+(/[A-Za-z0-9_.#-]+)*", "the beginning of log groups' names such as /acme/shop"
)

#: What a stack has all its names begin with. PIPELINE_NAME has room for so many characters before `-pipeline`.
NAME_PREFIX = Text(
    1, 10, r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", "1 to 10 letters, digits and single hyphens, a letter first"
)

_DIGEST_CHARACTERS = 7


def log_group_name(prefix: str | None, name: str) -> str | None:
    """The name of a log group under the prefix; None, for Pulumi to make one, without."""
    return None if prefix is None else f"{prefix}/{name}"


def stack_wide_name(project: str, stack: str, name: str) -> str:
    """A name for what Pulumi gives no random characters, such as a dashboard: that of the component in its stack.

    Names of projects and stacks have up to 100 characters, dots among them, where AWS takes letters, digits, hyphens
    and underscores. What had to be changed ends in a hash, so that `dev.1` and `dev-1` are not the same.
    """
    whole = f"{project}-{stack}-{name}"
    allowed = re.sub(r"[^A-Za-z0-9_-]", "-", whole)
    if allowed == whole:
        return whole
    return f"{allowed}-{hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST_CHARACTERS]}"
