"""One thread that receives ten, handles and deletes them, and nothing else: over our own wire, or over awscrt (AWS's
common runtime in C), with the same signing and the same JSON. BENCH_HTTP says which."""

import io
import json
import os
from collections.abc import Callable

import handled

from worker_runtime.sqs.signer import Keys, Signer

HOST = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
NAME, _, PORT = HOST.partition(":")
_signer = Signer(HOST, os.environ["AWS_REGION"])
_keys = Keys(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], None)


def over_our_wire() -> Callable[[str, bytes], bytes]:
    """Make what sends a request and returns the answer's body."""
    from worker_runtime.sqs.connection import Connection  # noqa: PLC0415 - one way knows nothing of the other

    connection = Connection(NAME, int(PORT), None, 5)

    def send(target: str, body: bytes) -> bytes:
        head = f"POST / HTTP/1.1\r\n{_signer.headers(_keys, target, body)}content-length: {len(body)}\r\n\r\n"
        return connection.exchange(head.encode() + body, 30).body

    return send


def over_awscrt() -> Callable[[str, bytes], bytes]:
    """The same through awscrt."""
    from awscrt import http  # noqa: PLC0415
    from awscrt import io as crt  # noqa: PLC0415

    group = crt.EventLoopGroup(1)
    bootstrap = crt.ClientBootstrap(group, crt.DefaultHostResolver(group))
    connection = http.HttpClientConnection.new(host_name=NAME, port=int(PORT), bootstrap=bootstrap).result()

    def send(target: str, body: bytes) -> bytes:
        lines = _signer.headers(_keys, target, body).split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines if line]
        headers.append(("content-length", str(len(body))))
        chunks: list[bytes] = []
        request = http.HttpRequest("POST", "/", http.HttpHeaders(headers), crt.InputStream(io.BytesIO(body)))
        stream = connection.request(request, on_body=lambda chunk, **_: chunks.append(chunk))
        stream.activate()
        stream.completion_future.result()
        return b"".join(chunks)

    return send


def main() -> None:
    """Consume for ever."""
    send = over_our_wire() if os.environ["BENCH_HTTP"] == "wire" else over_awscrt()

    def call(operation: str, **parameters: object) -> dict:
        body = json.dumps({"QueueUrl": handled.QUEUE_URL, **parameters}).encode()
        return json.loads(send(f"AmazonSQS.{operation}", body))

    while True:
        messages = call("ReceiveMessage", MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages") or []
        for message in messages:
            handled.handle(message["Body"])
        if messages:
            entries = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)
            ]
            call("DeleteMessageBatch", Entries=entries)


main()
