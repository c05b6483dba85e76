"""Creates EventBridge resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource


def rule(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/eventRule:EventRule, of an event pattern."""
    name = resource.physical_name()
    created = aws.client("events").put_rule(
        Name=name,
        EventPattern=resource.inputs["eventPattern"],
        Tags=resource.tag_list(),
        **resource.given({"description": "Description"}),
    )
    return {"id": name, "name": name, "arn": created["RuleArn"]}
