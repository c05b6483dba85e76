"""How much the worker asks for."""

from __future__ import annotations

import threading

import pytest

from worker_runtime.in_flight.capacity import Capacity


@pytest.mark.parametrize(("concurrency", "asked"), [(1, 1), (4, 4), (10, 10), (100, 10)])
def test_asks_for_what_it_can_start_and_never_more_than_ten(concurrency: int, asked: int) -> None:
    assert Capacity(concurrency).reserve(1) == asked


def test_full_worker_asks_for_nothing() -> None:
    capacity = Capacity(10)
    assert capacity.reserve(1) == 10
    assert capacity.reserve(0.05) == 0


def test_slow_handlers_get_no_buffer() -> None:
    capacity = Capacity(10)
    assert capacity.reserve(1) == 10
    capacity.finished([30])
    assert capacity.limit == 10
    assert capacity.reserve(1) == 1


def test_quick_handlers_get_a_buffer_that_lasts_a_tenth_of_a_second() -> None:
    capacity = Capacity(10)
    assert capacity.reserve(1) == 10
    capacity.finished([0.05])
    assert capacity.limit == 30


def test_buffer_is_bounded_however_quick_handlers_are() -> None:
    capacity = Capacity(50)
    capacity.reserve(1)
    capacity.finished([0])
    assert capacity.limit == 850
    capacity.note_bodies([2_000] * 100)
    assert capacity.limit == 850


def test_buffer_of_large_bodies_is_small() -> None:
    capacity = Capacity(50)
    capacity.reserve(1)
    capacity.finished([0])
    capacity.note_bodies([1024 * 1024] * 200)
    assert capacity.limit == 50 + 64
    capacity.note_bodies([0] * 200)
    assert capacity.limit == 850


def test_batch_handlers_take_a_batch_each() -> None:
    capacity = Capacity(2, batch_size=25)
    assert capacity.limit == 50
    assert [capacity.reserve(1) for _ in range(5)] == [10] * 5
    assert capacity.reserve(0.05) == 0


def test_waiting_receiver_is_woken_by_room_and_by_the_end() -> None:
    capacity = Capacity(1)
    assert capacity.reserve(1) == 1
    places: list[int] = []
    thread = threading.Thread(target=lambda: places.append(capacity.reserve(30)))
    thread.start()
    capacity.give_back(1)
    thread.join(10)
    assert places == [1]
    thread = threading.Thread(target=lambda: places.append(capacity.reserve(30)))
    thread.start()
    capacity.close()
    thread.join(10)
    assert places == [1, 0]


def test_no_more_is_held_than_can_be_extended_in_time() -> None:
    capacity = Capacity(1_000, batch_size=1_000)
    assert capacity.limit == 10_000
    capacity.limit_handlers(100)
    assert capacity.limit == 10_000
    capacity.limit_handlers(1)
    assert capacity.limit == 1_000


def test_fewer_handlers_mean_less_to_ask_for_and_one_is_the_least() -> None:
    capacity = Capacity(10)
    capacity.limit_handlers(0)
    assert capacity.reserve(1) == 1
    assert capacity.reserve(0.05) == 0
    capacity.limit_handlers(4)
    assert capacity.reserve(1) == 3


def shared(concurrency: int, *parts: float, batch_size: int = 1) -> list[Capacity]:
    """Capacities of queues whose messages the same handlers take."""
    capacities = [Capacity(concurrency, batch_size) for _ in parts]
    for capacity, part in zip(capacities, parts, strict=True):
        capacity.share_with([other for other in capacities if other is not capacity], part)
    return capacities


def receive(capacity: Capacity, messages: int) -> None:
    """Ask for what there is room for, and get so many."""
    capacity.received(capacity.reserve(0.5), messages)


def test_a_queue_alone_with_work_has_all_handlers() -> None:
    busy, idle = shared(20, 0.5, 0.5)
    assert idle.reserve(1) == 10  # a long poll that brings nothing takes nothing from others
    receive(busy, 10)
    receive(busy, 10)
    assert busy.busy_handlers == 20


def test_a_queue_has_its_part_however_busy_the_others_are() -> None:
    busy, other = shared(20, 0.75, 0.25)
    receive(busy, 10)
    receive(busy, 10)

    assert other.limit == other.reserve(1) == 5


def test_a_part_is_one_place_at_least() -> None:
    busy, other = shared(2, 0.99, 0.01)
    receive(busy, 2)

    assert other.limit == 1


def test_what_others_hold_is_less_room_until_they_are_done() -> None:
    busy, other = shared(10, 0.5, 0.5)
    receive(other, 5)
    receive(busy, 5)
    assert busy.limit == other.limit == 5
    assert busy.reserve(0.05) == 0

    waiting = threading.Timer(0.2, lambda: [other.finished([30]) for _ in range(5)])
    waiting.start()
    assert busy.reserve(5) > 0
    waiting.join()


def test_lists_take_a_handler_for_each_batch() -> None:
    lists, other = shared(4, 0.5, 0.5, batch_size=10)
    receive(lists, 10)
    receive(lists, 1)

    assert lists.busy_handlers == 2
    assert other.limit == 20


def test_fewer_handlers_are_fewer_for_all() -> None:
    one, other = shared(10, 0.5, 0.5)
    for capacity in (one, other):
        capacity.limit_handlers(4)

    assert one.limit == other.limit == 4


def test_ten_messages_take_what_was_measured_over_many_turns() -> None:
    capacity = Capacity(10)
    quickest = capacity.ten_seconds
    for _ in range(1_000):
        capacity.note_turn(10, 0.0)
    assert capacity.ten_seconds == quickest == pytest.approx(0.0003)
    capacity.note_turn(10, 0.075)  # the task stood still
    assert capacity.ten_seconds < 0.002
    for _ in range(1_000):
        capacity.note_turn(5, 0.001)
    assert capacity.ten_seconds == pytest.approx(0.002, rel=0.01)
