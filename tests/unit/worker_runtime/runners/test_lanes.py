"""Whose messages are next, where one process has several queues."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from tests.support.fake_sqs import EventList, received
from worker_runtime.handler import Handler
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.run_queue import RunQueue
from worker_runtime.runners.lanes import Lane, Lanes


def lane(key: str, messages: int, *, weight: float = 1.0, batch_size: int | None = None) -> Lane:
    run_queue = RunQueue(ordered=False, on_ready=lambda: None)
    run_queue.put(Held(received(number), 0.0, key) for number in range(messages))
    return Lane(key, run_queue, Handler(print, False, batch_size), cast(Any, None), weight)


def taken(lanes: Lanes, calls: int) -> str:
    """Whose messages the next calls get."""
    return "".join(lanes.take()[0].key for _ in range(calls))


def test_queues_of_the_same_weight_take_turns() -> None:
    lanes = Lanes([lane("a", 5), lane("b", 5)], EventList())

    assert taken(lanes, 6) == "ababab"
    assert len(lanes) == 4


def test_weights_are_shares_of_what_runs() -> None:
    lanes = Lanes([lane("a", 50, weight=1 / 60), lane("b", 50, weight=1 / 20)], EventList())

    assert Counter(taken(lanes, 40)) == {"a": 10, "b": 30}


def test_what_one_queue_does_not_need_is_the_others() -> None:
    lanes = Lanes([lane("a", 2), lane("b", 5)], EventList())

    assert taken(lanes, 7) == "ababbbb"
    assert lanes.take()[1] == []


def test_a_queue_whose_calls_have_ended_is_next() -> None:
    a, b = lane("a", 9), lane("b", 9)
    lanes = Lanes([a, b], EventList())
    taken(lanes, 4)
    b.run_queue.ended(2)

    assert taken(lanes, 3) == "bba"


def test_a_call_has_messages_of_one_queue_as_many_as_its_handler_takes() -> None:
    lanes = Lanes([lane("a", 7, batch_size=5), lane("b", 2)], EventList())
    calls = [(of.key, [held.message.queue for held in messages]) for of, messages in (lanes.take() for _ in range(4))]

    assert calls == [("a", ["a"] * 5), ("b", ["b"]), ("b", ["b"]), ("a", ["a", "a"])]


def test_a_message_knows_its_lane() -> None:
    a, b = lane("a", 1), lane("b", 1)
    lanes = Lanes([a, b], EventList())

    assert all(lanes.of(held) is of for of, [held] in (lanes.take(), lanes.take()))
