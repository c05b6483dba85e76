"""What SQS answers is read alike over the wire and through boto3, and what it does not answer is refused alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.alike_server import KEYS, QUEUE, Server, both, opened, receive, serve_alike
from worker_runtime.message import message_from_sqs
from worker_runtime.sqs.queue import Queue
from worker_runtime.sqs.transport import Transport


@pytest.fixture(scope="module")
def talking() -> Iterator[tuple[Server, list[Transport]]]:
    """A server, and both transports on it, without the pauses between boto3's tries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda _: None)
        for server in serve_alike():
            for name, value in {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}"}.items():
                patch.setenv(name, value)
            yield server, opened()


def entry(**more: Any) -> dict[str, Any]:
    return {"MessageId": "m", "ReceiptHandle": "r", "Body": "b", "Attributes": None, **more}


ANSWERS = [
    {},
    {"Messages": None},
    {"Messages": [entry()]},
    {"Messages": [entry(MessageAttributes=None)]},
    {"Messages": [entry(Attributes={"ApproximateReceiveCount": "2", "MessageGroupId": None})]},
    {
        "Messages": [
            entry(
                MessageAttributes={
                    "text": {"DataType": "String", "StringValue": "x", "BinaryValue": None},
                    "bytes": {"DataType": "Binary", "StringValue": None, "BinaryValue": "AP8="},
                    "none": None,
                    "neither": {"DataType": "String"},
                }
            )
        ]
    },
    {"Messages": [entry(MessageAttributes={"a": {"DataType": "Binary", "BinaryValue": "no base64!"}})]},
    {"Messages": [entry(MessageAttributes={"a": {"DataType": None, "StringValue": "x"}})]},
    {"Messages": [entry(MessageAttributes={"a": {"DataType": "String", "StringValue": 7}})]},
    {"Messages": [entry(MessageAttributes=["a"])]},
    {"Messages": [entry(Attributes={"ApproximateReceiveCount": "often"})]},
    {"Messages": [entry(Attributes={"ApproximateReceiveCount": 1})]},
    {"Messages": [entry(Body=None)]},
    {"Messages": [entry(MessageId=1)]},
    {"Messages": [entry()] * 11},
    {"Messages": [[]]},
    {"Messages": "none"},
    [],
    None,
    "text",
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: json.dumps(answer)[:60])
def test_answers_are_read_alike(talking: tuple[Server, list[Transport]], answer: Any) -> None:
    server, transports = talking
    server.answer(json.dumps(answer).encode())

    def read(transport: Transport) -> Any:
        messages = [message_from_sqs(received) for received in receive(transport)]
        return [(message.id, message.body, dict(message.attributes), message.group) for message in messages]

    wire, boto = both(read, transports)
    assert wire == boto
    refused = ANSWERS.index(answer) > 6
    assert (wire == "a QueueError, retry=True") == refused


BATCHES = [
    {"Successful": [{"Id": "0"}, {"Id": "1"}]},
    {"Successful": [{"Id": "1"}], "Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]},
    {"Successful": None, "Failed": [{"Id": str(index), "Code": "ReceiptHandleIsInvalid"} for index in range(2)]},
    {},
    {"Successful": [{"Id": "0"}]},
    {"Successful": [{"Id": "0"}, {"Id": "1"}, {"Id": "2"}]},
    {"Successful": [{"Id": "0"}, {"Id": "0"}]},
    {"Successful": [{"Id": "0"}, {"Id": "1"}], "Failed": [{"Id": "1", "Code": "InternalError"}]},
    {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1"}]},
    {"Successful": [{"Id": None}, {"Id": "1"}]},
    {"Successful": {"0": "1"}},
    {"Failed": "all"},
    {"Successful": [{"Id": "0"}, {"Id": "1"}], "Failed": 0},
    [],
]


@pytest.mark.parametrize("answer", BATCHES, ids=lambda answer: json.dumps(answer)[:60])
@pytest.mark.parametrize("call", ["delete", "change_visibility"])
def test_answers_to_batches_are_read_alike(talking: tuple[Server, list[Transport]], answer: Any, call: str) -> None:
    server, transports = talking
    server.answer(json.dumps(answer).encode())

    def send(transport: Transport) -> Any:
        queue = Queue(QUEUE, transport)
        failed = queue.delete(["r", "s"]) if call == "delete" else queue.change_visibility([("r", 1), ("s", 1)])
        return [(failure.index, failure.code, failure.lost) for failure in failed]

    wire, boto = both(send, transports)
    assert wire == boto
    assert (wire == "a QueueError, retry=True") == (BATCHES.index(answer) > 2)
