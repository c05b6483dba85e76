"""What VPC flow logs may do to be delivered, as pure functions from a log group's ARN to documents.

https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
"""

from worker_service.inputs.arns import place_of
from worker_service.policies.statements import Document, allow, policy_document, service_may_assume, write_log


def flow_logs_may_assume(*, log_group_arn: str) -> Document:
    """Trust policy: flow logs of this account and region, and no other account's (confused deputy)."""
    place = place_of(log_group_arn)
    return service_may_assume(
        "vpc-flow-logs",
        StringEquals={"aws:SourceAccount": place.account_id},
        # A flow log's id is not known before it is made, and it needs the role.
        ArnLike={"aws:SourceArn": f"arn:{place.partition}:ec2:{place.region}:{place.account_id}:vpc-flow-log/*"},
    )


def flow_logs_policy(*, log_group_arn: str) -> Document:
    """Write to the one log group. The group is there already, so that none has to be created."""
    place = place_of(log_group_arn)
    return policy_document(
        write_log(log_group_arn),
        allow("FindStreams", "logs:DescribeLogStreams", f"{log_group_arn}:*"),
        # It lists: it is asked of all groups.
        allow(
            "FindLogGroups",
            "logs:DescribeLogGroups",
            f"arn:{place.partition}:logs:{place.region}:{place.account_id}:log-group:*",
        ),
    )
