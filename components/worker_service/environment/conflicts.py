"""What is wrong between the arguments of an Environment."""

from collections.abc import Collection, Mapping
from typing import Any


def environment_conflicts(args: Mapping[str, Any], misfitting: Collection[str]) -> list[str]:
    """A sentence for each; nothing is said while one of the arguments misfits by itself."""
    adopted = [key for key in ("vpc_id", "public_subnet_ids", "private_subnet_ids", "cluster_arn") if args.get(key)]
    subnets = [key for key in adopted if key.endswith("subnet_ids")]
    if set(misfitting) & {*adopted, "environment_stack"}:
        return []
    if "flow_log_retention_days" in args and ("vpc_id" in adopted or "environment_stack" in args):
        return [
            "flow_log_retention_days: is for a VPC made here; whoever owns the existing one decides on its flow logs"
        ]
    if "environment_stack" in args and adopted:
        return [f"environment_stack: brings {', '.join(adopted)} itself; leave out the one or the others"]
    if "vpc_id" in adopted and not subnets:
        return ["vpc_id: an existing VPC needs public_subnet_ids or private_subnet_ids"]
    if subnets and "vpc_id" not in adopted:
        return [f"{subnets[0]}: existing subnets need their vpc_id"]
    return []
