"""Order: any in a standard queue, one of a group at a time in a FIFO queue."""

from __future__ import annotations

from tests.support.fake_sqs import held
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.run_queue import RunQueue


def ids(messages: list[Held]) -> list[str]:
    return [message.message.id for message in messages]


def fifo(*messages: Held) -> RunQueue:
    queue = RunQueue(ordered=True, on_ready=lambda: None)
    queue.put(messages)
    return queue


def test_standard_queue_starts_everything() -> None:
    queue = RunQueue(ordered=False, on_ready=lambda: None)
    queue.put([held(1, group="g"), held(2, group="g")])
    assert ids(queue.take(10)) == ["m-1", "m-2"]


def test_put_tells_whether_handlers_had_been_waiting() -> None:
    queue = RunQueue(ordered=False, on_ready=lambda: None)
    assert queue.put([held(1)]) is True
    assert queue.put([held(2)]) is False


def test_one_message_of_a_group_at_a_time_in_order() -> None:
    first, second, other = held(1, group="a"), held(2, group="a"), held(3, group="b")
    queue = fifo(first, second, other)
    assert ids(queue.take(10)) == ["m-1", "m-3"]
    assert queue.take(10) == []
    queue.groups_go_on([first])
    assert ids(queue.take(10)) == ["m-2"]
    queue.groups_go_on([second])
    queue.put([held(4, group="a")])
    assert ids(queue.take(10)) == ["m-4"]


def test_messages_behind_a_failed_one_are_given_up_in_order() -> None:
    first = held(1, group="a")
    queue = fifo(first, held(2, group="a"), held(3, group="a"), held(4, group="b"))
    assert ids(queue.take(1)) == ["m-1"]
    assert ids(queue.group_stops(first)) == ["m-2", "m-3"]
    queue.put([held(5, group="a")])
    assert ids(queue.take(10)) == ["m-4", "m-5"]


def test_clear_takes_what_waits_and_what_waits_behind() -> None:
    queue = fifo(held(1, group="a"), held(2, group="a"), held(3, group="b"))
    queue.take(1)
    assert ids(queue.clear()) == ["m-3", "m-2"]
    assert len(queue) == 0
