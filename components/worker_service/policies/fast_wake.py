"""What wakes a service at 0 tasks may do: the pipe that reads the wake queue, and the workflow that it starts."""

from worker_service.inputs.arns import Place, place_of
from worker_service.policies.statements import Document, allow, policy_document, service_may_assume


def pipe_may_assume(queue_arn: str) -> Document:
    """Trust policy of the pipe's role: pipes of this account and region, and no other account's (confused deputy)."""
    # A pipe's name is not known before it is made.
    return _beside("pipes", place_of(queue_arn), "pipe/*")


def workflow_may_assume(queue_arn: str) -> Document:
    """Trust policy of the workflow's role: state machines of this account and region."""
    return _beside("states", place_of(queue_arn), "stateMachine:*")


def pipe_policy(*, queue_arn: str, key_arn: str | None, workflow_arn: str) -> Document:
    """Read the wake queue, and start the workflow.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
    """
    statements = [
        allow("ReadWakeQueue", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queue_arn),
        allow("StartWorkflow", "states:StartSyncExecution", workflow_arn),
    ]
    if key_arn is not None:
        statements.append(allow("DecryptWakeQueue", "kms:Decrypt", key_arn))
    return policy_document(*statements)


def workflow_policy(*, target_arn: str, service_arn: str) -> Document:
    """Look at the service, and raise and lower the minimum of its scalable target.

    Application Auto Scaling asks ECS as whoever registers a target.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html
    """
    scaling = ["application-autoscaling:PutScheduledAction", "application-autoscaling:RegisterScalableTarget"]
    return policy_document(
        allow("RaiseMinimum", scaling, target_arn),
        allow("LookAtService", ["ecs:DescribeServices", "ecs:UpdateService"], service_arn),
    )


def _beside(service: str, place: Place, resource: str) -> Document:
    own = f"arn:{place.partition}:{service}:{place.region}:{place.account_id}:{resource}"
    return service_may_assume(
        service, StringEquals={"aws:SourceAccount": place.account_id}, ArnLike={"aws:SourceArn": own}
    )
