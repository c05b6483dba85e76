"""Heads of FIFO groups that wait for their next try."""

from __future__ import annotations

import time

from tests.support.fake_sqs import EventList, FakeTransport, queue_on, received
from tests.support.worker_queue import wait_until
from worker_runtime.health import Calls
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.in_place_retries import InPlaceRetries
from worker_runtime.in_flight.leases import Leases
from worker_runtime.telemetry.metrics import Metrics


class ThreeInPlace:
    """Retries of up to three messages; those that resume end in a list."""

    def __init__(self) -> None:
        self.leases = Leases(
            queue_on(FakeTransport()), 60, Calls("extension of a lease"), EventList(), Metrics("orders")
        )
        self.capacity = Capacity(10)
        self.resumed: list[Held] = []
        self.retries = InPlaceRetries(3, self.leases, self.capacity, self.resumed.append)

    def hold(self, number: int) -> Held:
        """A message that has taken its place, and whose handler has returned it, as settling does."""
        (held,) = self.leases.hold([received(number, group="g")])
        return held


def test_try_in_place_comes_after_a_second_at_the_earliest() -> None:
    place = ThreeInPlace()
    started_at = time.monotonic()
    assert place.retries.add(place.hold(1), 0, followers=0)
    wait_until(lambda: place.resumed, "the next try")
    assert time.monotonic() - started_at >= 1
    assert place.resumed[0].message.receive_count == 2


def test_places_are_given_to_others_meanwhile_and_taken_again() -> None:
    place = ThreeInPlace()
    place.capacity.take(3)
    place.capacity.finished([0.1])
    assert place.retries.add(place.hold(1), 0, followers=2)
    assert place.capacity.used == 0
    wait_until(lambda: place.resumed, "the next try")
    assert place.capacity.used == 3


def test_more_than_fit_have_to_be_handed_back() -> None:
    place = ThreeInPlace()
    assert place.retries.add(place.hold(1), 60, followers=1)
    assert not place.retries.add(place.hold(2), 60, followers=1)
    assert place.retries.add(place.hold(3), 60, followers=0)
    assert [(held.message.id, seconds) for held, seconds in place.retries.close()] == [("m-1", 60), ("m-3", 60)]
    assert not place.retries.add(place.hold(4), 0, followers=0)


def test_message_whose_lease_is_lost_does_not_wait_any_longer() -> None:
    place = ThreeInPlace()
    assert place.retries.add(place.hold(1), 300, followers=0)
    (again,) = place.leases.held()
    place.leases.lose(again, "the lease ran out")
    wait_until(lambda: place.resumed == [again], "its end", timeout_seconds=5)


def test_message_that_is_held_no_longer_is_not_tried_again() -> None:
    place = ThreeInPlace()
    message = place.hold(1)
    place.leases.release(message)
    assert not place.retries.add(message, 1, followers=0)
