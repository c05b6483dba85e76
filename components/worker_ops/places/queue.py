"""A queue by its URL: the source queue of a worker, or the dead-letter queue behind it."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.places.place import Place, Service, WorkQueue


def queue_place(url: str, account: Account) -> Place:
    """The queue and its dead-letter queue, whichever of the two is given. Raises OpsError where there is none."""
    redrive = _redrive_policy(account, url)
    if redrive:
        name = redrive["deadLetterTargetArn"].rpartition(":")[2]
        dead_letter_queue_url = account.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
        return _place(url, dead_letter_queue_url, account)
    sources = account.call("sqs", "list_dead_letter_source_queues", QueueUrl=url, MaxResults=2).get("queueUrls", [])
    if len(sources) > 1:
        raise OpsError(f"--queue: several queues have {url} as their dead-letter queue: name one of them instead")
    return _place(sources[0], url, account) if sources else _place(url, None, account)


def _place(url: str, dead_letter_queue_url: str | None, account: Account) -> Place:
    name = url.rpartition("/")[2]
    return Place(f"queue {name}", account, [Service(name, (WorkQueue("main", url, dead_letter_queue_url),))])


def _redrive_policy(account: Account, url: str) -> dict[str, str] | None:
    try:
        answer = account.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["RedrivePolicy"])
    except ClientError as error:
        raise OpsError(f"--queue: {url}: {error.response['Error'].get('Message') or error}") from None
    text = answer.get("Attributes", {}).get("RedrivePolicy")
    return json.loads(text) if text else None
