"""The queue and its slots against what queueing theory knows, and that no message is lost or made."""

import math

import numpy as np
import pytest

from worker_simulate.work.arrivals import Arrivals
from worker_simulate.work.latencies import Latencies
from worker_simulate.work.work import Handling, Work


def erlang_c_wait(servers: int, load: float, service_seconds: float) -> float:
    """Mean wait in an M/M/c queue, by Erlang's formula; `load` is offered erlangs."""
    below = sum(load**k / math.factorial(k) for k in range(servers))
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (below + last) * service_seconds / (servers - load)


def work(per_second: np.ndarray, handling: Handling, seed: int = 1) -> Work:
    sent, durations = (np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(2))
    return Work(Arrivals(per_second.astype(np.int64), sent), handling, durations)


def mean_wait(servers: int, load: float, service_seconds: float) -> float:
    """Of a million messages and more, in five courses."""
    waits = []
    for seed in range(1, 6):
        length = int(200_000 * service_seconds / load)
        per_second = np.random.default_rng(100 + seed).poisson(load / service_seconds, length)
        queue = work(per_second, Handling(service_seconds, variation=1), seed)
        queue.add_task(1, servers, 0)
        queue.advance(length + 10_000)
        waits.append(queue.take_latencies()[0].mean() - service_seconds)
    return float(np.mean(waits))


@pytest.mark.parametrize(
    ("servers", "load"),
    [(4, 2.4), pytest.param(1, 0.5, marks=pytest.mark.slow), pytest.param(10, 7, marks=pytest.mark.slow)],
)
def test_waits_are_erlangs_within_two_percent(servers: int, load: float):
    assert mean_wait(servers, load, 2.0) == pytest.approx(erlang_c_wait(servers, load, 2.0), rel=0.02)


def test_every_message_is_waiting_in_flight_or_handled():
    random = np.random.default_rng(3)
    per_second = random.poisson(3, 2_000)
    queue = work(per_second, Handling(2))
    queue.add_task(1, 4, 0)
    handled = 0
    for now in range(10, 2_000, 10):
        if now == 500:
            queue.add_task(2, 4, now)
        if now == 1_000:
            queue.stop_task(1, now, 110)
        queue.advance(now)
        handled += len(queue.take_latencies()[0])
        started = handled
        assert queue.waiting(now) + started == int(per_second[:now].sum())
        assert queue.in_flight(now) <= started


def test_a_message_that_a_stopped_task_cannot_finish_is_received_again():
    per_second = np.array([1] + [0] * 999)
    queue = work(per_second, Handling(300, variation=0))
    queue.add_task(1, 1, 0)
    queue.advance(50)
    assert queue.stop_task(1, 50, 110) == 160
    queue.add_task(2, 1, 60)

    queue.advance(159)
    assert (queue.waiting(159), queue.in_flight(159), queue.interrupted) == (0, 1, 1)
    queue.advance(1_000)
    latest, taken_back = queue.take_latencies()
    # It came back at second 160 and took another 300; what the first try would have taken counts no more.
    assert 459 <= latest[-1] <= 460
    assert np.round(latest[:-1]) == taken_back.round() == [300]


def test_what_a_stopped_task_can_finish_it_finishes():
    queue = work(np.array([3] + [0] * 99), Handling(20, variation=0))
    queue.add_task(1, 4, 0)
    queue.advance(10)

    assert 20 < queue.stop_task(1, 10, 110) < 22
    assert (queue.in_flight(15), queue.in_flight(30), queue.interrupted) == (3, 0, 0)


def test_a_message_that_waits_for_a_later_try_is_in_flight_without_a_slot():
    queue = work(np.array([100] + [0] * 999), Handling(1, variation=0, retry_share=0.5, retry_seconds=600))
    queue.add_task(1, 100, 0)
    queue.advance(10)
    held = queue.in_flight(10)

    assert 30 < held < 70
    assert (queue.busy(10), queue.waiting(10)) == (0, 0)
    queue.advance(650)
    assert queue.in_flight(650) < held


def test_a_spike_takes_as_long_as_its_slots_need():
    queue = work(np.array([10_000] + [0] * 9), Handling(2, variation=0))
    queue.add_task(1, 80, 0)
    queue.advance(1_000)

    assert queue.finished_at == pytest.approx(10_000 / 80 * 2, abs=3)


def test_percentiles_are_right_to_a_percent():
    values = np.random.default_rng(5).lognormal(2, 1, 50_000)
    latencies = Latencies()
    latencies.add(values)

    for percent in (50, 95, 99):
        assert latencies.percentile(percent) == pytest.approx(np.percentile(values, percent), rel=0.01)
    latencies.remove(values[:10_000])
    assert latencies.count == 40_000
    assert latencies.longest == values.max()


def test_moments_are_sorted_in_their_second_and_made_in_parts():
    arrivals = Arrivals(np.array([0, 200_000, 0, 3]), np.random.default_rng(1))
    parts = []
    while part := arrivals.next_chunk():
        parts.append(part)
    moments = [moment for part in parts for moment in part]

    assert len(moments) == arrivals.total == 200_003
    assert moments == sorted(moments)
    assert (int(moments[0]), int(moments[-1])) == (1, 3)
    assert [arrivals.sent_until(now) for now in (0, 1, 2, 4, 99)] == [0, 0, 200_000, 200_003, 200_003]


def test_no_more_messages_of_a_fifo_queue_are_handled_at_a_time_than_it_has_groups():
    queue = work(np.array([100]), Handling(10, variation=0, groups=4))
    queue.add_task(1, 3, 0)
    queue.add_task(2, 3, 0)
    queue.advance(5)

    assert (queue.busy(5), queue.groups_in_flight(5), queue.waiting(5)) == (4, 4, 96)


def test_what_a_stopped_task_leaves_is_handled_by_slots_that_had_found_no_group():
    queue = work(np.array([100]), Handling(10, variation=0, groups=4))
    queue.add_task(1, 4, 0)
    queue.add_task(2, 4, 0)
    queue.advance(5)
    queue.stop_task(1, 5, drain_seconds=60)
    queue.advance(19)

    assert queue.busy(19) == 4
