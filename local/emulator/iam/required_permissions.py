"""Which permissions an API call needs, on which resources.

SQS, SNS, KMS, DynamoDB's tables and sts:AssumeRole are judged on exact ARNs and with the resources' own policies, and
so is what a pipeline does (pipeline_permissions.py). For everything else the emulator knows the action alone: an Allow
counts whatever its Resource, a Deny only if that is "*". Sources: the service authorization reference (batch calls are
authorised as their single action); for encrypted queues and topics, "Key management" in the SQS and SNS developer
guides.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.kms.utils import _deserialize_ciphertext_blob
from moto.sns.models import Topic, sns_backends
from moto.sqs.models import Queue
from moto.utilities.utils import get_partition

from local.emulator.account import caller_account
from local.emulator.iam.caller import parse_policy, role_by_arn
from local.emulator.iam.key_permissions import KMS_TO_READ, KMS_TO_WRITE, find_key, key_permission, key_permissions
from local.emulator.iam.pipeline_permissions import PIPELINE_JUDGES
from local.emulator.iam.policy_evaluation import Permission
from local.emulator.sqs.queue_by_arn import queue_by_arn

Parameters = Mapping[str, Any]

_IAM_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag"}


def required_permissions(service: str, action: str, parameters: Parameters, region: str) -> list[Permission]:
    """The permissions for one call; `service` is the name the request is signed for."""
    if (service, action) == ("sts", "GetCallerIdentity"):
        return []
    judge = _JUDGES.get(service)
    if judge:
        return judge(action, parameters, region)
    return [Permission(f"{_IAM_PREFIXES.get(service, service)}:{action}", None)]


def _sqs(action: str, parameters: Parameters, region: str) -> list[Permission]:
    if "MessageMoveTask" in action:
        return _move_task(action, parameters)
    name = parameters.get("QueueName") or str(parameters.get("QueueUrl", "")).rsplit("/", 1)[-1]
    if not name:
        return [Permission(f"sqs:{action}", "*")]
    url_account = re.search(r"/([0-9]{12})/[^/]+$", str(parameters.get("QueueUrl", "")))
    account_id = url_account[1] if url_account else caller_account()
    arn = f"arn:{get_partition(region)}:sqs:{region}:{account_id}:{name}"
    single = action.removesuffix("Batch")
    permissions = [queue_permission(f"sqs:{single}", arn)]
    queue = queue_by_arn(arn)
    if queue and single in ("SendMessage", "ReceiveMessage"):
        permissions += queue_key_permissions(queue, KMS_TO_WRITE if single == "SendMessage" else KMS_TO_READ)
    return permissions


def _move_task(action: str, parameters: Parameters) -> list[Permission]:
    source = parameters.get("SourceArn", "")
    if action == "CancelMessageMoveTask":
        try:
            source = json.loads(base64.b64decode(parameters.get("TaskHandle", "")))["sourceArn"]
        except (ValueError, KeyError):
            source = "*"
    permissions = [queue_permission(f"sqs:{action}", source)]
    if action == "StartMessageMoveTask":
        reading = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        permissions += [queue_permission(f"sqs:{name}", source) for name in reading]
        if parameters.get("DestinationArn"):
            permissions.append(queue_permission("sqs:SendMessage", parameters["DestinationArn"]))
    return permissions


def queue_permission(action: str, arn: str) -> Permission:
    """An action on a queue, judged with the queue's policy."""
    queue = queue_by_arn(arn)
    return Permission(action, arn, queue._policy_json if queue else None)


def queue_key_permissions(queue: Queue, actions: tuple[str, ...] = KMS_TO_WRITE) -> list[Permission]:
    """The actions on a queue's customer key; none for a queue without one."""
    key_id = getattr(queue, "kms_master_key_id", None)
    return key_permissions("sqs", key_id, queue.region, actions, {"kms:EncryptionContext:aws:sqs:arn": queue.queue_arn})


def _sns(action: str, parameters: Parameters, region: str) -> list[Permission]:
    arn = parameters.get("TopicArn") or parameters.get("TargetArn") or parameters.get("ResourceArn")
    if parameters.get("SubscriptionArn"):
        arn = parameters["SubscriptionArn"].rsplit(":", 1)[0]
    elif action == "CreateTopic":
        arn = f"arn:{get_partition(region)}:sns:{region}:{caller_account()}:{parameters.get('Name', '')}"
    if not arn:
        return [Permission(f"sns:{action}", "*")]
    topic = _topic(arn)
    single = action.removesuffix("Batch")
    permissions = [Permission(f"sns:{single}", arn, topic._policy_json if topic else None)]
    if topic and single == "Publish":
        permissions += _topic_key_permissions(topic, region)
    return permissions


def _topic(arn: str) -> Topic | None:
    parts = arn.split(":")
    return sns_backends[parts[4]][parts[3]].topics.get(arn) if len(parts) > 5 else None


def _topic_key_permissions(topic: Topic, region: str) -> list[Permission]:
    context = {"kms:EncryptionContext:aws:sns:topicArn": topic.arn}
    return key_permissions("sns", topic.kms_master_key_id, region, KMS_TO_WRITE, context)


def _kms(action: str, parameters: Parameters, region: str) -> list[Permission]:
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
        return [Permission(f"kms:{action}", "*")]
    return [key_permission(f"kms:{action}", key, context)]


def _dynamodb(action: str, parameters: Parameters, region: str) -> list[Permission]:
    if action == "TransactWriteItems":
        # It has no right of its own: each of its items needs that of the call which does the same by itself.
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
        return [
            permission
            for item in parameters.get("TransactItems") or ()
            for kind, of_item in item.items()
            for permission in _dynamodb(f"{kind}Item", of_item, region)
        ]
    name = parameters.get("TableName")
    if not name:
        return [Permission(f"dynamodb:{action}", None)]
    arn = f"arn:{get_partition(region)}:dynamodb:{region}:{caller_account()}:table/{name}"
    return [Permission(f"dynamodb:{action}", arn)]


def _sts(action: str, parameters: Parameters, _region: str) -> list[Permission]:
    role_arn = parameters.get("RoleArn")
    if action != "AssumeRole" or not role_arn:
        return [Permission(f"sts:{action}", "*")]
    role = role_by_arn(role_arn)
    trust = parse_policy(role.assume_role_policy_document) if role else None
    context = {"sts:ExternalId": parameters["ExternalId"]} if parameters.get("ExternalId") else {}
    return [Permission("sts:AssumeRole", role_arn, trust, policy_decides=True, context=context)]


_JUDGES: dict[str, Callable[[str, Parameters, str], list[Permission]]] = {
    "sqs": _sqs,
    "sns": _sns,
    "dynamodb": _dynamodb,
    "kms": _kms,
    "sts": _sts,
    **PIPELINE_JUDGES,
}
