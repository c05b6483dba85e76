"""Our signatures are botocore's, header for header."""

from __future__ import annotations

import datetime as dt

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from worker_runtime.sqs.signer import CONTENT_TYPE, Keys, Signer

#: 2026-01-31T23:59:59Z, and a second later, which is another day.
LAST_OF_JANUARY = 1769903999.0


@pytest.mark.parametrize("host", ["sqs.eu-west-1.amazonaws.com", "127.0.0.1:5000"])
@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("body", [b"", b'{"QueueUrl":"x"}', "\u00e9\U0001f600".encode()])
def test_signature_equals_botocores(monkeypatch: pytest.MonkeyPatch, host: str, token: str | None, body: bytes) -> None:
    signer = Signer(host, "eu-west-1")
    for seconds in (LAST_OF_JANUARY, LAST_OF_JANUARY + 1):
        ours = signer.headers(Keys("AKID", "secret/key", token), "AmazonSQS.ReceiveMessage", body, seconds)
        assert authorization(ours) == botocore_authorization(monkeypatch, host, token, body, seconds)


def test_request_that_repeats_is_signed_as_the_first_and_others_are_not() -> None:
    signer, keys = Signer("host", "eu-west-1"), Keys("AKID", "one", None)
    signed = [signer.headers(keys, "AmazonSQS.X", body, LAST_OF_JANUARY) for body in (b"1", b"1", b"2", b"1")]
    alone = Signer("host", "eu-west-1").headers(keys, "AmazonSQS.X", b"2", LAST_OF_JANUARY)
    assert signed[0] == signed[1] == signed[3]
    assert signed[2] == alone
    assert signer.headers(keys, "AmazonSQS.X", b"1", LAST_OF_JANUARY + 1) != signed[0]
    assert signer.headers(keys._replace(token="t"), "AmazonSQS.X", b"1", LAST_OF_JANUARY) != signed[0]
    assert signer.headers(keys, "AmazonSQS.Y", b"1", LAST_OF_JANUARY) != signed[0]


def test_key_of_another_secret_is_another() -> None:
    signer = Signer("host", "eu-west-1")
    first = signer.headers(Keys("AKID", "one", None), "AmazonSQS.X", b"", LAST_OF_JANUARY)
    second = signer.headers(Keys("AKID", "two", None), "AmazonSQS.X", b"", LAST_OF_JANUARY)
    assert authorization(first) != authorization(second)


def authorization(headers: str) -> str:
    lines = dict(line.split(": ", 1) for line in headers.strip().split("\r\n"))
    return lines["authorization"]


def botocore_authorization(
    monkeypatch: pytest.MonkeyPatch, host: str, token: str | None, body: bytes, seconds: float
) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
    request = AWSRequest(
        "POST",
        f"http://{host}/",
        headers={"content-type": CONTENT_TYPE, "x-amz-target": "AmazonSQS.ReceiveMessage"},
        data=body,
    )
    SigV4Auth(Credentials("AKID", "secret/key", token), "sqs", "eu-west-1").add_auth(request)
    return request.headers["Authorization"]
