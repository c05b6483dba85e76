"""What tasks publish for fast scaling: the numbers, the line, and what happens when AWS does not answer."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from worker_runtime.ecs.demand_publisher import DemandPublisher, demand_published
from worker_runtime.ecs.service_reader import Reading, ServiceReader
from worker_runtime.settings import Settings

CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"
TASK = "arn:aws:ecs:eu-west-1:111122223333:task/workers/0a1b2c"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"


class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.events: list[str] = []
        self.written = threading.Event()

    def event(self, action: str, level: str = "INFO", **fields: Any) -> None:  # noqa: ARG002
        self.events.append(action)

    def message_events(self, action: str, *_: Any, **__: Any) -> None:
        raise AssertionError(f"{action}: demand is not about one message")

    def line(self, document: dict[str, Any]) -> None:
        self.lines.append(document)
        self.written.set()


def settings(**more: Any) -> Settings:
    shares = {"demand_per_visible": 1 / 120, "demand_per_in_flight": 0.3125}
    return Settings(
        queue_name="orders",
        queue_uri=QUEUE,
        queue_region="eu-west-1",
        handler="app.handle",
        **{"publish_demand": True, **shares, **more},
    )


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of day, which stands still: in a period in which unmet demand is told."""
    now = [1_760_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def published(*readings: Reading, window_seconds: int = 10) -> list[tuple[int, int]]:
    """Demand and UnmetDemand after each reading."""
    log, left = Log(), list(readings)
    publisher = DemandPublisher(settings(demand_window_seconds=window_seconds), lambda: left.pop(0), log)
    for _ in readings:
        publisher.publish()
    return [(line["Demand"], line["UnmetDemand"]) for line in log.lines]


@pytest.mark.parametrize(
    ("reading", "demand", "unmet"),
    [
        (Reading(visible=[0], in_flight=[0], desired_count=1), 0, 0),
        (Reading(visible=[1], in_flight=[0], desired_count=1), 1, 0),
        (Reading(visible=[121], in_flight=[0], desired_count=1), 2, 2),
        (Reading(visible=[600], in_flight=[16], desired_count=4), 10, 10),
        (Reading(visible=[0], in_flight=[4], desired_count=9), 2, 0),
    ],
)
def test_the_demand_and_whether_it_is_met(reading: Reading, demand: int, unmet: int) -> None:
    assert published(reading) == [(demand, unmet)]


def test_all_queues_are_counted_each_by_its_own_shares() -> None:
    main = settings().main_queue
    bulk = replace(main, key="bulk", uri=f"{QUEUE}-bulk", demand_per_visible=1 / 1_200, demand_per_in_flight=0.1)
    log = Log()
    two = replace(settings(), given_queues=(main, bulk))
    DemandPublisher(two, lambda: Reading([120, 1_200], [4, 10], 9), log).publish()

    assert log.lines[0]["Demand"] == 1 + 1 + 3  # 4 x 0.3125 + 10 x 0.1 is above two


@pytest.mark.parametrize(("started_after", "told"), [(0, [5, 0, 5, 0, 5, 0]), (10, [5, 5, 0, 5, 0, 5])])
def test_unmet_demand_is_told_at_once_and_then_in_every_other_period_so_that_its_alarm_turns_again(
    clock: list[float], started_after: float, told: list[int]
) -> None:
    """All tasks tell it in the same ones, whenever they saw it first."""
    log = Log()
    publisher = DemandPublisher(settings(), lambda: Reading([600], [0], 1), log)
    clock[0] += started_after
    for _ in range(6):
        publisher.publish()
        clock[0] += 10

    assert [line["UnmetDemand"] for line in log.lines] == told


def test_messages_in_flight_count_as_their_mean_over_the_last_six_readings() -> None:
    busy, idle = Reading([0], [32], 1), Reading([0], [0], 1)

    assert [demand for demand, _ in published(busy, idle, idle, idle, idle, idle, idle)] == [10, 5, 4, 3, 2, 2, 0]


def test_the_highest_demand_of_the_window_is_published() -> None:
    much, none = Reading([600], [0], 1), Reading([0], [0], 5)

    assert published(much, none, none, none, none, window_seconds=30) == [(5, 5), (5, 0), (5, 0), (0, 0), (0, 0)]


def test_the_line_is_an_embedded_metric_of_one_second() -> None:
    log = Log()
    DemandPublisher(settings(), lambda: Reading([121], [0], 1), log).publish()
    [line] = log.lines

    assert line["QueueName"] == "orders"
    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "WorkerService",
            "Dimensions": [["QueueName"]],
            "Metrics": [
                {"Name": "Demand", "Unit": "Count", "StorageResolution": 1},
                {"Name": "UnmetDemand", "Unit": "Count", "StorageResolution": 1},
            ],
        }
    ]


