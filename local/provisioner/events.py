"""Creates EventBridge resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource


def rule(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/eventRule:EventRule."""
    name = resource.physical_name()
    arn = aws.client("events").put_rule(
        Name=name,
        EventPattern=resource.inputs["eventPattern"],
        Description=resource.inputs.get("description", ""),
        Tags=resource.tag_list(),
    )["RuleArn"]
    return {"id": name, "name": name, "arn": arn}


def target(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/eventTarget:EventTarget."""
    rule_name, target_id = resource.inputs["rule"], resource.physical_name("targetId")
    transformer = resource.inputs.get("inputTransformer")
    aws.client("events").put_targets(
        Rule=rule_name,
        Targets=[
            {
                "Id": target_id,
                **resource.given({"arn": "Arn", "roleArn": "RoleArn"}),
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
