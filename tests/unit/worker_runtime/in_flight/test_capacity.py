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
    capacity.finished(30)
    assert capacity.limit == 10
    assert capacity.reserve(1) == 1


def test_quick_handlers_get_a_buffer_that_lasts_a_tenth_of_a_second() -> None:
    capacity = Capacity(10)
    assert capacity.reserve(1) == 10
    capacity.finished(0.05)
    assert capacity.limit == 30


def test_buffer_is_bounded_however_quick_handlers_are() -> None:
    capacity = Capacity(50)
    capacity.reserve(1)
    capacity.finished(0)
    assert capacity.limit == 150


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
