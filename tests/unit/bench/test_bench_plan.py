"""Which runs are made, in which order, with how many messages."""

from collections import Counter

from bench.contenders import BY_NAME, CONTENDERS
from bench.loads import LOADS, THROUGHPUT
from bench.plan import plan, scaled

WORKER, GO, CELERY = BY_NAME["worker"], BY_NAME["go"], BY_NAME["celery"]


def test_every_consumer_runs_as_often_as_asked_and_the_first_one_changes():
    steps = [step for step in plan([WORKER, GO, CELERY], [THROUGHPUT], repeats=3) if not step.count_requests]

    assert Counter(step.contender.name for step in steps) == {"worker": 3, "go": 3, "celery": 3}
    assert {steps[index].contender.name for index in (0, 3, 6)} == {"worker", "go", "celery"}


def test_requests_are_counted_in_one_run_of_each_beside_the_timed_ones():
    steps = [step for step in plan([WORKER, GO], [THROUGHPUT], repeats=3) if step.count_requests]

    assert [(step.contender.name, step.load.name) for step in steps] == [("worker", "counted"), ("go", "counted")]


def test_requests_are_counted_too_where_the_load_was_scaled():
    steps = list(plan([WORKER], scaled([THROUGHPUT], 1_000), repeats=1))

    assert [step.count_requests for step in steps] == [False, True]


def test_slow_consumers_get_a_fifth_of_the_messages():
    assert THROUGHPUT.messages_for(WORKER) == 20_000
    assert THROUGHPUT.messages_for(CELERY) == 4_000


def test_scaling_keeps_the_proportions_between_loads():
    loads = {load.name: load.messages for load in scaled(LOADS, 2_000)}

    assert loads == {load.name: load.messages // 10 for load in LOADS}


def test_consumers_that_run_one_message_after_the_other_sit_out_where_handlers_take_time():
    steps = plan(CONTENDERS, [load for load in LOADS if load.handler_seconds], repeats=1)

    assert {"boto3-1", "sqs-workers"}.isdisjoint(step.contender.name for step in steps)
