"""The table in which `@once` remembers what a handler has done: made where it is asked for."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws


def once_table(name: str, args: Mapping[str, Any], parent: pulumi.Resource) -> aws.dynamodb.Table | None:
    """Make it as the runtime's DynamoDBStore takes it. It costs nothing while it is idle."""
    if not args["once_table"]:
        return None
    protect = args["protect"]
    return aws.dynamodb.Table(
        f"{name}-once",
        attributes=[{"name": "key", "type": "S"}],
        hash_key="key",
        billing_mode="PAY_PER_REQUEST",
        ttl={"attribute_name": "forget_at", "enabled": True},
        deletion_protection_enabled=protect,
        tags=args["tags"],
        opts=pulumi.ResourceOptions(parent=parent, protect=protect, retain_on_delete=protect),
    )
