"""Whether a service of AWS's may deliver to a queue: by the queue's policy and its key's."""

from __future__ import annotations

from moto.sqs.models import Queue

from local.emulator.account import ACCOUNT_ID
from local.emulator.aws_error import AwsError
from local.emulator.iam.caller import Caller
from local.emulator.iam.denial_log import DENIALS, Denial
from local.emulator.iam.policy_evaluation import denied
from local.emulator.iam.policy_verdict import Principal
from local.emulator.iam.required_permissions import queue_key_permissions, queue_permission


class Delivery:
    """What one service delivers to queues."""

    def __init__(self, service: str) -> None:
        self._caller = Caller(Principal(service=f"{service}.amazonaws.com"), secret_access_key="")
        self._service = service

    def is_allowed(self, queue: Queue, source_arn: str, **key_context: str) -> bool:
        """Judge a delivery for a topic or rule; what is refused is on the denial log. `key_context` is what the service
        tells KMS in place of its source."""
        key_id = getattr(queue, "kms_master_key_id", None) or ""
        if "alias/aws/sqs" in key_id:
            self.failed(queue.queue_arn, f"because the AWS managed key alias/aws/sqs does not let {self._service} in")
            return False
        context = {"aws:SecureTransport": "true", "aws:SourceArn": source_arn, "aws:SourceAccount": ACCOUNT_ID}
        try:
            to_key = queue_key_permissions(queue)
        except AwsError as error:
            self.failed(queue.queue_arn, f"because the queue's key is unusable: {error.message}")
            return False
        if denied(self._caller, queue_permission("sqs:SendMessage", queue.queue_arn), context):
            return False
        of_key = {**(key_context or context), "kms:CallerAccount": ACCOUNT_ID}
        return not any(denied(self._caller, permission, of_key) for permission in to_key)

    def failed(self, queue_arn: str, reason: str) -> None:
        """Put on the denial log what was not delivered."""
        DENIALS.add(Denial(self._caller.principal.name, "sqs:SendMessage", queue_arn, reason))
