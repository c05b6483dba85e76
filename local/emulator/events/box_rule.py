"""EventBridge's deliveries to SQS: only where the queue's policy and its key's let EventBridge in."""

from __future__ import annotations

import json
from typing import Any

from moto.core.utils import iso_8601_datetime_without_milliseconds, utcfromtimestamp
from moto.events.models import Rule
from moto.moto_api._internal import mock_random
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Queue, sqs_backends

from local.emulator.account import ACCOUNT_ID
from local.emulator.iam.delivery import Delivery
from local.emulator.sqs.queue_by_arn import queue_by_arn

_EVENTS = Delivery("events")


class BoxRule(Rule):
    """A rule whose deliveries to queues are judged; other targets are moto's."""

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:
        """Send an event that matches."""
        queues = [target for target in self.targets if ":sqs:" in target["Arn"]]
        others = [target for target in self.targets if target not in queues]
        if self.state == "ENABLED" and self.event_pattern.matches_event(original_event):
            for target in queues:
                self._deliver(target, {**original_event, "id": str(mock_random.uuid4())})
        all_targets, self.targets = self.targets, others
        try:
            super().send_to_targets(original_event, transform_input)
        finally:
            self.targets = all_targets

    def _deliver(self, target: dict[str, Any], event: dict[str, Any]) -> None:
        queue = self._destination(target)
        if queue is None:
            return
        event.pop("ingestion-time", None)
        event["time"] = iso_8601_datetime_without_milliseconds(utcfromtimestamp(event["time"]))
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        try:
            sqs_backends[ACCOUNT_ID][queue.region].send_message(queue.name, json.dumps(event), group_id=group)
        except SQSException as error:
            _EVENTS.failed(queue.queue_arn, f"because the queue refused the message: {error.message}")

    def _destination(self, target: dict[str, Any]) -> Queue | None:
        """The queue, or else the target's dead-letter queue, if EventBridge may send there."""
        for arn in filter(None, (target["Arn"], (target.get("DeadLetterConfig") or {}).get("Arn"))):
            queue = queue_by_arn(arn)
            if queue is None:
                _EVENTS.failed(arn, "because the queue does not exist")
            # It tells KMS of no source.
            elif _EVENTS.is_allowed(queue, self.arn, **{"aws:SecureTransport": "true"}):
                return queue
        return None
