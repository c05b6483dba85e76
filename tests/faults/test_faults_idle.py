"""Handlers and systems that keep a worker from its work: it is never green while it does nothing, and never leaves with
exit code 0 while it holds messages: F35 to F38, F41."""

from __future__ import annotations

import pytest

from tests.support.fault_lab import FaultLab
from tests.support.worker_queue import WorkQueue, wait_until

GOOD = [f"good-{number}" for number in range(20)]


def run_beside(lab: FaultLab, queue: WorkQueue, *plans: dict[str, object], handler: str, **environment: str) -> int:
    """Run some odd messages, then good ones; returns the exit code of a worker that has done the good ones."""
    with lab.worker(queue, handler, **environment) as worker:
        lab.send(queue, *plans)
        wait_until(lambda: len(lab.ledger.by_key) == len(plans), "the odd ones to have begun")
        lab.send(queue, *GOOD)
        wait_until(
            lambda: set(GOOD) <= lab.ledger.done and queue.counts()[1] == 0, "the good ones, and nothing in flight"
        )
        assert lab.health() == []
        code = worker.stop()
    assert queue.counts()[1] == 0
    return code


def odd(count: int, **plan: object) -> list[dict[str, object]]:
    return [{"key": f"odd-{number}", **plan} for number in range(count)]


def test_f35_own_threads_of_async_handlers_that_hang_hold_up_no_other(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=60, max_receive_count=1)
    environment = {"WORKER_HANDLER_TIMEOUT_SECONDS": "1", "WORKER_CONCURRENCY": "16"}
    plans = odd(8, async_act="hang_thread")
    assert run_beside(lab, queue, *plans, handler="handle_async", **environment) == 0
    assert len(queue.dead_letters()) == 8


@pytest.mark.parametrize("act", ["cancel", "cancel_all"])
def test_f36_cancellations_by_handlers_cost_a_try_and_no_message(lab: FaultLab, act: str) -> None:
    queue = lab.queue(visibility_seconds=60, max_receive_count=20)
    plans = odd(30, async_act=act, acts=1)
    assert run_beside(lab, queue, *plans, handler="handle_async", WORKER_CONCURRENCY="5") == 0
    lab.wait_until_done(queue)


@pytest.mark.parametrize("handler", ["handle", "handle_async", "handle_batch"])
def test_f37_an_error_whose_text_exits_is_its_messages_alone(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=60, max_receive_count=2)
    assert run_beside(lab, queue, *odd(15, act="silent"), handler=handler, WORKER_CONCURRENCY="5") == 0
    assert {letter["MessageAttributes"]["worker.error_type"]["StringValue"] for letter in queue.dead_letters()} == {
        "SilentError"
    }


def test_f38_a_task_that_exits_fails_its_message_and_the_loop_goes_on(lab: FaultLab) -> None:
    queue = lab.queue(visibility_seconds=60, max_receive_count=2)
    with lab.worker(queue, "handle_async", WORKER_CONCURRENCY="5") as worker:
        lab.send(queue, *odd(3, async_act="task_exit"), *GOOD)
        wait_until(lambda: set(GOOD) <= lab.ledger.done and queue.is_empty(), "the good ones")
        assert lab.health() == []
        assert worker.stop() == 0
    assert "sys.exit(0)" in worker.actions("event_loop_ended")[0]["error"]
    assert {line["error_type"] for line in worker.actions("message_failed")} == {"SystemExit"}


@pytest.mark.parametrize("handler", ["handle", "handle_async"])
def test_f41_a_system_that_refuses_threads_gets_fewer_messages_done_at_a_time(lab: FaultLab, handler: str) -> None:
    queue = lab.queue(visibility_seconds=60)
    with lab.worker(queue, handler, FAULT_THREADS_MOST="14", WORKER_CONCURRENCY="30") as worker:
        lab.send(queue, *({"key": f"m{number}", "seconds": 0.05} for number in range(90)))
        wait_until(lambda: len(lab.ledger.done) == 90 and queue.is_empty(), "all of them")
        assert lab.health() == []
        assert worker.stop() == 0
    lab.assert_each_done_once()
    assert bool(worker.actions("thread_refused")) == (handler == "handle")


def test_f41_a_system_that_refuses_the_first_threads_keeps_the_worker_from_starting(lab: FaultLab) -> None:
    queue = lab.queue()
    lab.send(queue, "a")
    with lab.worker(queue, FAULT_THREADS_MOST="5") as worker:
        assert worker.wait() == 1
    (failed,) = worker.actions("thread_failed")
    assert failed["thread"] == "main"
    assert "can't start" in failed["error"]
    assert queue.counts() == (1, 0)
