"""Which permissions an API call needs, on which resources.

SQS, SNS, KMS and sts:AssumeRole are judged on exact ARNs and with the resources' own policies, and so is what a
pipeline does (pipeline_needs.py). For everything else the emulator knows the action alone: an Allow counts whatever
its Resource, a Deny only if that is "*". Sources: the service authorization reference (batch calls are authorised as
their single action); for encrypted queues and topics, "Key management" in the SQS and SNS developer guides.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.kms.utils import _deserialize_ciphertext_blob
from moto.sns.models import Topic, sns_backends
from moto.sqs.models import Queue, sqs_backends
from moto.utilities.utils import get_partition

from local.emulator.credentials import ACCOUNT_ID, parse_policy, role_by_arn
from local.emulator.decision import Need
from local.emulator.key_needs import KMS_TO_READ, KMS_TO_WRITE, find_key, key_need, key_needs
from local.emulator.pipeline_needs import PIPELINE_JUDGES

Parameters = Mapping[str, Any]

_IAM_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag"}


def needs_of(service: str, action: str, parameters: Parameters, region: str) -> list[Need]:
    """The permissions for one call; `service` is the name the request is signed for."""
    if (service, action) == ("sts", "GetCallerIdentity"):
        return []
    judge = _JUDGES.get(service)
    if judge:
        return judge(action, parameters, region)
    return [Need(f"{_IAM_PREFIXES.get(service, service)}:{action}", None)]


def _sqs(action: str, parameters: Parameters, region: str) -> list[Need]:
    if "MessageMoveTask" in action:
        return _move_task(action, parameters)
    name = parameters.get("QueueName") or str(parameters.get("QueueUrl", "")).rsplit("/", 1)[-1]
    if not name:
        return [Need(f"sqs:{action}", "*")]
    arn = f"arn:{get_partition(region)}:sqs:{region}:{ACCOUNT_ID}:{name}"
    single = action.removesuffix("Batch")
    needs = [queue_need(f"sqs:{single}", arn)]
    queue = queue_by_arn(arn)
    if queue and single in ("SendMessage", "ReceiveMessage"):
        needs += queue_key_needs(queue, KMS_TO_WRITE if single == "SendMessage" else KMS_TO_READ)
    return needs


def _move_task(action: str, parameters: Parameters) -> list[Need]:
    source = parameters.get("SourceArn", "")
    if action == "CancelMessageMoveTask":
        try:
            source = json.loads(base64.b64decode(parameters.get("TaskHandle", "")))["sourceArn"]
        except (ValueError, KeyError):
            source = "*"
    needs = [queue_need(f"sqs:{action}", source)]
    if action == "StartMessageMoveTask":
        reading = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        needs += [queue_need(f"sqs:{name}", source) for name in reading]
        if parameters.get("DestinationArn"):
            needs.append(queue_need("sqs:SendMessage", parameters["DestinationArn"]))
    return needs


def queue_need(action: str, arn: str) -> Need:
    """An action on a queue, judged with the queue's policy."""
    queue = queue_by_arn(arn)
    return Need(action, arn, queue._policy_json if queue else None)


def queue_by_arn(arn: str) -> Queue | None:
    """The queue, or None."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[4] != ACCOUNT_ID:  # arn:partition:service:region:account:name
        return None
    return sqs_backends[ACCOUNT_ID][parts[3]].queues.get(parts[5])


def queue_key_needs(queue: Queue, actions: tuple[str, ...] = KMS_TO_WRITE) -> list[Need]:
    """The actions on a queue's customer key; none for a queue without one."""
    key_id = getattr(queue, "kms_master_key_id", None)
    return key_needs("sqs", key_id, queue.region, actions, {"kms:EncryptionContext:aws:sqs:arn": queue.queue_arn})


def _sns(action: str, parameters: Parameters, region: str) -> list[Need]:
    arn = parameters.get("TopicArn") or parameters.get("TargetArn") or parameters.get("ResourceArn")
    if parameters.get("SubscriptionArn"):
        arn = parameters["SubscriptionArn"].rsplit(":", 1)[0]
    elif action == "CreateTopic":
        arn = f"arn:{get_partition(region)}:sns:{region}:{ACCOUNT_ID}:{parameters.get('Name', '')}"
    if not arn:
        return [Need(f"sns:{action}", "*")]
    topic = sns_backends[ACCOUNT_ID][region].topics.get(arn)
    single = action.removesuffix("Batch")
    needs = [Need(f"sns:{single}", arn, topic._policy_json if topic else None)]
    if topic and single == "Publish":
        needs += _topic_key_needs(topic, region)
    return needs


def _topic_key_needs(topic: Topic, region: str) -> list[Need]:
    context = {"kms:EncryptionContext:aws:sns:topicArn": topic.arn}
    return key_needs("sns", topic.kms_master_key_id, region, KMS_TO_WRITE, context)


def _kms(action: str, parameters: Parameters, region: str) -> list[Need]:
    key_id = parameters.get("KeyId") or parameters.get("TargetKeyId")
    if not key_id and action == "Decrypt":
        blob = base64.b64decode(parameters.get("CiphertextBlob", ""))
        try:
            key_id = _deserialize_ciphertext_blob(blob).key_id
        except Exception:  # moto answers that it is no ciphertext
            return []
    key = find_key(key_id, region) if key_id else None
    context = {
        f"kms:EncryptionContext:{name}": value for name, value in (parameters.get("EncryptionContext") or {}).items()
    }
    if key is None:
        return [Need(f"kms:{action}", "*")]
    return [key_need(f"kms:{action}", key, context)]


def _sts(action: str, parameters: Parameters, _region: str) -> list[Need]:
    role_arn = parameters.get("RoleArn")
    if action != "AssumeRole" or not role_arn:
        return [Need(f"sts:{action}", "*")]
    role = role_by_arn(role_arn)
    trust = parse_policy(role.assume_role_policy_document) if role else None
    context = {"sts:ExternalId": parameters["ExternalId"]} if parameters.get("ExternalId") else {}
    return [Need("sts:AssumeRole", role_arn, trust, policy_decides=True, context=context)]


_JUDGES: dict[str, Callable[[str, Parameters, str], list[Need]]] = {
    "sqs": _sqs,
    "sns": _sns,
    "kms": _kms,
    "sts": _sts,
    **PIPELINE_JUDGES,
}
