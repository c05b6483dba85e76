"""Which resource type is of which kind."""

from __future__ import annotations

from local.engine.kind import Kind
from local.engine.lives import (
    autoscaling,
    cloudwatch,
    code,
    dynamodb,
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
    workflows,
)

KINDS: dict[str, Kind] = {
    type_: kind
    for service in (
        autoscaling,
        cloudwatch,
        code,
        dynamodb,
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
        workflows,
    )
    for type_, kind in service.KINDS.items()
}
