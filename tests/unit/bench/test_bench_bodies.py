"""Message bodies name the ledger's line, and carry 200 bytes in whatever wrapping."""

import base64
import json

from bench import bodies
from bench.ledger import LINE_BYTES


def test_a_plain_body_is_a_document_of_200_bytes_that_names_the_ledgers_line():
    body = bodies.plain(42, "queue")

    assert len(f"{json.loads(body)['number']}\n") == LINE_BYTES
    assert json.loads(body)["number"] == "0000042"
    assert len(body.encode()) == 200


def test_a_celery_message_has_the_plain_body_as_its_only_argument():
    document = json.loads(base64.b64decode(bodies.celery(42, "queue")))
    arguments, keywords, _ = json.loads(base64.b64decode(document["body"]))

    assert arguments == [bodies.plain(42, "queue")]
    assert keywords == {}
    assert document["headers"]["task"] == "handle"
    assert document["properties"]["delivery_info"]["routing_key"] == "queue"


def test_a_dramatiq_message_has_the_plain_body_as_its_only_argument():
    document = json.loads(base64.b64decode(bodies.dramatiq(42, "queue")))

    assert document["args"] == [bodies.plain(42, "queue")]
    assert (document["queue_name"], document["actor_name"]) == ("queue", "handle")


def test_messages_of_one_queue_differ_in_their_ids():
    ids = {json.loads(base64.b64decode(bodies.celery(number, "queue")))["headers"]["id"] for number in range(100)}

    assert len(ids) == 100
