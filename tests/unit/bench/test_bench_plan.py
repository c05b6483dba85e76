"""Which runs are made, in which order, with how many messages."""

from collections import Counter

from bench.contenders import BY_NAME, CONTENDERS
from bench.loads import LOADS, THROUGHPUT
from bench.plan import best_receivers, plan, scaled, sweep
from bench.results import Run
from tests.support.bench_runs import run

WORKER, GO, CELERY = BY_NAME["worker"], BY_NAME["go"], BY_NAME["celery"]


def test_every_consumer_runs_as_often_as_asked_and_the_first_one_changes():
    steps = [step for step in plan([WORKER, GO, CELERY], THROUGHPUT, {}, repeats=3) if step.repeat is not None]

    assert Counter(step.contender.name for step in steps) == {"worker": 3, "go": 3, "celery": 3}
    assert {steps[index].contender.name for index in (0, 3, 6)} == {"worker", "go", "celery"}
    assert [step.repeat for step in steps] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_requests_are_counted_in_one_run_of_each_beside_the_timed_ones():
    steps = [step for step in plan([WORKER, GO], THROUGHPUT, {}, repeats=3) if step.counts_requests]

    assert [(step.contender.name, step.repeat) for step in steps] == [("worker", None), ("go", None)]


def test_requests_are_counted_too_where_the_load_was_scaled():
    steps = list(plan([WORKER], scaled([THROUGHPUT], 1_000)[0], {}, repeats=1))

    assert [step.counts_requests for step in steps] == [False, True]


def test_each_number_of_receivers_is_tried_where_a_consumer_does_not_choose_by_itself():
    steps = sweep([WORKER, GO], THROUGHPUT)

    assert [(step.contender.name, step.receivers) for step in steps] == [("go", number) for number in GO.receivers]
    assert {step.repeat for step in steps} == {None}


def test_where_each_call_takes_long_few_receivers_are_not_tried():
    [slow] = [load for load in LOADS if load.name == "latency-25"]

    assert [step.receivers for step in sweep([GO], slow)] == [10, 20, 50, 100]


def tried(consumer: str, receivers: int, rate: float, cpu: float, p99: float | None = None) -> Run:
    figures = {"messages_per_second": rate, "cpu_seconds_per_1000": cpu, "latency_p99_seconds": p99}
    return run(consumer, receivers=receivers, **figures)


def test_highest_rate_is_best_and_of_rates_that_are_as_good_the_least_cpu():
    runs = [tried("go", 1, 500, 0.01), tried("go", 10, 1_990, 0.08), tried("go", 50, 2_000, 0.15)]
    others = [tried("celery", 4, 90, 0.5), tried("celery", 10, 100, 0.9)]

    assert best_receivers([*runs, *others]) == {"go": 10, "celery": 10}


def test_least_time_is_best_where_messages_come_one_by_one():
    assert best_receivers([tried("go", 1, 20, 0.3, 0.004), tried("go", 4, 21, 0.2, 0.005)]) == {"go": 1}


def test_what_was_best_is_measured():
    steps = list(plan([WORKER, GO], THROUGHPUT, {"go": 20}, repeats=1))

    assert {(step.contender.name, step.receivers) for step in steps} == {("worker", None), ("go", 20)}


def test_slow_consumers_get_a_fifth_of_the_messages():
    assert THROUGHPUT.messages_for(WORKER) == 20_000
    assert THROUGHPUT.messages_for(CELERY) == 4_000


def test_scaling_keeps_the_proportions_between_loads():
    loads = {load.name: load.messages for load in scaled(LOADS, 2_000)}

    assert loads == {load.name: load.messages // 10 for load in LOADS}


def test_consumers_that_run_one_message_after_the_other_sit_out_where_handlers_take_time():
    steps = [step for load in LOADS if load.handler_seconds for step in plan(CONTENDERS, load, {}, repeats=1)]

    assert {"boto3-1", "sqs-workers"}.isdisjoint(step.contender.name for step in steps)


def test_handlers_that_compute_are_compared_with_themselves_alone():
    taking = {load.name: {one.name for one in CONTENDERS if load.takes(one)} for load in LOADS}

    assert taking["cpu"] == {"worker-cpu", "worker-cpu-2"}
    assert all(taking["cpu"].isdisjoint(names) for load, names in taking.items() if load != "cpu")
