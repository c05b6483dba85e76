"""The account that the commands work in: AWS's, or the box's emulator."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)

from worker_ops.errors import OpsError

#: What AWS's services answer to a caller without the right, each with a name of its own.
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"})
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
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=30)
#: No proxy stands between this machine and itself, whatever HTTP_PROXY says.
_ON_THIS_MACHINE = Config(proxies={})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region, **(credentials or {}))
        except BotoCoreError as error:
            raise OpsError(f"the AWS settings of this machine: {error}") from None
        self._known = cache(self._new_client)
        # Using a boto3 client is thread-safe; making one is not.
        self._making = Lock()

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        """One call, by boto3's names. Raises OpsError where it is denied, or nothing can be reached.

        Raises ClientError for whatever else the service answers.
        """
        try:
            return getattr(self._client(service), operation)(**arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _DENIED:
                raise OpsError(self._denied(service, operation, arguments)) from None
            raise
        except NoCredentialsError:
            raise OpsError(
                "no AWS credentials: log in as for the AWS CLI (aws configure, aws sso login), or name a profile "
                "with --profile"
            ) from None
        except NoRegionError:
            raise OpsError("no AWS region: name it with --region, or set AWS_REGION") from None
        except EndpointConnectionError as error:
            raise OpsError(f"{error}: is there a network, and is the region right?") from None
        except BotoCoreError as error:
            raise OpsError(f"{service} could not be asked: {error}") from None

    def _client(self, service: str) -> Any:
        with self._making:
            return self._known(service)

    def _new_client(self, service: str) -> Any:
        is_here = urlsplit(self._endpoint_url or "").hostname in _LOOPBACK
        config = _CONFIG.merge(_ON_THIS_MACHINE) if is_here else _CONFIG
        return self._session.client(service, endpoint_url=self._endpoint_url, config=config)

    def _denied(self, service: str, operation: str, arguments: Mapping[str, Any]) -> str:
        action = self._client(service).meta.method_to_api_mapping[operation]
        names = [str(arguments[key]) for key in _RESOURCES if key in arguments]
        resource = names[0] if names else "*"
        return (
            f"denied: {_PREFIXES.get(service, service)}:{action} on {resource}; whoever runs this command needs that "
            "right (the component's operator policy has it)"
        )