def test_a_failure_is_logged_when_it_begins_and_publishing_goes_on_afterwards() -> None:
    log = Log()
    answers: list[Any] = [OSError("down"), OSError("down"), Reading([121], [0], 1), OSError("down")]

    def read() -> Reading:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    publisher = DemandPublisher(settings(), read, log)
    for _ in range(4):
        publisher.publish()

    assert log.events == ["demand_failed", "demand_failed"]
    assert len(log.lines) == 1


@pytest.fixture
def metadata_uri() -> Iterator[str]:
    class Metadata(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/v4/abc/task"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"Cluster": CLUSTER, "TaskARN": TASK}).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v4/abc"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_task_finds_its_service_once_and_reads_queue_and_desired_count(
    metadata_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Stubber] = {}
    session = Session()
    session.set_credentials("test", "test")
    client = session.create_client

    def stubbed(_session: Any, service: str, **options: Any) -> Any:
        stub = Stubber(client(service, **options))
        expect[service](stub)
        stub.activate()
        made[service] = stub
        return stub.client

    def expect_ecs(stub: Stubber) -> None:
        stub.add_response(
            "describe_tasks", {"tasks": [{"group": "service:orders"}]}, {"cluster": CLUSTER, "tasks": [TASK]}
        )
        for desired_count in (2, 3):
            answer = {"services": [{"desiredCount": desired_count}]}
            stub.add_response("describe_services", answer, {"cluster": CLUSTER, "services": ["orders"]})

    def expect_sqs(stub: Stubber) -> None:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        for values in (("5", "1"), ("7", "2")):
            stub.add_response(
                "get_queue_attributes",
                {"Attributes": dict(zip(names, values, strict=True))},
                {"QueueUrl": QUEUE, "AttributeNames": names},
            )

    expect: dict[str, Callable[[Stubber], None]] = {"ecs": expect_ecs, "sqs": expect_sqs}
    monkeypatch.setattr(Session, "create_client", stubbed)
    read = ServiceReader(settings(metadata_uri=metadata_uri))

    assert [read(), read()] == [Reading([5], [1], 2), Reading([7], [2], 3)]
    for stub in made.values():
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("more", [{"publish_demand": False, "metadata_uri": "http://127.0.0.1:9"}, {}])
def test_nothing_is_published_where_it_is_off_or_this_is_no_task(more: dict[str, Any]) -> None:
    before = threading.active_count()

    with demand_published(settings(**more), Log()):
        assert threading.active_count() == before


def test_a_task_publishes_until_the_worker_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.ecs.demand_publisher.PUBLISH_SECONDS", 0.01)
    monkeypatch.setattr(
        "worker_runtime.ecs.demand_publisher.ServiceReader.__call__", lambda _self: Reading([121], [0], 1)
    )
    log = Log()

    with demand_published(settings(metadata_uri="http://127.0.0.1:9"), log):
        assert log.written.wait(30)
        [thread] = [thread for thread in threading.enumerate() if thread.name == "demand"]

    thread.join(30)
    assert not thread.is_alive()
    assert (log.lines[0]["Demand"], log.lines[0]["UnmetDemand"]) == (2, 2)
