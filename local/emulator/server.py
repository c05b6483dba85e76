"""The Emulator: start and stop the cloud in a box, and hand out a task role's credentials."""

from __future__ import annotations

import threading

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends

from local.emulator.authorizer import Authorizer
from local.emulator.credentials import ACCOUNT_ID
from local.emulator.http_server import LOOPBACK, LoopbackServer
from local.emulator.moto_patches import MotoPatches


class Emulator:
    """The emulated account over HTTP on 127.0.0.1. `port` 0 takes any free port.

    moto keeps its state in the process, not in the server: one process runs one Emulator at a time.
    """

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None
        self._patches = MotoPatches()

    def start(self) -> Emulator:
        """Serve an empty account. Raises PortBusy."""
        self._server = LoopbackServer(self._port, Authorizer(DomainDispatcherApplication(create_backend_app)))
        self._patches.apply()
        BackendDict.reset()
        reset_model_data()
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="emulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving; harmless when not started."""
        if self._server and self._thread:
            self._server.stop()
            self._thread.join()
            self._patches.remove()
        self._server = self._thread = None

    def __enter__(self) -> Emulator:
        """Start."""
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        """Stop."""
        self.stop()

    @property
    def endpoint_url(self) -> str:
        """The address for AWS_ENDPOINT_URL, without a trailing slash."""
        if self._server is None:
            raise RuntimeError("the emulator is not started")
        return f"http://{LOOPBACK}:{self._server.port}"

    def task_credentials(self, role_arn: str) -> dict[str, str]:
        """Temporary credentials of a task role, as ECS hands them to a task's containers."""
        partition = role_arn.split(":")[1]
        role = sts_backends[ACCOUNT_ID][partition].assume_role(
            region_name="us-east-1",
            role_session_name="box-task",
            role_arn=role_arn,
            policy="",
            duration=6 * 3600,
            external_id="",
        )
        return {
            "AWS_ACCESS_KEY_ID": role.access_key_id,
            "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
            "AWS_SESSION_TOKEN": role.session_token,
        }
