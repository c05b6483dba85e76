"""Reach SQS over kept connections of our own, for the calls that every message needs.

boto3 stays in charge of the rest: session, credentials and their refresh, endpoint, certificates, rare calls.
"""

from __future__ import annotations

import base64
import re
import ssl
import threading
import time
from typing import Any, NamedTuple

from botocore.session import Session

from worker_runtime import quick_json
from worker_runtime.errors import QueueError
from worker_runtime.sqs.boto_transport import BotoTransport, is_passing
from worker_runtime.sqs.connection import Connection, StaleConnection
from worker_runtime.sqs.current_keys import CurrentKeys
from worker_runtime.sqs.http_answer import Answer
from worker_runtime.sqs.signer import Keys, Signer
from worker_runtime.sqs.transport import ANSWER_SECONDS

_OPERATIONS = frozenset({"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"})
#: What goes into a header as it is; botocore knows what to do with the rest.
_PLAIN = re.compile(r"[!-~]*")


class Endpoint(NamedTuple):
    """Where SQS is."""

    host: str
    """As a request's header names it: with the port where that is not the scheme's own."""
    address: str
    port: int
    tls: ssl.SSLContext | None


class WireTransport:
    """Receives, deletes and changes visibility itself, and leaves all other calls to boto3."""

    def __init__(self, session: Session, region: str, endpoint: Endpoint, reference: BotoTransport) -> None:
        self._keys = CurrentKeys(session)
        self._reference = reference
        self._endpoint = endpoint
        self._signer = Signer(endpoint.host, region)
        self._local = threading.local()
        self._waiting: set[Connection] = set()
        """Connections of receives under way."""
        self._plain_keys: Keys | None = None
        """The latest that were found to be plain."""

    def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Make one call. Raises QueueError."""
        deadline = time.monotonic() + timeout_seconds
        if operation not in _OPERATIONS or not self._are_plain(keys := self._keys.get(timeout_seconds)):
            return self._reference.call(operation, parameters, deadline - time.monotonic())
        body = quick_json.write(parameters)
        signed = self._signer.headers(keys, f"AmazonSQS.{operation}", body)
        request = f"POST / HTTP/1.1\r\n{signed}content-length: {len(body)}\r\n\r\n".encode() + body
        try:
            answer = self._exchange(operation, request, deadline)
        except OSError as error:
            raise QueueError(type(error).__name__, str(error), retry=True) from error
        if answer.status != 200:
            raise _error_of(answer)
        try:
            return _document(answer, operation)
        except (AttributeError, RecursionError, TypeError, ValueError) as error:
            # Whose answer this was is not known, nor then what comes next on this connection.
            self._connection().close()
            raise QueueError("OddAnswer", f"{type(error).__name__}: {error}", retry=True) from error

    def interrupt(self) -> None:
        """Close our half of the connections that wait: SQS may see it, and what it has sent already still
        arrives."""
        for connection in list(self._waiting):
            connection.end_sending()

    def _exchange(self, operation: str, request: bytes, deadline: float) -> Answer:
        connection = self._connection()
        if operation == "ReceiveMessage":
            self._waiting.add(connection)
        try:
            return connection.exchange(request, deadline - time.monotonic())
        except StaleConnection:
            return connection.exchange(request, deadline - time.monotonic())
        finally:
            self._waiting.discard(connection)

    def _connection(self) -> Connection:
        """The calling thread's own connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            _, address, port, tls = self._endpoint
            connection = self._local.connection = Connection(address, port, tls, ANSWER_SECONDS)
        return connection

    def _are_plain(self, keys: Keys) -> bool:
        if keys != self._plain_keys:
            if not all(_PLAIN.fullmatch(text or "") for text in (keys.access_key, keys.token)):
                return False
            self._plain_keys = keys
        return True


def _error_of(answer: Answer) -> QueueError:
    """Name an error as boto3 does: by the code of the old query protocol where SQS gives it."""
    try:
        document = quick_json.read(answer.body)
        code = str(document.get("__type", "")).rpartition("#")[2]
        message = str(document.get("message") or document.get("Message") or "")
    except (AttributeError, RecursionError, ValueError):
        code = message = ""
    code = answer.headers.get("x-amzn-query-error", "").partition(";")[0] or code or str(answer.status)
    return QueueError(code, message, retry=is_passing(code, answer.status))


def _document(answer: Answer, operation: str) -> dict[str, Any]:
    document = quick_json.read(answer.body)
    if not isinstance(document, dict):
        raise TypeError("the answer is no JSON object")
    if operation == "ReceiveMessage":
        _decode_binary_values(document)
    return document


def _decode_binary_values(document: dict[str, Any]) -> None:
    for entry in document.get("Messages") or ():
        if attributes := entry.get("MessageAttributes"):
            for value in attributes.values():
                if value and value.get("BinaryValue") is not None:
                    value["BinaryValue"] = base64.b64decode(value["BinaryValue"])
