"""Chooses the way to reach SQS, by the settings and by what AWS's own say."""

from __future__ import annotations

import os
import re
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConfigNotFound,
    ConfigParseError,
    EndpointProviderError,
    EndpointVariantError,
    InvalidConfigError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.httpsession import create_urllib3_context, get_cert_path
from botocore.session import Session, get_session
from botocore.utils import get_environ_proxies

from worker_runtime.errors import QueueError, SettingsError
from worker_runtime.sqs.boto_transport import BotoTransport, queue_error
from worker_runtime.sqs.transport import Transport
from worker_runtime.sqs.wire_transport import Endpoint, WireTransport

#: An address without a path, a user or a query; what has more is boto3's.
_PLAIN_URL = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]+)?/?")
_PORTS = {"http": 80, "https": 443}
#: What botocore finds wrong with the settings. All else that it raises may pass.
_WRONG_SETTINGS = (
    ConfigNotFound,
    ConfigParseError,
    EndpointProviderError,
    EndpointVariantError,
    InvalidConfigError,
    PartialCredentialsError,
    ProfileNotFound,
    ValueError,
)


class LateTransport:
    """Opens a transport with its first call: that fetches credentials, and may have to be tried again."""

    def __init__(self, open_now: Callable[[], Transport]) -> None:
        self._open_now = open_now
        self._opened: Transport | None = None
        self._lock = threading.Lock()

    def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """Make one call. Raises QueueError; SettingsError where no other try can succeed."""
        opened = self._opened
        if opened is None:
            with self._lock:
                opened = self._opened = self._opened or self._open_now()
        return opened.call(operation, parameters, timeout_seconds)

    def interrupt(self) -> None:
        """Tell SQS that nobody waits any longer for the calls under way."""
        if self._opened is not None:
            self._opened.interrupt()


def open_transport(name: str, region: str) -> Transport:
    """Build the transport that the settings name: `wire` or `boto3`. Raises QueueError, or SettingsError where AWS's
    own settings are wrong."""
    try:
        # What boto3 builds on: boto3 itself takes a quarter of the start to load, for uploads to S3.
        session = get_session()
        certificates = _certificates(session)
        _fetch_credentials(session)
        reference = BotoTransport(session, region)
        url = reference.request_url()
        # A proxy is boto3's business, too: it knows them all.
        if name == "boto3" or not _PLAIN_URL.fullmatch(url) or get_environ_proxies(url):
            return reference
        return WireTransport(session, region, _endpoint(url, certificates), reference)
    except _WRONG_SETTINGS as error:
        raise SettingsError([f"AWS's settings: {error}"]) from error
    except (QueueError, SettingsError):
        raise
    except Exception as error:  # credentials are asked of STS, of files, of a command, of the container's endpoint
        raise queue_error(error) from error


def _fetch_credentials(session: Session) -> None:
    """Before a client does, so that what a command answers is not taken for a wrong setting. Raises what botocore
    raises, and QueueError."""
    try:
        session.get_credentials()
    except ValueError as error:
        raise queue_error(error) from error


def _endpoint(url: str, certificates: str) -> Endpoint:
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    host = parts.netloc if port != _PORTS[parts.scheme] else parts.netloc.removesuffix(f":{port}")
    tls = _tls_context(certificates) if parts.scheme == "https" else None
    return Endpoint(host, parts.hostname or "", port, tls)


def _certificates(session: Session) -> str:
    """The file of certificates that boto3 trusts. Raises SettingsError where there are none in it."""
    name, path = "AWS_CA_BUNDLE", session.get_config_variable("ca_bundle")
    if path is None:
        name, path = "REQUESTS_CA_BUNDLE", os.environ.get("REQUESTS_CA_BUNDLE")
    if path is None:
        return get_cert_path(verify=True)
    try:
        ssl.create_default_context(cafile=Path(path))
    except OSError as error:
        raise SettingsError([f"{name}: {path!r} is not a file of certificates: {error}"]) from error
    return path


def _tls_context(certificates: str) -> ssl.SSLContext:
    """boto3's, which leaves the server's name to its user."""
    context = create_urllib3_context()
    context.load_verify_locations(certificates)
    context.check_hostname = True
    # As boto3: a certificate's common name says nothing of its hosts.
    context.hostname_checks_common_name = False
    return context
