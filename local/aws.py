"""boto3 clients for the emulator, untouched by the user's own AWS settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

#: Every resource of a program may be created at once.
_CONNECTIONS = 32


class Aws:
    """The emulated account in one region, as the owner of `credentials` (names of environment variables -> values)."""

    def __init__(self, endpoint_url: str, region: str, credentials: Mapping[str, str]) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        self._session = boto3.Session(
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=credentials.get("AWS_SESSION_TOKEN"),
            region_name=region,
        )
        self._client = cache(self._make_client)
        # Using a boto3 client is thread-safe; making one is not.
        self._making = Lock()

    def client(self, service: str) -> Any:
        """The client of a service, made once."""
        with self._making:
            return self._client(service)

    def _make_client(self, service: str) -> Any:
        # No proxy stands between the box and itself, whatever HTTP_PROXY says.
        config = Config(max_pool_connections=_CONNECTIONS, proxies={}, retries={"total_max_attempts": 2})
        return self._session.client(service, endpoint_url=self.endpoint_url, config=config)


def leave_out_users_settings() -> None:
    """Let no profile, region, endpoint or file of the user's reach this process.

    A profile that does not exist would end boto3, and a real endpoint has no place in the box.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(NO_USER_SETTINGS)


#: Where boto3 finds no settings but those it is handed.
NO_USER_SETTINGS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
