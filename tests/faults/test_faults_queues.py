"""Several queues in one process: F56 to F62."""

from __future__ import annotations

import signal

import pytest

from tests.support.fault_lab import FaultLab, slow
from tests.support.fault_proxy import UNAVAILABLE, Call, Fault
from tests.support.worker_queue import WorkQueue, wait_until

KINDS = ["handle", *slow("handle_async")]


def lists_beside(queue: WorkQueue) -> str:
    """WORKER_QUEUES with a queue whose handler takes lists."""
    return FaultLab.beside(bulk=(queue, {"handler": "tests.support.fault_handlers.handle_batch"}))


@pytest.mark.parametrize("handler", KINDS)
def test_f56_sigterm_finishes_what_runs_and_hands_the_rest_back_to_its_own_queue(lab: FaultLab, handler: str) -> None:
    main, bulk = lab.queue(visibility_seconds=600), lab.queue(visibility_seconds=600, fifo=True)
    go = lab.directory / "go"
    for group in ("x", "y"):
        lab.send(bulk, {"key": f"{group}1", "until": str(go)}, f"{group}2", f"{group}3", group=group)
    lab.send(main, *({"key": f"m{number}", "until": str(go)} for number in range(3)))
    with lab.worker(main, handler, WORKER_QUEUES=lab.beside(bulk=bulk)) as worker:
        wait_until(lambda: len(lab.ledger.attempts) == 5 and bulk.counts() == (0, 6), "five handlers, four waiting")
        worker.process.send_signal(signal.SIGTERM)
        wait_until(lambda: bulk.counts() == (4, 2), "the four to be handed back while handlers run")
        go.touch()
        assert worker.wait() == 0
    assert (main.counts(), bulk.counts()) == ((0, 0), (4, 0))
    lab.assert_each_done_once("x1", "y1", "m0", "m1", "m2")


@pytest.mark.parametrize("handler", ["handle", *slow("handle_async")])
def test_f57_after_a_kill_each_message_comes_again_from_its_own_queue(lab: FaultLab, handler: str) -> None:
    main, bulk = lab.queue(visibility_seconds=3), lab.queue(visibility_seconds=2)
    lab.send(main, *({"key": f"m{number}", "seconds": 0.3} for number in range(20)))
    lab.send(bulk, *({"key": f"b{number}", "seconds": 0.3} for number in range(20)))
    queues = lab.beside(bulk=bulk)
    with lab.worker(main, handler, WORKER_QUEUES=queues) as worker:
        wait_until(lambda: len(lab.ledger.done) >= 6, "some to be done")
        lab.kill(worker)
    with lab.worker(main, handler, WORKER_QUEUES=queues):
        lab.wait_until_done(main)
        lab.wait_until_done(bulk)
    assert lab.ledger.overlaps(lab.died_at) == []
    assert main.dead_letters() == bulk.dead_letters() == []


def test_f58_a_lease_that_is_lost_in_one_queue_costs_the_other_none(lab: FaultLab) -> None:
    main, bulk = lab.queue(visibility_seconds=5), lab.queue(visibility_seconds=30)
    lab.proxy.rule = lambda call: _unextended(call, main)
    lab.send(bulk, {"key": "kept", "seconds": 8})
    lab.send(main, {"key": "lost", "seconds": 8})
    with lab.worker(main, WORKER_QUEUES=lab.beside(bulk=bulk)) as worker:
        [lost] = wait_until(lambda: worker.actions("lease_lost"), "the lease of one message to be lost")
        lab.proxy.rule = None
        lab.wait_until_done(main)
        lab.wait_until_done(bulk)
    assert lost["queue"] == "main"
    assert [attempt.number for attempt in lab.attempts("kept")] == [1]
    assert lab.ledger.overlaps(lab.died_at) == []


def _unextended(call: Call, queue: WorkQueue) -> Fault | None:
    is_extension = call.operation == "ChangeMessageVisibilityBatch"
    return UNAVAILABLE if is_extension and call.parameters.get("QueueUrl") == queue.url else None


