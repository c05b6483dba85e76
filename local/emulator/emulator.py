"""The Emulator: start and stop the cloud in a box, and hand out a task role's credentials."""

from __future__ import annotations

import threading
import uuid
from functools import cache
from typing import Any, ClassVar

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.ecs.models import ecs_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from local.emulator.account import ACCOUNT_ID
from local.emulator.autoscaling.activity_log import ACTIVITIES, ScalingActivity
from local.emulator.aws_error import AwsError
from local.emulator.http.authorizer import Authorizer
from local.emulator.http.in_turn import in_turn
from local.emulator.http.loopback_server import LOOPBACK, LoopbackServer
from local.emulator.iam.caller import Caller, parse_policy, role_by_arn
from local.emulator.iam.denial_log import DENIALS, Denial
from local.emulator.iam.policy_evaluation import Permission, denied
from local.emulator.iam.policy_verdict import Principal
from local.emulator.moto_patches import MotoPatches

# ECS renews a task's credentials every few hours; environment variables can't be renewed while the box runs.
TASK_CREDENTIALS_SECONDS = 30 * 24 * 3600


class _Dispatcher(DomainDispatcherApplication):
    """moto's choice of a service, remembered: moto lists its folders and tries every URL each time."""

    def __init__(self) -> None:
        super().__init__(_service_app)
        self._known = cache(self._find)

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service's name; None where the host is. Raises AwsError for a service that moto does not know."""
        return self._known(host)

    def _find(self, host: str | None) -> Any:
        is_service = (host or "").endswith((".amazonaws.com", ".api.aws"))
        if host and is_service and not any(pattern.match(f"http://{host}") for _, pattern in self.backend_url_patterns):
            raise _missing(host.partition(".")[0])
        return super().get_backend_for_host(host)


def _service_app(service: Any) -> Any:
    """moto's app of a service, as far as the box has what moto needs for it."""
    try:
        app = create_backend_app(service)
    except ImportError:
        raise _missing(service) from None
    return in_turn(app) if service == "dynamodb" else app


def _missing(service: str) -> AwsError:
    return AwsError("InternalFailure", f"the box has no {service}: it has what a worker service is made of", 501)


class Emulator:
    """The emulated account over HTTP on 127.0.0.1. `port` 0 takes any free port.

    moto keeps its state in the process, not in the server: one process runs one Emulator at a time.
    """

    _running: ClassVar[Emulator | None] = None

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None
        self._patches = MotoPatches()

    def start(self) -> Emulator:
        """Serve an empty account. Raises PortBusy; RuntimeError when this process runs one already."""
        if Emulator._running:
            raise RuntimeError("this process runs an emulator already; stop it first")
        self._server = LoopbackServer(self._port, Authorizer(_Dispatcher()))
        Emulator._running = self
        self._patches.apply()
        _forget_everything()
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
            _forget_everything()
            Emulator._running = None
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

    @property
    def denials(self) -> list[Denial]:
        """What policies forbade of calls and of SNS's deliveries: the latest 1,000, each with its count."""
        return DENIALS.latest()

    def tell_scaling(self, resource_id: str, desired: int, cause: str) -> None:
        """Scaling has set a service's desired count; Application Auto Scaling calls it service/CLUSTER/SERVICE."""
        ACTIVITIES.add(ScalingActivity(resource_id, desired, cause))

    def tell_running(self, cluster_arn: str, service_name: str, running: int) -> None:
        """So many tasks of the ECS service run; moto takes all that are desired for running."""
        region, account_id = cluster_arn.split(":")[3:5]
        service = ecs_backends[account_id][region]._get_service(cluster_arn, service_name)
        service.running_count = running
        service.pending_count = max(0, service.desired_count - running)
        is_complete = service.pending_count == 0
        for deployment in service.deployments:
            deployment["desiredCount"] = service.desired_count
            deployment["runningCount"] = service.running_count
            deployment["pendingCount"] = service.pending_count
            deployment["rolloutState"] = "COMPLETED" if is_complete else "IN_PROGRESS"
            progress = "completed" if is_complete else "in progress"
            deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} {progress}."

    def task_credentials(self, role_arn: str, *, duration_seconds: int = TASK_CREDENTIALS_SECONDS) -> dict[str, str]:
        """Temporary credentials of a task's role as environment variables: as ECS gives them to a task, or has them
        itself.

        The role's trust policy must let ecs-tasks.amazonaws.com assume it. PermissionError when it does not.
        """
        region = _region_of_task_role(role_arn)
        partition = get_partition(region)
        role = role_by_arn(role_arn)
        trust = parse_policy(role.assume_role_policy_document) if role else None
        context = {
            "aws:SourceAccount": ACCOUNT_ID,
            "aws:SourceArn": f"arn:{partition}:ecs:{region}:{ACCOUNT_ID}:task/box",
        }
        ecs = Caller(Principal(service="ecs-tasks.amazonaws.com"), secret_access_key="")
        denial = denied(ecs, Permission("sts:AssumeRole", role_arn, trust, policy_decides=True), context)
        if denial:
            raise PermissionError(str(denial))
        session = sts_backends[ACCOUNT_ID][partition].assume_role(
            region_name=region,
            role_session_name=f"task-{uuid.uuid4().hex}",
            role_arn=role_arn,
            policy="",
            duration=duration_seconds,
            external_id="",
        )
        return {
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
        }


def _region_of_task_role(role_arn: str) -> str:
    """Where a task definition names the role."""
    for region, backend in ecs_backends[ACCOUNT_ID].items():
        for revisions in backend.task_definitions.values():
            for revision in revisions.values():
                if role_arn in (
                    getattr(revision, "task_role_arn", None),
                    getattr(revision, "execution_role_arn", None),
                ):
                    return region
    return "us-east-1"


def _forget_everything() -> None:
    """An empty account, of whichever classes moto finds now."""
    BackendDict.reset()
    reset_model_data()
    DENIALS.clear()
    ACTIVITIES.clear()
