"""Scale-in protection: on with work, off without, and harmless where the agent fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.support.fake_sqs import EventList
from tests.support.worker_queue import wait_until
from worker_runtime.ecs.scale_in_protection import ScaleInProtection, protection_of
from worker_runtime.settings import Settings


class Agent(HTTPServer):
    """Records what the ECS agent would be told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, Any]] = []
        self.answer: tuple[int, Any] = (200, {"protection": {"ProtectionEnabled": True}})

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/task-1"


class Handler(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, Agent)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        status, answer = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def agent() -> Iterator[Agent]:
    server = Agent()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


ON = ("/api/task-1/task-protection/v1/state", {"ProtectionEnabled": True, "ExpiresInMinutes": 60})
OFF = ("/api/task-1/task-protection/v1/state", {"ProtectionEnabled": False})


def test_on_with_work_and_off_at_the_end(agent: Agent) -> None:
    protection = ScaleInProtection(agent.uri, lambda: True, EventList())
    protection.start()
    wait_until(lambda: agent.requests, "protection")
    protection.close(10)
    assert agent.requests == [ON, OFF]


def test_off_when_there_has_been_no_work_for_a_while(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.ecs.scale_in_protection.IDLE_SECONDS", 0.1)
    busy = threading.Event()
    busy.set()
    protection = ScaleInProtection(agent.uri, busy.is_set, EventList())
    protection.start()
    wait_until(lambda: agent.requests == [ON], "protection")
    busy.clear()
    wait_until(lambda: agent.requests == [ON, OFF], "the end of protection")
    protection.close(10)
    assert agent.requests == [ON, OFF]


def test_idle_worker_asks_for_nothing(agent: Agent) -> None:
    protection = ScaleInProtection(agent.uri, lambda: False, EventList())
    protection.start()
    protection.close(10)
    assert agent.requests == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, {"failure": {"Arn": "arn", "Reason": "DEPLOYMENT_BLOCKED"}}), "DEPLOYMENT_BLOCKED"),
        ((200, {"failure": {"Reason": "MISSING", "Detail": "no task"}}), "MISSING: no task"),
        ((200, {"error": {"Code": "ServerException", "Message": "no"}}), "ServerException: no"),
        ((200, {"error": "no"}), "no"),
        ((200, []), "not what the agent answers: b'[]'"),
        (
            (400, {"requestID": "1", "error": {"Arn": "arn", "Code": "AccessDeniedException", "Message": "no right"}}),
            "AccessDeniedException: no right",
        ),
        ((404, []), "not what the agent answers: b'[]'"),
        ((500, {}), "HTTP Error 500: Internal Server Error"),
    ],
)
def test_failure_of_the_agent_is_logged_and_not_repeated_at_once(
    agent: Agent, answer: tuple[int, Any], error: str
) -> None:
    agent.answer = answer
    log = EventList()
    protection = ScaleInProtection(agent.uri, lambda: True, log)
    protection.start()
    wait_until(lambda: log.events, "the failure")
    protection.close(10)
    assert log.events == [{"action": "protection_failed", "level": "WARNING", "protect": True, "error": error}]
    assert agent.requests == [ON]


@pytest.mark.parametrize(("wanted", "has_agent"), [(False, True), (True, False)])
def test_nothing_is_asked_where_it_is_not_wanted_or_there_is_no_agent(
    agent: Agent, wanted: bool, has_agent: bool
) -> None:
    settings = Settings(
        queue_name="q",
        queue_uri="https://x/q",
        queue_region="eu-west-1",
        handler="a.b",
        scale_in_protection=wanted,
        agent_uri=agent.uri if has_agent else None,
    )
    asked = []
    with protection_of(settings, lambda: bool(asked.append(1)), EventList()):
        pass
    assert (agent.requests, asked) == ([], [])
