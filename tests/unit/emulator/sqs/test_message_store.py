"""The message store: visibility, receipt handles, FIFO groups, counts, many threads."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest

from local.emulator.sqs.message_store import Entry, MessageStore


@dataclass
class Note:
    id: str


def store_of(*ids: str, fifo: bool = False, groups: str = "") -> MessageStore:
    store = MessageStore(fifo, expired=lambda _message: False)
    for index, name in enumerate(ids):
        store.add(Note(name), groups[index] if groups else None, 0)
    return store


def take(store: MessageStore, count: int = 10, invisible: float = 60, wait: float = 0) -> list[Entry]:
    return store.receive(count, wait, lambda _entry: invisible)


def names(entries: list[Entry]) -> list[str]:
    return [entry.message.id for entry in entries]


def test_messages_come_in_order_of_arrival_up_to_the_count() -> None:
    store = store_of("a", "b", "c")
    assert names(take(store, 2)) == ["a", "b"]
    assert names(take(store, 2)) == ["c"]
    assert take(store) == []


def test_counts_follow_a_message() -> None:
    store = store_of("a", "b")
    store.add(Note("later"), None, 60)
    assert store.counts() == (2, 0, 1)
    entry = take(store, 1)[0]
    assert store.counts() == (1, 1, 1)
    store.change_visibility(entry, 0)
    assert store.counts() == (2, 0, 1)
    store.remove(entry)
    assert store.counts() == (1, 0, 1)
    store.clear()
    assert store.counts() == (0, 0, 0)


def test_a_message_turns_visible_again_in_its_old_place() -> None:
    store = store_of("a", "b")
    entry = take(store, 1)[0]
    assert store.change_visibility(entry, 0)
    assert names(take(store)) == ["a", "b"]


def test_a_zero_visibility_timeout_shows_the_message_to_the_next_call_only() -> None:
    store = store_of("a")
    assert names(take(store, invisible=0)) == ["a"]
    assert names(take(store, invisible=0)) == ["a"]


def test_a_handle_is_the_latest_until_the_next_receive() -> None:
    store = store_of("a")
    first = store.handle(take(store, invisible=0)[0])
    assert store.find(first)[1] is True
    entry = take(store)[0]
    assert store.find(first) == (entry, False)
    assert store.find(store.handle(entry)) == (entry, True)
    store.remove(entry)
    assert store.find(first) == (None, False)


@pytest.mark.parametrize("text", ["", "nonsense", "bm9uc2Vuc2U=", "YS9iL2M=", "ä"])
def test_a_text_that_is_no_handle(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        store_of("a").find(text)


def test_a_handle_of_another_queue_finds_nothing() -> None:
    one, other = store_of("a"), store_of("a")
    handle = one.handle(take(one)[0])
    take(other)
    assert other.find(handle) == (None, False)


def test_visibility_changes_only_in_flight() -> None:
    store = store_of("a")
    entry = take(store, invisible=0)[0]
    assert not store.change_visibility(entry, 30)
    assert names(take(store)) == ["a"]
    store.remove(entry)
    assert not store.change_visibility(entry, 30)


def test_extending_the_visibility_outlives_the_first_timeout() -> None:
    store = store_of("a")
    entry = take(store, invisible=1)[0]
    assert store.change_visibility(entry, 60)
    assert take(store, wait=1.1) == []


def test_a_waiting_receive_gets_a_message_that_arrives_or_returns() -> None:
    store = store_of()
    found: list[Entry] = []
    waiter = threading.Thread(target=lambda: found.extend(take(store, wait=30)))
    waiter.start()
    store.add(Note("a"), None, 0)
    waiter.join(10)
    assert names(found) == ["a"]
    store.add(Note("b"), None, 0.05)
    assert names(take(store, wait=30)) == ["b"]


def test_waiting_burns_no_cpu() -> None:
    store = store_of("a")
    take(store, invisible=3600)
    before = time.thread_time()
    assert take(store, wait=0.5) == []
    assert time.thread_time() - before < 0.25  # it slept: a busy loop would have used all of the half second


def test_what_is_not_accepted_leaves_the_queue_and_the_next_one_takes_its_place() -> None:
    store = store_of("dead", "alive")
    entries = store.receive(1, 0, lambda entry: None if entry.message.id == "dead" else 60)
    assert names(entries) == ["alive"]
    assert store.counts() == (0, 1, 0)


def test_expired_messages_are_dropped() -> None:
    store = MessageStore(False, expired=lambda message: message.id == "old")
    for name in ("old", "new"):
        store.add(Note(name), None, 0)
    assert names(take(store)) == ["new"]
    assert store.counts() == (0, 1, 0)


def test_a_fifo_group_in_flight_is_locked_for_other_calls() -> None:
    store = store_of("a1", "a2", "b1", "a3", fifo=True, groups="AABA")
    first = take(store, 1)
    assert names(first) == ["a1"]
    assert names(take(store)) == ["b1"]
    store.remove(first[0])
    assert names(take(store)) == ["a2", "a3"]


def test_one_call_takes_several_messages_of_a_group_in_order() -> None:
    store = store_of("a1", "a2", "b1", "a3", fifo=True, groups="AABA")
    assert names(take(store, 3)) == ["a1", "a2", "b1"]
    assert take(store) == []


def test_a_failed_message_of_a_group_comes_before_the_later_ones() -> None:
    store = store_of("a1", "a2", "a3", fifo=True, groups="AAA")
    one, two = take(store, 2)
    store.change_visibility(two, 0)
    assert take(store) == []
    store.change_visibility(one, 0)
    assert names(take(store)) == ["a1", "a2", "a3"]


def test_a_group_on_a_standard_queue_locks_nothing() -> None:
    store = store_of("a1", "a2", groups="AA")
    assert names(take(store, 1)) == ["a1"]
    assert names(take(store, 1)) == ["a2"]


def test_duplicates_are_known_by_group_and_id() -> None:
    store = store_of(fifo=True)
    assert not store.is_duplicate(None, "x")
    assert store.is_duplicate(None, "x")
    assert not store.is_duplicate("A", "x")


def test_moving_stops_at_what_came_later_and_keeps_what_was_not_taken() -> None:
    store = store_of("a", "b")
    end = store.next_number()
    store.add(Note("later"), None, 0)
    moved: list[Any] = []
    while store.move_one(end, moved.append):
        pass
    assert [message.id for message in moved] == ["a", "b"]

    def refuse(_message: Any) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        store.move_one(store.next_number(), refuse)
    assert names(take(store)) == ["later"]


def test_every_message_is_taken_once_by_many_threads() -> None:
    store = store_of(*(str(number) for number in range(500)))
    taken: list[str] = []

    def work() -> None:
        while entries := take(store, 7):
            for entry in entries:
                taken.append(entry.message.id)
                store.remove(entry)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken, key=int) == [str(number) for number in range(500)]
    assert store.counts() == (0, 0, 0)
