"""SNS's deliveries to SQS: only where the queue's policy and its key's let SNS in, and without moto's costs.

moto delivers whatever the policies say, and makes an X.509 certificate for every message. A delivery that AWS
would refuse is dropped, or goes to the subscription's dead-letter queue, and is put on the denial log.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, cast

from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.sns.models import Subscription
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Queue, sqs_backends

from local.emulator.account import ACCOUNT_ID
from local.emulator.iam.delivery import Delivery
from local.emulator.sns.box_topic import BoxTopic
from local.emulator.sqs.queue_by_arn import queue_by_arn

_SNS = Delivery("sns")
# Whoever checks a signature fetches the certificate from AWS, which can't have the box's: none is computed.
_NO_SIGNATURE = base64.b64encode(b"the box does not sign").decode()


class BoxSubscription(Subscription):
    """A subscription whose deliveries to SQS are judged."""

    def publish(
        self,
        message: str,
        message_id: str,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        message_structure: str | None = None,
    ) -> None:
        """Deliver one message, unless the filter policy drops it or a policy forbids it."""
        if self.protocol != "sqs":
            super().publish(
                message,
                message_id,
                subject,
                message_attributes,
                group_id,
                deduplication_id,
                message_structure,
            )
            return
        matcher = self._filter_policy_matcher
        if matcher is not None and not matcher.matches(message_attributes, message):
            return
        if message_structure == "json":
            message = self._parse_message_structure(message, self.protocol)
        if self.topic.content_based_deduplication and not deduplication_id:
            deduplication_id = hashlib.sha256(message.encode()).hexdigest()
        raw = bool(self.attributes.get("RawMessageDelivery"))
        body = message if raw else self._envelope(message, message_id, subject, message_attributes)
        queue = self._destination()
        if queue is None:
            return
        try:
            sqs_backends[ACCOUNT_ID][queue.region].send_message(
                queue.name,
                body,
                message_attributes=_sqs_attributes(message_attributes or {}) if raw else None,
                deduplication_id=deduplication_id,
                group_id=group_id,
            )
        except SQSException as error:
            _SNS.failed(queue.queue_arn, f"because the queue refused the message: {error.message}")

    def _destination(self) -> Queue | None:
        """The queue, or else the subscription's dead-letter queue, if SNS may send there."""
        redrive = json.loads(self.attributes.get("RedrivePolicy") or "{}")
        for arn in filter(None, (self.endpoint, redrive.get("deadLetterTargetArn"))):
            queue = queue_by_arn(arn)
            if queue is None:
                _SNS.failed(arn, "because the queue does not exist")
            elif _SNS.is_allowed(queue, self.topic.arn):
                return queue
        return None

    def _envelope(self, message: str, message_id: str, subject: str | None, attributes: dict[str, Any] | None) -> str:
        """The notification: a FIFO topic's has a number and no signature.

        https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
        """
        host = f"https://sns.{self.topic.sns_backend.region_name}.amazonaws.com"
        number, signature = {}, {}
        if self.topic.fifo_topic:
            number = {"SequenceNumber": cast(BoxTopic, self.topic).sequence_number(message_id)}
        else:
            signature = {
                "SignatureVersion": "1",
                "Signature": _NO_SIGNATURE,
                "SigningCertURL": f"{host}/SimpleNotificationService-box.pem",
            }
        envelope = {
            "Type": "Notification",
            "MessageId": message_id,
            **number,
            "TopicArn": self.topic.arn,
            **({"Subject": subject} if subject else {}),
            "Message": message,
            "Timestamp": iso_8601_datetime_with_milliseconds(),
            **signature,
            "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={self.arn}",
            **({"MessageAttributes": attributes} if attributes else {}),
        }
        return json.dumps(envelope, indent=2)


def _sqs_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """SNS's message attributes as SQS's, for raw delivery."""
    converted: dict[str, Any] = {}
    for name, attribute in attributes.items():
        if attribute["Type"].startswith("Binary"):
            converted[name] = {
                "DataType": attribute["Type"],
                "BinaryValue": base64.b64decode(attribute["Value"]),
            }
        else:
            converted[name] = {"DataType": attribute["Type"], "StringValue": str(attribute["Value"])}
    return converted
