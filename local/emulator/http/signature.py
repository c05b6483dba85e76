"""Signature Version 4: who a request says it is from, and whether the secret key agrees."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Scope:
    """The credential scope of a signed request."""

    access_key_id: str
    date: str
    region: str
    service: str
    session_token: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    in_query: bool


def read_scope(environ: dict[str, Any]) -> Scope | None:
    """The scope, from the Authorization header or a presigned URL; None for an unsigned request."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    if header.startswith(_ALGORITHM):
        parts = dict(part.strip().split("=", 1) for part in header[len(_ALGORITHM) :].split(","))
        token, timestamp = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""), environ.get("HTTP_X_AMZ_DATE", "")
    else:
        query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        if query.get("X-Amz-Algorithm") != _ALGORITHM:
            return None
        parts = {name: query.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")}
        token, timestamp = query.get("X-Amz-Security-Token", ""), query.get("X-Amz-Date", "")
    credential = parts["Credential"].split("/")
    if len(credential) != 5:  # key/date/region/service/aws4_request
        return None
    key, date, region, service, _ = credential
    signed_headers = tuple(parts["SignedHeaders"].split(";"))
    in_query = not header.startswith(_ALGORITHM)
    return Scope(key, date, region, service, token, signed_headers, parts["Signature"], timestamp, in_query)


def signature_is_right(environ: dict[str, Any], body: bytes, scope: Scope, secret_access_key: str) -> bool:
    """Whether the request was signed with this secret key."""
    canonical = _canonical_request(environ, body, scope)
    to_sign = "\n".join(
        [
            _ALGORITHM,
            scope.timestamp,
            f"{scope.date}/{scope.region}/{scope.service}/aws4_request",
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = _signing_key(secret_access_key, scope.date, scope.region, scope.service)
    return hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), scope.signature)


def _canonical_request(environ: dict[str, Any], body: bytes, scope: Scope) -> str:
    raw = urlsplit(environ.get("RAW_URI", environ.get("PATH_INFO", "/")))
    # Every service but S3 signs the path encoded twice.
    path = raw.path or "/"
    path = path if scope.service == "s3" else quote(path, safe="/~")
    pairs = parse_qsl(raw.query, keep_blank_values=True)
    if scope.in_query:
        pairs = [pair for pair in pairs if pair[0] != "X-Amz-Signature"]
    query = "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs))
    headers = "".join(f"{name}:{' '.join(_header(environ, name).split())}\n" for name in scope.signed_headers)
    if scope.in_query:
        digest = "UNSIGNED-PAYLOAD"
    else:
        digest = environ.get("HTTP_X_AMZ_CONTENT_SHA256") or hashlib.sha256(body).hexdigest()
    return "\n".join([environ["REQUEST_METHOD"], path, query, headers, ";".join(scope.signed_headers), digest])


def _header(environ: dict[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    return environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", "")


@lru_cache(maxsize=256)
def _signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_access_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
