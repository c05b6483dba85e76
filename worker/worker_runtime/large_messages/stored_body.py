"""A body in S3: its pointer, and how it is read, written and deleted."""

from __future__ import annotations

import io
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from worker_runtime.aws_clients import aws_client
from worker_runtime.errors import InvalidBody, Reject, SettingsError

#: What Amazon's extended clients write, and wrote:
#: https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
_POINTER = "software.amazon.payloadoffloading.PayloadS3Pointer"
_OLD_POINTER = "com.amazon.sqs.javamessaging.MessageS3Pointer"
_BEGINNINGS = tuple(f'["{name}"' for name in (_POINTER, _OLD_POINTER))
#: Attributes that are theirs: the size of the body.
SIZE_ATTRIBUTE = "ExtendedPayloadSize"
OWN_ATTRIBUTES = (SIZE_ATTRIBUTE, "SQSLargePayloadSize")
_BUFFER_BYTES = 65_536
_MISSING = ("NoSuchKey", "404")
#: Of no body.
_NO_KEY = "rights"
#: Objects of one call: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
DELETED_MOST = 1_000


@dataclass(frozen=True)
class StoredBody:
    """An object that is a message's body."""

    bucket: str
    key: str

    @property
    def pointer(self) -> str:
        """What the message has in its place."""
        return json.dumps([_POINTER, {"s3BucketName": self.bucket, "s3Key": self.key}])

    def open(self) -> BinaryIO:
        """A stream of its bytes. Raises Reject where it is gone or cannot be, and what boto3 raises."""
        from botocore.exceptions import ClientError, ParamValidationError  # noqa: PLC0415 - loaded with the client

        try:
            answer = aws_client("s3").get_object(Bucket=self.bucket, Key=self.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise Reject(f"the body s3://{self.bucket}/{self.key} is gone") from None
            raise
        except (ParamValidationError, UnicodeEncodeError):
            raise Reject(f"the body s3://{self.bucket}/{self.key} cannot be: no object has such a key") from None
        return io.BufferedReader(_Stream(answer["Body"]), _BUFFER_BYTES)

    def read(self) -> str:
        """All of its text. Raises Reject where it is gone, or no text."""
        with self.open() as stream:
            content = stream.read()
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise InvalidBody(f"the body s3://{self.bucket}/{self.key} is not text: {error}") from None


class _Stream(io.RawIOBase):
    """botocore's stream as Python's own: that one reads lines byte by byte."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        """It is for that."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes; 0 at the end."""
        content = self._body.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()
        super().close()


def pointed_at(body: str) -> StoredBody | None:
    """The object that a body points at; None where it is no pointer."""
    if not body.startswith(_BEGINNINGS):
        return None
    try:
        _, place = json.loads(body)
        bucket, key = place["s3BucketName"], place["s3Key"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return StoredBody(bucket, key) if isinstance(bucket, str) and isinstance(key, str) else None


def store(bucket: str, body: str) -> tuple[StoredBody, dict[str, Any]]:
    """Put a body into the bucket; returns it, and the attributes that say so. Raises what boto3 raises."""
    content = body.encode()
    stored = StoredBody(bucket, str(uuid.uuid4()))
    aws_client("s3").put_object(Bucket=bucket, Key=stored.key, Body=content)
    return stored, {SIZE_ATTRIBUTE: len(content)}


def prove_readable(bucket: str) -> None:
    """Raise SettingsError where bodies in the bucket cannot be read, or one that is gone would not be told from one
    that is forbidden: S3 says that of who may not list."""
    try:
        StoredBody(bucket, _NO_KEY).open().close()
    except Reject:
        return  # S3 has looked for it
    except Exception as error:
        raise SettingsError([f"WORKER_LARGE_MESSAGES.bucket: {bucket!r} cannot be read: {error}"]) from None


def delete_all(bodies: Sequence[StoredBody]) -> Counter[str]:
    """Delete bodies of one bucket, `DELETED_MOST` at most; returns why some were not, and how many. Raises what boto3
    raises."""
    keys = dict.fromkeys(body.key for body in bodies)
    deleted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
    answer = aws_client("s3").delete_objects(Bucket=bodies[0].bucket, Delete=deleted)
    return Counter(f"{error['Code']}: {error.get('Message', '')}" for error in answer.get("Errors", ()))
