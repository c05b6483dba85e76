"""Heads of FIFO groups: tried again where they are, before what follows them."""

from __future__ import annotations

from tests.support.fake_sqs import received
from tests.support.settling import sent_by, settle, settling
from tests.support.worker_queue import wait_until
from worker_runtime import Reject, Retry


def test_failed_head_of_a_group_is_tried_again_here_and_before_what_follows() -> None:
    worker = settling(fifo=True)
    first, second, other = worker.put(received(1, group="a"), received(2, group="a"), received(3, group="b"))
    assert worker.flow.run_queue.take(10) == [first, other]
    settle(worker, first, Retry(0))
    (again,) = wait_until(lambda: worker.flow.run_queue.take(10), "the next try")
    assert (again.message.id, again.message.receive_count) == ("m-1", 2)
    settle(worker, again, None)
    assert worker.flow.run_queue.take(10) == [second]
    assert worker.transport.changes() == []
    assert worker.log.actions() == ["message_retried", "message_processed"]


def test_last_permitted_try_counts_the_tries_made_here() -> None:
    worker = settling(fifo=True)
    (message,) = worker.put(received(1, group="a", receive_count=2))
    worker.flow.run_queue.take()
    settle(worker, message, ValueError("x"))
    (again,) = wait_until(worker.flow.run_queue.take, "the next try")
    settle(worker, again, ValueError("x"))
    assert sent_by(worker)[0]["MessageAttributes"]["worker.receive_count"]["StringValue"] == "3"
    assert worker.log.actions() == ["message_failed", "message_dead_lettered"]


def test_worker_that_stops_hands_back_the_head_for_the_rest_of_its_delay() -> None:
    worker = settling(fifo=True)
    first, second = worker.put(received(1, group="a"), received(2, group="a"))
    worker.flow.run_queue.take()
    worker.flow.settler.settle(first, Retry(40), 0.25)
    worker.flow.settler.hand_back_waiting()
    worker.flow.settler.hand_back(worker.flow.run_queue.clear())
    worker.flow.acknowledger.close(10)
    assert sorted(worker.transport.changes()) == [("r-1", 40), ("r-2", 0)]
    assert worker.log.actions() == ["message_retried", "message_returned", "message_returned"]
    assert worker.flow.leases.held() == []
    assert second.claimed


def test_group_that_is_too_long_to_wait_here_is_handed_back() -> None:
    worker = settling(fifo=True)
    first, *rest = worker.put(*(received(number, group="a") for number in range(101)), received(101, group="b"))
    worker.flow.run_queue.take(2)
    settle(worker, first, Retry(9))
    changes = worker.transport.changes()
    assert ("r-0", 9) in changes
    assert [change for change in changes if change[0] != "r-0"] == [(f"r-{number}", 0) for number in range(1, 101)]
    assert worker.flow.leases.held() == rest[-1:]


def test_message_whose_lease_is_lost_while_it_waits_is_not_tried_again() -> None:
    worker = settling(fifo=True)
    first, second = worker.put(received(1, group="a"), received(2, group="a"))
    worker.flow.run_queue.take()
    settle(worker, first, Retry(0))
    (again,) = wait_until(worker.flow.run_queue.take, "the next try")
    again.lease_until = 0
    assert worker.flow.settler.startable([again]) == []
    assert worker.flow.acknowledger.close(10)
    assert worker.transport.changes() == [("r-2", 0)]
    assert second.claimed


def test_rejected_message_lets_its_group_go_on() -> None:
    worker = settling(fifo=True)
    first, second = worker.put(received(1, group="a"), received(2, group="a"))
    worker.flow.run_queue.take(1)
    settle(worker, first, Reject("no"))
    assert worker.flow.run_queue.take(1) == [second]
