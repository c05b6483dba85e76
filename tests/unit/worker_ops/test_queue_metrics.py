"""What CloudWatch knows of a service's queues, as `workers status` tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from worker_ops.account import Account
from worker_ops.places.place import LocalWorker, Place, Service, WorkQueue
from worker_ops.service.queue_metrics import last_processed, oldest_seconds

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SERVICE = Service(
    "orders", (WorkQueue("main", "https://sqs/1/orders", None), WorkQueue("bulk", "https://sqs/1/b", None))
)


class CloudWatch:
    """Has counts of processed messages by queue and time, and says which questions it was asked."""

    def __init__(self, counts: dict[str, dict[datetime, float]]) -> None:
        self._counts = counts
        self.periods: list[tuple[int, list[str]]] = []
        self.metrics: set[tuple[str, str, str]] = set()

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        assert (service, operation) == ("cloudwatch", "get_metric_data")
        results, asked = [], []
        for query in arguments["MetricDataQueries"]:
            stat = query["MetricStat"]
            self.metrics.add((stat["Metric"]["Namespace"], stat["Metric"]["MetricName"], stat["Stat"]))
            name = stat["Metric"]["Dimensions"][0]["Value"]
            asked.append(name)
            points = {
                time: value for time, value in self._counts.get(name, {}).items() if time >= arguments["StartTime"]
            }
            results.append({"Id": query["Id"], "Timestamps": list(points), "Values": list(points.values())})
        self.periods.append((arguments["MetricDataQueries"][0]["MetricStat"]["Period"], asked))
        return {"MetricDataResults": results}


def test_the_last_minute_with_a_message_counts_and_one_without_does_not() -> None:
    minutes = {NOW - timedelta(minutes=number): float(number == 7) for number in (5, 6, 7, 8)}
    account = CloudWatch({"orders": minutes, "b": {NOW - timedelta(days=3): 2.0}})

    found = last_processed(Place("stack dev", cast("Account", account), [SERVICE]), SERVICE, NOW)

    assert found == {"main": "2026-03-04T11:53:00+00:00", "bulk": "2026-03-01T12:00:00+00:00"}
    assert account.periods == [(60, ["orders", "b"]), (3_600, ["b"])]
    assert account.metrics == {("WorkerService", "MessagesProcessed", "Sum")}


def test_a_service_that_never_worked_has_no_time() -> None:
    account = CloudWatch({})

    found = last_processed(Place("stack dev", cast("Account", account), [SERVICE]), SERVICE, NOW)

    assert found == {"main": None, "bulk": None}


def test_the_boxs_workers_say_it_themselves() -> None:
    def worker(number: int, **times: str) -> LocalWorker:
        return LocalWorker("orders", number, 1, Path(), {}, times)

    workers = [worker(1, main="2026-03-04T11:00:00.000Z"), worker(2, main="2026-03-04T11:30:00.000Z"), worker(3)]
    place = Place("the box", cast("Account", None), [SERVICE], local_workers=workers)

    assert last_processed(place, SERVICE, NOW) == {"main": "2026-03-04T11:30:00.000Z", "bulk": None}


def test_the_age_of_the_oldest_message_is_the_last_that_sqs_told() -> None:
    ages = {NOW - timedelta(minutes=3): 170.0, NOW - timedelta(minutes=2): 230.0, NOW - timedelta(hours=1): 9_000.0}
    account = CloudWatch({"orders": ages})

    assert oldest_seconds(cast("Account", account), SERVICE, NOW) == {"main": 230, "bulk": None}
    assert account.metrics == {("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum")}
