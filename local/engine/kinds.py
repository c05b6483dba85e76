"""Which resource type is of which kind."""

from __future__ import annotations

from local.engine.kind import Kind
from local.engine.lives import (
    autoscaling,
    cloudwatch,
    code,
    ec2,
    ecr,
    ecs,
    events,
    iam,
    kms,
    logs,
    s3,
    secrets,
    sns,
    sqs,
)

KINDS: dict[str, Kind] = {
    type_: kind
    for service in (autoscaling, cloudwatch, code, ec2, ecr, ecs, events, iam, kms, logs, s3, secrets, sns, sqs)
    for type_, kind in service.KINDS.items()
}
