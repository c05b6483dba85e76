"""The closed sets that inputs of WorkerService choose from."""

from enum import Enum


class TaskSize(str, Enum):
    """Size of a task, with the names of AWS Proton's worker template."""

    X_SMALL = "x-small"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    X_LARGE = "x-large"


class ScalingPreset(str, Enum):
    """What the work is like: steady, in bursts, or long jobs in batches; or AWS Proton's own scaling."""

    STEADY = "steady"
    BURSTY = "bursty"
    BATCH = "batch"
    PROTON = "proton"


class PredictiveScaling(str, Enum):
    """What AWS's forecast of the load may do: be looked at, or raise the minimum before a peak."""

    FORECAST_ONLY = "forecast_only"
    FORECAST_AND_SCALE = "forecast_and_scale"


class Encryption(str, Enum):
    """What encrypts messages at rest: a KMS key of the customer's, or what SQS manages by itself."""

    CUSTOMER_KEY = "customer_key"
    MANAGED = "managed"


class RollbackAlarm(str, Enum):
    """An alarm that can end a deployment and bring the last good one back."""

    DEAD_LETTER = "dead_letter"
    AGE = "age"
    NO_CONSUMER = "no_consumer"
    DELIVERY_FAILURE = "delivery_failure"
    RECEIVE_FAILURE = "receive_failure"


class DependencyCondition(str, Enum):
    """How far another container has to be before one starts, by ECS's names."""

    START = "START"
    COMPLETE = "COMPLETE"
    SUCCESS = "SUCCESS"
    HEALTHY = "HEALTHY"
