"""The account that the commands work in: AWS's, or the box's emulator."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's, of which ConnectTimeoutError is one
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from botocore.session import Session

from worker_ops.errors import OpsError, UnreachableError

#: What AWS's services answer to a caller without the right, each with a name of its own.
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"})
#: What they answer to credentials that are over, or are nobody's.
_NOBODY = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "RequestExpired"}
)
#: What a right is called where it is not the name of the client.
_PREFIXES = {"application-autoscaling": "application-autoscaling", "monitoring": "cloudwatch"}
#: The arguments that name what a call works on, the most exact one first.
_RESOURCES = (
    "QueueUrl",
    "SourceArn",
    "TaskHandle",
    "TopicArn",
    "service",
    "services",
    "task",
    "cluster",
    "logGroupName",
    "ResourceId",
    "AlarmNames",
)
_SHOWN_MOST = 3
#: How an answer says that there is more, and how the next call asks for that.
_TOKENS = ("NextToken", "nextToken", "Marker")
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=10)
#: No proxy stands between this machine and itself, whatever HTTP_PROXY says.
_ON_THIS_MACHINE = Config(proxies={})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def refused(error: ClientError) -> str:
    """What a service said no to, as a sentence."""
    said = error.response.get("Error", {})
    return f"{error.operation_name} was refused: {said.get('Code')}: {said.get('Message')}"


def reason_of(error: OpsError | ClientError) -> str:
    """Why a call failed, as a sentence."""
    return refused(error) if isinstance(error, ClientError) else str(error)


def _shown(resource: str | Sequence[str]) -> str:
    """One resource, or the first ones of many."""
    names = [resource] if isinstance(resource, str) else resource
    more = f" and {len(names) - _SHOWN_MOST} more" if len(names) > _SHOWN_MOST else ""
    return ", ".join(names[:_SHOWN_MOST]) + more


def _unasked(service: str, error: BotoCoreError | ValueError) -> OpsError:
    """Why a call had no answer. A ValueError is about the machine's own settings, such as AWS_ENDPOINT_URL."""
    if isinstance(error, NoCredentialsError):
        return OpsError(
            "no AWS credentials: log in as for the AWS CLI (aws configure, aws sso login), or name a profile "
            "with --profile"
        )
    if isinstance(error, NoRegionError):
        return OpsError("no AWS region: name it with --region, or set AWS_DEFAULT_REGION")
    if isinstance(error, EndpointConnectionError):
        return UnreachableError(f"{error}: is there a network, and is the region right?")
    kind = UnreachableError if isinstance(error, ConnectionError | HTTPClientError) else OpsError
    return kind(f"{service} could not be asked: {error}")


class Account:
    """Makes the calls of the commands, and puts what is refused into a sentence."""

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        """The account of the AWS CLI's own settings, or the given one. Raises OpsError for an unknown profile."""
        self._endpoint_url = endpoint_url
        self._region = region
        self._profile = profile
        self._credentials: dict[str, Any] = dict(credentials or {})
        try:
            # boto3 would load what it has for S3 too, which takes as long as all the rest.
            self._session = Session(profile=profile)
            self._session.get_scoped_config()
        except BotoCoreError as error:
            raise OpsError(f"the AWS settings of this machine: {error}") from None
        self._known = cache(self._new_client)
        # Using a boto3 client is thread-safe; making one is not.
        self._making = Lock()
        self._has_told_waiting = False

    @property
    def cli_options(self) -> list[str]:
        """What the AWS CLI is given to work here; version 1 knows an endpoint by this option alone."""
        options = {"--endpoint-url": self._endpoint_url, "--region": self._region, "--profile": self._profile}
        return [text for option, value in options.items() if value for text in (option, value)]

    def cli_environment(self, users: Mapping[str, str]) -> dict[str, str]:
        """The environment of the AWS CLI: the user's, but for the box nothing of the user's AWS settings."""
        if not self._credentials:
            return dict(users)
        kept = {name: value for name, value in users.items() if not name.startswith("AWS_")}
        given = {name.upper(): value for name, value in self._credentials.items()}
        files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
        return {**kept, **given, **files, "NO_PROXY": "127.0.0.1"}

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        """One call, by boto3's names. Raises OpsError where it is denied, or nothing can be reached.

        Raises ClientError for whatever else the service answers.
        """
        try:
            return getattr(self._client(service), operation)(**arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in _DENIED:
                raise OpsError(self._denied(service, operation, arguments)) from None
            if code in _NOBODY:
                raise OpsError(f"AWS does not take the credentials ({code}): log in again as for the AWS CLI") from None
            raise
        except (BotoCoreError, ValueError) as error:
            raise _unasked(service, error) from None

    def pages(self, service: str, operation: str, /, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Each page of a listing; raises what `call` does."""
        more: dict[str, str] = {}
        while True:
            page = self.call(service, operation, **arguments, **more)
            yield page
            more = {token: page[token] for token in _TOKENS if page.get(token)}
            if not more:
                return

    def _client(self, service: str) -> Any:
        with self._making:
            return self._known(service)

    def _new_client(self, service: str) -> Any:
        is_here = urlsplit(self._endpoint_url or "").hostname in _LOOPBACK
        config = _CONFIG.merge(_ON_THIS_MACHINE) if is_here else _CONFIG
        client = self._session.create_client(
            service, region_name=self._region, endpoint_url=self._endpoint_url, config=config, **self._credentials
        )
        client.meta.events.register("needs-retry", self._tell_waiting)
        return client

    def _tell_waiting(self, caught_exception: Exception | None = None, **_call: Any) -> None:
        """Say once why nothing happens: all tries together take a minute."""
        if isinstance(caught_exception, ConnectTimeoutError | ReadTimeoutError) and not self._has_told_waiting:
            self._has_told_waiting = True
            sys.stderr.write(f"{caught_exception}: asked again, for a minute at most; Ctrl-C ends it\n")

    def _denied(self, service: str, operation: str, arguments: Mapping[str, Any]) -> str:
        # A batch needs the right of its single calls: IAM knows no action of its own for it.
        action = self._client(service).meta.method_to_api_mapping[operation].removesuffix("Batch")
        resource = next((_shown(arguments[key]) for key in _RESOURCES if key in arguments), "*")
        return (
            f"denied: {_PREFIXES.get(service, service)}:{action} on {resource}; whoever runs this command needs that "
            "right (the component's operator policy has it)"
        )
