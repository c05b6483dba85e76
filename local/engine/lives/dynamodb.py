"""Reads, changes and deletes DynamoDB tables."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing
from local.engine.tags import tag_map, tagging
from local.provisioner.dynamodb import set_time_to_live
from local.provisioner.resource import Resource


def _read(aws: Aws, thing: Thing) -> Properties:
    dynamodb = aws.client("dynamodb")
    table = dynamodb.describe_table(TableName=thing.id)["Table"]
    return {
        "name": thing.id,
        "arn": table["TableArn"],
        "hashKey": table["KeySchema"][0]["AttributeName"],
        "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "attributes": [
            {"name": each["AttributeName"], "type": each["AttributeType"]} for each in table["AttributeDefinitions"]
        ],
        **_time_to_live(aws, thing),
        "tags": tag_map(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
    }


def _time_to_live(aws: Aws, thing: Thing) -> Properties:
    ttl = aws.client("dynamodb").describe_time_to_live(TableName=thing.id)["TimeToLiveDescription"]
    if "AttributeName" not in ttl:
        return {"ttl": {}}
    return {"ttl": {"attributeName": ttl["AttributeName"], "enabled": ttl["TimeToLiveStatus"] == "ENABLED"}}


def _update(aws: Aws, thing: Thing, changed: Resource) -> None:
    settings = changed.given({"billingMode": "BillingMode", "deletionProtectionEnabled": "DeletionProtectionEnabled"})
    if settings:
        aws.client("dynamodb").update_table(TableName=thing.id, **settings)
    if changed.inputs.get("ttl"):
        set_time_to_live(aws, thing.id, changed.inputs["ttl"])


KINDS = {
    "aws:dynamodb/table:Table": Kind(
        _read,
        lambda aws, thing: aws.client("dynamodb").delete_table(TableName=thing.id),
        _update,
        tagging("dynamodb", "ResourceArn", known_by="arn"),
    ),
}
