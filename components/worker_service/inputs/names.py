"""What components and their parts are called."""

from worker_service.inputs.rules import Text

#: Leaves room in IAM's 64 characters for the longest suffix and Pulumi's random one.
COMPONENT_NAME = Text(1, 40, r"[A-Za-z][A-Za-z0-9-]*", "1 to 40 letters, digits and hyphens that begin with a letter")

#: The same, where a stack's name comes between.
PIPELINE_NAME = Text(1, 20, r"[A-Za-z][A-Za-z0-9-]*", "1 to 20 letters, digits and hyphens that begin with a letter")

#: The worker's container in its task: ECS's deploy action names it too.
CONTAINER_NAME = "worker"

#: How this project's program names its components; what they make begins with these names.
PROGRAM_PIPELINE_NAME = "pipeline"
PROGRAM_NAMES = ("environment", "worker")
