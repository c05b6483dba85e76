"""Reads and deletes EventBridge resources; to change one is to put it again."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.shapes import camel_keys
from local.engine.tags import tag_map, tagging


def _bus(thing: Thing) -> dict[str, str]:
    name = thing.known.get("eventBusName")
    return {"EventBusName": name} if name else {}


def _read_rule(aws: Aws, thing: Thing) -> Properties:
    events = aws.client("events")
    rule = events.describe_rule(Name=thing.id, **_bus(thing))
    return {
        "name": thing.id,
        "arn": rule["Arn"],
        "eventPattern": rule["EventPattern"],
        "description": rule.get("Description", ""),
        "tags": tag_map(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
    }


def _read_target(aws: Aws, thing: Thing) -> Properties:
    target_id = thing.known["targetId"]
    targets = aws.client("events").list_targets_by_rule(Rule=thing.known["rule"], **_bus(thing))["Targets"]
    target = found([target for target in targets if target["Id"] == target_id])
    transformer = target.get("InputTransformer")
    return {
        "rule": thing.known["rule"],
        "targetId": target_id,
        "arn": target["Arn"],
        "roleArn": target.get("RoleArn", ""),
        "deadLetterConfig": camel_keys(target.get("DeadLetterConfig", {})),
        "sqsTarget": camel_keys(target.get("SqsParameters", {})),
        "inputTransformer": {
            "inputPaths": transformer.get("InputPathsMap", {}),
            "inputTemplate": transformer["InputTemplate"],
        }
        if transformer
        else {},
    }


def _delete_target(aws: Aws, thing: Thing) -> None:
    aws.client("events").remove_targets(Rule=thing.known["rule"], Ids=[thing.known["targetId"]], **_bus(thing))


KINDS = {
    "aws:cloudwatch/eventRule:EventRule": Kind(
        _read_rule,
        lambda aws, thing: aws.client("events").delete_rule(Name=thing.id, **_bus(thing)),
        retag=tagging("events", "ResourceARN", known_by="arn"),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Kind(_read_target, _delete_target),
}