@pytest.mark.parametrize("handler", KINDS)
def test_f59_groups_keep_their_order_beside_a_queue_without_one(lab: FaultLab, handler: str) -> None:
    main, ordered = lab.queue(visibility_seconds=30), lab.queue(visibility_seconds=30, fifo=True)
    groups = {group: [f"{group}{number}" for number in range(6)] for group in ("x", "y", "z")}
    for group, keys in groups.items():
        lab.send(ordered, {"key": keys[0], "fail": 1}, *keys[1:], group=group)
    lab.send(main, *({"key": f"m{number}", "seconds": 0.05} for number in range(60)))
    with lab.worker(main, handler, WORKER_QUEUES=lab.beside(ordered=ordered)):
        lab.wait_until_done(main)
        lab.wait_until_done(ordered)
    assert lab.ledger.out_of_order(groups, set()) == []
    lab.assert_each_done_once()


def test_f60_a_queue_that_fails_is_named_and_the_other_goes_on(lab: FaultLab) -> None:
    main, broken = lab.queue(), lab.queue()
    lab.proxy.rule = lambda call: _no_receive(call, broken)
    lab.send(broken, "later")
    with lab.worker(main, WORKER_QUEUES=lab.beside(broken=broken)) as worker:
        wait_until(lambda: any("queue broken: " in problem for problem in lab.health()), "an unhealthy worker", 60)
        lab.send(main, "now")
        lab.wait_until_done(main, ["now"])
        assert "later" not in lab.ledger.done
        lab.proxy.rule = None
        lab.wait_until_done(broken)
        wait_until(lambda: lab.health() == [], "a healthy worker")
    assert {line["queue"] for line in worker.actions("receive_failed")} == {"broken"}
    lab.assert_each_done_once()


def _no_receive(call: Call, queue: WorkQueue) -> Fault | None:
    if call.operation == "ReceiveMessage" and call.parameters.get("QueueUrl") == queue.url:
        return Fault(reset="before")
    return None


@pytest.mark.parametrize("handler", KINDS)
def test_f61_a_flood_in_one_queue_does_not_starve_the_other(lab: FaultLab, handler: str) -> None:
    flood, urgent = lab.queue(visibility_seconds=30), lab.queue(visibility_seconds=30)
    lab.send(flood, *({"key": f"f{number}", "seconds": 0.1} for number in range(120)))
    queues = lab.beside(urgent=(urgent, {"acceptable_latency_seconds": 5}))
    with lab.worker(flood, handler, WORKER_QUEUES=queues, WORKER_CONCURRENCY="4") as worker:
        wait_until(lambda: len(lab.ledger.done) >= 10, "the flood")
        lab.send(urgent, *({"key": f"u{number}"} for number in range(8)))
        wait_until(lambda: {f"u{number}" for number in range(8)} <= lab.ledger.done, "the urgent ones")
        flooded = len([key for key in lab.ledger.done if key.startswith("f")])
        lab.wait_until_done(flood)
        assert worker.stop() == 0
    assert flooded < 60, "urgent messages waited for half of the flood"
    lab.assert_each_done_once()


def test_f62_dead_letters_are_those_of_the_messages_own_queue(lab: FaultLab) -> None:
    main, bulk = lab.queue(max_receive_count=2), lab.queue(max_receive_count=3)
    lab.send(main, {"key": "m", "fail": 9}, "ok")
    lab.send(bulk, {"key": "b", "fail": 9}, {"key": "r", "reject": True})
    with lab.worker(main, WORKER_QUEUES=lists_beside(bulk)) as worker:
        wait_until(lambda: len(worker.actions("message_dead_lettered")) == 2, "both to fail for the last time")
        lab.wait_until_done(main, ["ok"])
        wait_until(bulk.is_empty, "the end of the other queue")
    assert [letter["MessageAttributes"]["worker.receive_count"]["StringValue"] for letter in main.dead_letters()] == [
        "2"
    ]
    assert len(bulk.dead_letters()) == 2
    assert {line["queue"] for line in worker.actions("message_rejected")} == {"bulk"}


def test_f62_a_queue_that_does_not_exist_keeps_the_worker_waiting_and_is_named(lab: FaultLab) -> None:
    main, other = lab.queue(), lab.queue()
    missing = {"uri": f"{other.url}-missing"}
    with lab.worker(main, WORKER_QUEUES=lab.beside(other=(other, missing))) as worker:
        [failed] = wait_until(lambda: worker.actions("receive_failed"), "the queue to be looked for")
        assert failed["queue"] == "other"
        assert worker.stop() == 0
