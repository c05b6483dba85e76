"""Signature Version 4 for the one kind of request that the wire transport sends.

botocore signs any request; this signs a POST to "/" with the same few headers each time, and keeps the key of
the day, which costs a fraction. A test holds the two to the same signature.
https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import NamedTuple

_SERVICE = "sqs"
CONTENT_TYPE = "application/x-amz-json-1.0"


class Keys(NamedTuple):
    """Credentials at one moment."""

    access_key: str
    secret_key: str
    token: str | None


class Signer:
    """Signs requests to one host in one region."""

    def __init__(self, host: str, region: str) -> None:
        self._host = host
        self._region = region
        self._day_key: tuple[str, str, bytes] = ("", "", b"")

    def headers(self, keys: Keys, target: str, body: bytes, epoch_seconds: float | None = None) -> str:
        """The request's header lines; `target` is the operation, such as `AmazonSQS.ReceiveMessage`."""
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(epoch_seconds))
        signed = [("content-type", CONTENT_TYPE), ("host", self._host), ("x-amz-date", date)]
        if keys.token:
            signed.append(("x-amz-security-token", keys.token))
        signed.append(("x-amz-target", target))
        lines = "".join(f"{name}:{value}\n" for name, value in signed)
        names = ";".join(name for name, _ in signed)
        canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{date[:8]}/{self._region}/{_SERVICE}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}"
        signature = hmac.digest(self._key(keys.secret_key, date[:8]), to_sign.encode(), "sha256").hex()
        credential = f"Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        headers = "".join(f"{name}: {value}\r\n" for name, value in signed)
        return f"{headers}authorization: AWS4-HMAC-SHA256 {credential}\r\n"

    def _key(self, secret: str, day: str) -> bytes:
        cached = self._day_key
        if cached[:2] != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, _SERVICE, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            cached = self._day_key = (secret, day, key)
        return cached[2]
