"""Heads of FIFO groups that wait for their next try."""

from __future__ import annotations

import time

from tests.support.fake_sqs import EventList, FakeTransport, queue_on, received
from tests.support.worker_queue import wait_until
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.held import Held
from worker_runtime.telemetry.metrics import Metrics
from worker_runtime.in_flight.leases import Leases
from worker_runtime.in_flight.in_place_retries import Waiting


class Bench:
    """A place to wait in for up to three messages; who resumes ends in a list."""

    def __init__(self) -> None:
        self.leases = Leases(queue_on(FakeTransport()), 60, EventList(), Metrics("orders"))
        self.capacity = Capacity(10)
        self.resumed: list[Held] = []
        self.waiting = Waiting(3, self.leases, self.capacity, self.resumed.append)

    def hold(self, number: int) -> Held:
        """A message that has taken its place, and whose handler has returned it, as settling does."""
        (held,) = self.leases.hold([received(number, group="g")])
        return held


def test_try_in_place_comes_after_a_second_at_the_earliest() -> None:
    bench = Bench()
    started_at = time.monotonic()
    assert bench.waiting.add(bench.hold(1), 0, followers=0)
    wait_until(lambda: bench.resumed, "the next try")
    assert time.monotonic() - started_at >= 1
    assert bench.resumed[0].message.receive_count == 2


def test_places_are_given_to_others_meanwhile_and_taken_again() -> None:
    bench = Bench()
    bench.capacity.take(3)
    bench.capacity.finished(0.1)
    assert bench.waiting.add(bench.hold(1), 0, followers=2)
    assert bench.capacity.used == 0
    wait_until(lambda: bench.resumed, "the next try")
    assert bench.capacity.used == 3


def test_more_than_fit_have_to_be_handed_back() -> None:
    bench = Bench()
    assert bench.waiting.add(bench.hold(1), 60, followers=1)
    assert not bench.waiting.add(bench.hold(2), 60, followers=1)
    assert bench.waiting.add(bench.hold(3), 60, followers=0)
    assert [(held.message.id, seconds) for held, seconds in bench.waiting.close()] == [("m-1", 60), ("m-3", 60)]
    assert not bench.waiting.add(bench.hold(4), 0, followers=0)


def test_message_whose_lease_is_lost_does_not_wait_any_longer() -> None:
    bench = Bench()
    assert bench.waiting.add(bench.hold(1), 300, followers=0)
    (again,) = bench.leases.held()
    bench.leases.lose(again, "the lease ran out")
    wait_until(lambda: bench.resumed == [again], "its end", timeout_seconds=5)


def test_message_that_is_held_no_longer_is_not_tried_again() -> None:
    bench = Bench()
    message = bench.hold(1)
    bench.leases.release(message)
    assert not bench.waiting.add(message, 1, followers=0)
