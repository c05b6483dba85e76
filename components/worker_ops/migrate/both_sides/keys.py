"""The KMS keys of both sides: whether old messages can be read as long as there are any, and new ones be delivered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from worker_ops.account import Account
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.policy_reach import lets_service
from worker_ops.migrate.both_sides.queues import Queue

#: https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
_DELIVERING = ("kms:GenerateDataKey", "kms:Decrypt")


def of_keys(account: Account, old: Sequence[Queue], new: Sequence[Queue]) -> Iterator[Check]:
    """Keys that AWS manages stay whatever happens; of the others each is looked at."""
    new_keys = _keys(account, new)
    old_keys = _keys(account, old)
    for arn, key in old_keys.items():
        yield from _of_old(arn, key, [queue for queue in old if _is_with(queue, key)])
        if arn in new_keys:
            names = ", ".join(queue.name for queue in new if _is_with(queue, key))
            told = f"{names} is encrypted with it too: DeletionPolicy Retain on it, before the old stack goes"
            yield Check(f"key {arn}", is_met=False, told=told, before=Step.DELETE, is_choice=True)
    for arn, key in new_keys.items():
        yield from _of_new(account, arn, key)


def _keys(account: Account, queues: Sequence[Queue]) -> dict[str, dict[str, Any]]:
    """What KMS says of the customer's keys of these queues, by ARN."""
    found: dict[str, dict[str, Any]] = {}
    for key_id in dict.fromkeys(queue.key_id for queue in queues if queue.key_id):
        key = account.call("kms", "describe_key", KeyId=key_id)["KeyMetadata"]
        if key["KeyManager"] == "CUSTOMER":
            found[key["Arn"]] = {**key, "ids": {key_id, *found.get(key["Arn"], {}).get("ids", ())}}
    return found


def _is_with(queue: Queue, key: dict[str, Any]) -> bool:
    return queue.key_id in key["ids"]


def _of_old(arn: str, key: dict[str, Any], queues: Sequence[Queue]) -> Iterator[Check]:
    """It goes with the old stack, and what is encrypted with it is lost then."""
    is_empty = all(queue.counts.total == 0 for queue in queues)
    if not is_empty and key["KeyState"] != "Enabled":
        told = (
            f"is {key['KeyState']}, so what lies in the queues cannot be read: aws kms cancel-key-deletion, enable-key"
        )
        yield Check(f"key {arn}", is_met=False, told=told, before=Step.UNSUBSCRIBE)
    told = "nothing here is encrypted with it any more" if is_empty else "what lies in the queues needs it to be read"
    yield Check(f"key {arn}", is_empty, told, Step.DELETE)


def _of_new(account: Account, arn: str, key: dict[str, Any]) -> Iterator[Check]:
    """SNS delivers into an encrypted queue where the key's policy lets it, and only then."""
    policy = json.loads(account.call("kms", "get_key_policy", KeyId=arn, PolicyName="default")["Policy"])
    lets_in = lets_service(policy, "sns.amazonaws.com", _DELIVERING)
    told = (
        "SNS may deliver with it"
        if lets_in
        else f"its policy does not let sns.amazonaws.com {' and '.join(_DELIVERING)}"
    )
    if key["KeyState"] != "Enabled":
        lets_in, told = False, f"is {key['KeyState']}: nothing can be delivered to the new queues"
    yield Check(f"key {arn}", lets_in, told, Step.UNSUBSCRIBE)
