"""Reach SQS over kept connections of our own, for the calls that every message needs.

boto3 stays in charge of the rest: session, credentials and their refresh, endpoint, certificates, rare calls.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from worker_runtime.errors import QueueError
from worker_runtime.sqs.boto_transport import BotoTransport, is_passing, queue_error
from worker_runtime.sqs.connection import Answer, Connection, StaleConnection
from worker_runtime.sqs.signer import Keys, Signer
from worker_runtime.sqs.transport import ANSWER_SECONDS, Transport

_OPERATIONS = frozenset({"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"})
_encode = json.JSONEncoder(separators=(",", ":")).encode


def open_transport(name: str, region: str) -> Transport:
    """Build the transport that the settings name: `wire` or `boto3`."""
    session = boto3.Session()
    reference = BotoTransport(session, region)
    # A proxy is boto3's business: it knows them all.
    if name == "boto3" or get_environ_proxies(reference.endpoint_url):
        return reference
    return WireTransport(session, region, reference)


class WireTransport:
    """Receives, deletes and changes visibility itself, and leaves all other calls to boto3."""

    def __init__(self, session: boto3.Session, region: str, reference: BotoTransport) -> None:
        self._session = session
        self._reference = reference
        endpoint = urlsplit(reference.endpoint_url)
        secure = endpoint.scheme == "https"
        self._host = endpoint.hostname or ""
        self._port = endpoint.port or (443 if secure else 80)
        self._tls = _tls_context(session) if secure else None
        self._signer = Signer(endpoint.netloc, region)
        self._local = threading.local()
        self._waiting: set[Connection] = set()
        """Connections of receives under way."""

    def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Make one call. Raises QueueError."""
        if operation not in _OPERATIONS:
            return self._reference.call(operation, parameters, timeout_seconds)
        body = _encode(parameters).encode()
        signed = self._signer.headers(self._keys(), f"AmazonSQS.{operation}", body)
        request = f"POST / HTTP/1.1\r\n{signed}content-length: {len(body)}\r\n\r\n".encode() + body
        try:
            answer = self._exchange(operation, request, timeout_seconds)
            document = json.loads(answer.body) if answer.status == 200 else {}
        except (OSError, ValueError) as error:
            raise QueueError(type(error).__name__, str(error), retry=True) from error
        if answer.status != 200:
            raise _error_of(answer)
        if operation == "ReceiveMessage":
            _decode_binary_values(document)
        return document

    def interrupt(self) -> None:
        """Close our half of the connections that wait: SQS may see it, and what it has sent already still
        arrives."""
        for connection in list(self._waiting):
            connection.end_sending()

    def _exchange(self, operation: str, request: bytes, timeout_seconds: float) -> Answer:
        connection = self._connection()
        if operation == "ReceiveMessage":
            self._waiting.add(connection)
        try:
            return connection.exchange(request, timeout_seconds)
        except StaleConnection:
            return connection.exchange(request, timeout_seconds)
        finally:
            self._waiting.discard(connection)

    def _connection(self) -> Connection:
        """The calling thread's own connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = Connection(self._host, self._port, self._tls, ANSWER_SECONDS)
            self._local.connection = connection
        return connection

    def _keys(self) -> Keys:
        """The credentials of this moment: botocore refreshes them when they are about to expire."""
        try:
            credentials = self._session.get_credentials()
            frozen = credentials.get_frozen_credentials() if credentials else None
        except Exception as error:  # a refresh asks STS, reads files, or runs a command
            raise queue_error(error) from error
        if frozen is None:
            raise queue_error(NoCredentialsError())
        return Keys(frozen.access_key, frozen.secret_key, frozen.token)


def _tls_context(session: boto3.Session) -> ssl.SSLContext:
    """Trust what boto3 would trust."""
    bundle = session._session.get_config_variable("ca_bundle")
    return ssl.create_default_context(cafile=bundle or get_cert_path(verify=True))


def _error_of(answer: Answer) -> QueueError:
    """Name an error as boto3 does: by the code of the old query protocol where SQS gives it."""
    try:
        document = json.loads(answer.body)
        code = str(document.get("__type", "")).rpartition("#")[2]
        message = str(document.get("message") or document.get("Message") or "")
    except (ValueError, AttributeError):
        code = message = ""
    code = answer.headers.get("x-amzn-query-error", "").partition(";")[0] or code or str(answer.status)
    return QueueError(code, message, retry=is_passing(code, answer.status))


def _decode_binary_values(document: dict[str, Any]) -> None:
    for entry in document.get("Messages") or ():
        for value in (entry.get("MessageAttributes") or {}).values():
            if value.get("BinaryValue") is not None:
                value["BinaryValue"] = base64.b64decode(value["BinaryValue"])
