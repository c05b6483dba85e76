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
        **resource.given({"description": "Description", "eventBusName": "EventBusName"}),
    )
    return {"id": name, "name": name, "arn": created["RuleArn"]}


def target(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/eventTarget:EventTarget."""
    group = resource.inputs.get("sqsTarget")
    undelivered = resource.inputs.get("deadLetterConfig")
    rule_name, target_id = resource.inputs["rule"], resource.physical_name("targetId")
    transformer = resource.inputs.get("inputTransformer")
    aws.client("events").put_targets(
        Rule=rule_name,
        **resource.given({"eventBusName": "EventBusName"}),
        Targets=[
            {
                "Id": target_id,
                **resource.given({"arn": "Arn", "roleArn": "RoleArn"}),
                **({"SqsParameters": {"MessageGroupId": group["messageGroupId"]}} if group else {}),
                **({"DeadLetterConfig": {"Arn": undelivered["arn"]}} if undelivered else {}),
                **(
                    {
                        "InputTransformer": {
                            "InputPathsMap": transformer["inputPaths"],
                            "InputTemplate": transformer["inputTemplate"],
                        }
                    }
                    if transformer
                    else {}
                ),
            }
        ],
    )
    return {"id": f"{rule_name}-{target_id}", "targetId": target_id}
