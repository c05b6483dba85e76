"""The metrics in the workers' logs, added up."""

from __future__ import annotations

from local.workers.worker_metrics import WorkerMetrics
from worker_runtime.telemetry.metrics import Metrics


def test_lines_of_several_workers_add_up_and_other_lines_count_nothing() -> None:
    measured = WorkerMetrics()
    for seconds in (0.001, 0.002, 0.5):
        worker = Metrics("orders")
        worker.count_handlers("message_processed", [seconds])
        worker.count_handlers("message_rejected", [seconds])
        measured.add(worker.take_line(in_flight=7))
    measured.add({"action": "message_processed"})

    assert measured.counts["MessagesProcessed"] == 3
    assert measured.counts["MessagesRejected"] == 3
    assert measured.counts["MessagesFailed"] == 0
    assert "MessagesInFlight" not in measured.counts


def test_lines_of_handlers_are_not_the_runtimes_and_need_not_be_in_the_format() -> None:
    measured = WorkerMetrics()
    metric = {"Name": "Latency", "Unit": "Seconds"}
    for line in (
        {"_aws": 1},
        {"_aws": {"CloudWatchMetrics": [7, {"Metrics": [None, {}], "Namespace": "WorkerService"}]}},
        {"_aws": {"CloudWatchMetrics": [{"Namespace": "Shop", "Metrics": [metric]}]}, "Latency": 0.5},
        {"_aws": {"CloudWatchMetrics": [{"Namespace": "WorkerService", "Metrics": [metric]}]}, "Latency": ["a"]},
    ):
        measured.add(line)

    assert measured.counts == {}
    assert measured.duration_seconds(50) is None


def test_percentiles_are_those_of_all_handlers_within_the_metrics_steps() -> None:
    measured, worker = WorkerMetrics(), Metrics("orders")
    for _ in range(98):
        worker.count_handlers("message_processed", [0.010])
    for _ in range(2):
        worker.count_handlers("message_processed", [1.0])
    measured.add(worker.take_line(in_flight=0))

    median, slowest = measured.duration_seconds(50), measured.duration_seconds(99)
    assert median is not None
    assert slowest is not None
    assert 0.0085 < median < 0.0115
    assert 0.85 < slowest < 1.15


def test_before_the_first_handler_there_is_no_duration() -> None:
    assert WorkerMetrics().duration_seconds(50) is None
