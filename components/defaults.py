"""Defaults of the components' arguments; Pulumi.yaml states the same ones for the stack's config."""

from components.limits import Architecture, NatGateways, RollbackAlarm, ScalingPreset, SubnetType, TaskSize

DESIRED_COUNT = 1
MIN_COUNT = 1
MAX_COUNT = 10
TASK_SIZE = TaskSize.X_SMALL
ARCHITECTURE = Architecture.X86_64
SUBNET_TYPE = SubnetType.PUBLIC

SCALING = ScalingPreset.STEADY
ACCEPTABLE_LATENCY_SECONDS = 60
MESSAGE_PROCESSING_SECONDS = 1
CONCURRENCY = 10
SCALE_IN_PROTECTION = False
FAST_SCALING = False
#: AWS Proton's own; other presets have no CPU policy unless one is asked for.
PROTON_CPU_TARGET_PERCENT = 50

DEAD_LETTER_ALARM_MESSAGES = 1
#: Scaling is blind for four minutes and a task takes one to start: what is still late after ten needs a person.
AGE_ALARM_MINUTES = 10
NO_CONSUMER_ALARM_MINUTES = 10
#: One crash mends itself; three within ten minutes do not.
TASK_FAILURE_ALARM_TASKS = 3
DELIVERY_FAILURE_ALARM_MESSAGES = 1
#: A task that may not receive tries 25 times in five minutes; a network that hiccups fails once or twice.
RECEIVE_FAILURE_ALARM_ERRORS = 10
ROLLBACK_ALARMS = (RollbackAlarm.DEAD_LETTER, RollbackAlarm.AGE)
DASHBOARD = True

#: How long a message of a killed task waits for its next receive; the worker extends it while a handler runs.
VISIBILITY_TIMEOUT_SECONDS = 60
MAX_RECEIVE_COUNT = 3
#: Four days, SQS's own default.
MESSAGE_RETENTION_SECONDS = 345_600
#: One year, as Checkov (CKV_AWS_338) asks.
LOG_RETENTION_DAYS = 365

#: HTTPS alone: AWS's own endpoints need no more.
EGRESS_PORTS = (443,)

ASSIGN_PUBLIC_IP = False
ENABLE_EXECUTE_COMMAND = False

NAT_GATEWAYS = NatGateways.ONE_PER_ZONE
CONTAINER_INSIGHTS = True

#: Queues, topic, key and log group survive `pulumi destroy` and refuse replacement.
PROTECT = True

#: AWS Proton's worker template, its pipeline's inputs.
SERVICE_DIR = "ecs-worker"
DOCKERFILE = "Dockerfile"
UNIT_TEST_COMMAND = "echo 'add your unit test command here'"

BRANCH = "main"
PROGRAM_DIR = "."
SECRETS_PROVIDER = "default"
KEEP_IMAGES = 30
#: A first build without a cache takes a few minutes; one that hangs should not cost hours.
BUILD_TIMEOUT_MINUTES = 30

#: How __main__.py names its components; what they make begins with these names.
PIPELINE_NAME = "pipeline"
PROGRAM_NAMES = ("environment", "worker")
