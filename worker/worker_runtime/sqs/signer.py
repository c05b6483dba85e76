"""Signature Version 4 for the one kind of request that the wire transport sends.

botocore signs any request; this signs a POST to "/" with the same few headers each time, and keeps what requests
of one second share, which costs a fraction. A test holds the two to the same signature.
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


class _Shared(NamedTuple):
    """What all requests for one operation have in common for one second."""

    canonical: str
    """The canonical request, up to the hash of the body."""
    to_sign: str
    """The string to sign, up to the hash of the canonical request."""
    key: bytes
    headers: str
    """The header lines, up to the signature."""


class Signer:
    """Signs requests to one host in one region."""

    def __init__(self, host: str, region: str) -> None:
        self._host = host
        self._region = region
        self._latest: dict[str, tuple[tuple[int, Keys], _Shared]] = {}
        """By operation: what was made last, and for which second and credentials."""
        self._repeated: dict[str, tuple[_Shared, bytes, str]] = {}
        """By operation: for what, and for which body, the latest headers were made. Most receives are alike."""

    def headers(self, keys: Keys, target: str, body: bytes, epoch_seconds: float | None = None) -> str:
        """The request's header lines; `target` is the operation, such as `AmazonSQS.ReceiveMessage`."""
        moment = (int(time.time() if epoch_seconds is None else epoch_seconds), keys)
        made_for, shared = self._latest.get(target, (None, None))
        if shared is None or made_for != moment:
            shared = self._shared(*moment, target)
            self._latest[target] = (moment, shared)
        made_of, latest_body, headers = self._repeated.get(target, (None, b"", ""))
        if made_of is shared and latest_body == body:
            return headers
        canonical = shared.canonical + hashlib.sha256(body).hexdigest()
        to_sign = shared.to_sign + hashlib.sha256(canonical.encode()).hexdigest()
        headers = f"{shared.headers}{hmac.digest(shared.key, to_sign.encode(), 'sha256').hex()}\r\n"
        self._repeated[target] = (shared, body, headers)
        return headers

    def _shared(self, epoch_seconds: int, keys: Keys, target: str) -> _Shared:
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(epoch_seconds))
        signed = [("content-type", CONTENT_TYPE), ("host", self._host), ("x-amz-date", date)]
        if keys.token:
            signed.append(("x-amz-security-token", keys.token))
        signed.append(("x-amz-target", target))
        lines = "".join(f"{name}:{value}\n" for name, value in signed)
        names = ";".join(name for name, _ in signed)
        scope = f"{date[:8]}/{self._region}/{_SERVICE}/aws4_request"
        headers = "".join(f"{name}: {value}\r\n" for name, value in signed)
        credential = f"Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature="
        return _Shared(
            canonical=f"POST\n/\n\n{lines}\n{names}\n",
            to_sign=f"AWS4-HMAC-SHA256\n{date}\n{scope}\n",
            key=self._key(keys.secret_key, date[:8]),
            headers=f"{headers}authorization: AWS4-HMAC-SHA256 {credential}",
        )

    def _key(self, secret: str, day: str) -> bytes:
        key = f"AWS4{secret}".encode()
        for part in (day, self._region, _SERVICE, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key
