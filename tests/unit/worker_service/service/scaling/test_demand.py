"""The demand expression, evaluated as CloudWatch does it."""

import math
import random
import re
from pathlib import Path

import pytest

from worker_service.service.choices import ScalingPreset
from worker_service.service.scaling.demand import Demand, quiet_expression, share, share_text
from worker_service.service.scaling.presets import PRESETS
from worker_service.service.scaling.steps import steps
from worker_simulate.cloud.metric_math import Value, evaluate

ALERTING_TASKS = 1

"""Demand at which the alarm goes off; steps are relative to it."""


def tasks_for(demand_tasks: int, max_count: int) -> int:
    """Tasks that Application Auto Scaling sets for a demand, by its rule: lower bound inclusive."""
    above = demand_tasks - ALERTING_TASKS
    [step] = [s for s in steps(max_count) if s.lower <= above and (s.upper is None or above < s.upper)]
    return step.tasks


#: Two seconds a message, four at a time, a backlog worked off in a minute.
SMALL_SHARE = share(processing_seconds=2, latency_seconds=60, concurrency=4, busy_share=0.8)
SMALL = Demand({"main": SMALL_SHARE})
TWO = Demand({"main": SMALL_SHARE, "bulk": SMALL_SHARE})


def test_the_demand_expression_is_this_text():
    assert SMALL.expression() == "CEIL(v0 * 0.008333333333 + n0 * 0.3125)"
    held = SMALL.expression(held_for_minutes=10)
    assert held == "CEIL(v0 * 0.008333333333 + MIN([n0, h0 * 0.1199999999]) * 0.3125)"
    assert SMALL.silent_expression() == "CEIL(v0 * 0.008333333333 + n0 * 0.3125) - c * 1000000000"


def test_each_queue_has_its_own_shares():
    bulk = share(processing_seconds=1, latency_seconds=600, concurrency=4, busy_share=0.8)
    two = Demand({"main": SMALL_SHARE, "bulk": bulk})

    assert two.expression() == ("CEIL(v0 * 0.008333333333 + v1 * 0.0004166666666 + n0 * 0.3125 + n1 * 0.3125)")
    assert two.expression(held_for_minutes=10).endswith(
        " + MIN([n0, h0 * 0.1199999999]) * 0.3125 + MIN([n1, h1 * 0.1199999999]) * 0.3125)"
    )


@pytest.mark.parametrize(
    ("visible", "in_flight", "tasks"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (120, 0, 1),
        (121, 0, 2),
        (10_000, 0, 84),
        (0, 1, 1),
        (0, 3.2, 1),
        (0, 3.3, 2),
        (0, 16, 5),
        (600, 16, 10),
        # Either metric alone is enough; without both there is no demand, and so no action.
        (None, 4, 2),
        (121, None, 2),
        (None, None, None),
    ],
)
def test_the_demand_of_messages_that_wait_and_are_handled(visible: Value, in_flight: Value, tasks: Value):
    assert evaluate(SMALL.expression(), {"v0": visible, "n0": in_flight}) == tasks


@pytest.mark.parametrize(
    ("series", "tasks"),
    [
        ({"v0": 121, "v1": 0, "n0": 0, "n1": 0}, 2),
        ({"v0": 60, "v1": 60, "n0": 0, "n1": 0}, 1),
        ({"v0": 60, "v1": 60, "n0": 2, "n1": 2}, 3),
        # The second queue is asleep.
        ({"v0": 121, "v1": None, "n0": 0, "n1": None}, 2),
        ({"v0": None, "v1": None, "n0": None, "n1": None}, None),
    ],
)
def test_several_queues_are_one_demand(series: dict[str, Value], tasks: Value):
    assert evaluate(TWO.expression(), series) == tasks


@pytest.mark.parametrize(
    ("in_flight", "held_sum", "tasks"),
    [
        # Ten minutes of 16 in the workers' hands; what more is in flight waits for a later try.
        (16, 160, 5),
        (400, 160, 6),
        (400, 0, 0),
        # Nobody runs, or has reported yet.
        (400, None, 125),
    ],
)
def test_what_tasks_hold_bounds_what_is_in_flight(in_flight: Value, held_sum: Value, tasks: Value):
    series = {"v0": 0, "n0": in_flight, "h0": held_sum}

    assert evaluate(SMALL.expression(held_for_minutes=10), series) == tasks


@pytest.mark.parametrize(
    ("visible", "in_flight", "groups", "tasks"),
    [
        # Four groups: as many tasks may each hold messages of one, and two more find out whether there are others.
        (10_000, 16, 4, 6),
        (10_000, 16, 400, 89),
        (120, 0, 4, 1),
        # The first task is started without any group in flight; none without a message.
        (10_000, 0, 0, 1),
        (0, 0, 0, 0),
        # Nothing is known of groups yet.
        (10_000, 16, None, 89),
    ],
)
def test_groups_in_flight_bound_the_demand_of_a_fifo_queue(
    visible: Value, in_flight: Value, groups: Value, tasks: Value
):
    series = {"v0": visible, "n0": in_flight, "g0": groups}

    assert evaluate(SMALL.expression(limited_to_groups={"main"}), series) == tasks


def test_each_fifo_queue_has_its_own_bound():
    assert TWO.expression(held_for_minutes=10, limited_to_groups={"bulk"}) == (
        "CEIL(v0 * 0.008333333333 + MIN([n0, h0 * 0.1199999999]) * 0.3125"
        " + MIN([v1 * 0.008333333333 + MIN([n1, h1 * 0.1199999999]) * 0.3125, g1 * 1.25 + 1]))"
    )


def test_no_number_of_messages_asks_for_a_task_more_than_it_needs():
    """A share that is a hair too large makes 2 tasks of 600 messages where 600 are one task's."""
    for latency in range(1, 400):
        for concurrency in (1, 3, 4, 7, 10):
            asked = Demand({"main": share(1, latency, concurrency, 0.8)})
            for tasks in (1, 2, 3, 7, 20):
                series: dict[str, Value] = {"v0": tasks * latency * concurrency, "n0": 0}
                assert evaluate(asked.expression(), series) == tasks, (latency, concurrency, tasks)


@pytest.mark.parametrize(
    ("series", "messages"),
    [
        ({"v0": 0, "v1": 0, "n0": 0, "n1": 0}, 0),
        ({"v0": 0, "v1": 0, "n0": 0, "n1": 1}, 1),
        ({"v0": 2, "v1": 0, "n0": 1, "n1": 0}, 3),
        ({"v0": 0, "v1": None, "n0": 0, "n1": None}, 0),
        ({"v0": None, "v1": None, "n0": None, "n1": None}, None),
    ],
)
def test_quiet_is_nothing_waiting_and_nothing_handled_anywhere(series: dict[str, Value], messages: Value):
    assert evaluate(quiet_expression(2), series) == messages


def test_any_settings_make_an_expression_that_gives_the_demand():
    settings = random.Random(6)  # noqa: S311 - the same cases in every run
    for _ in range(2_000):
        latency = settings.randint(1, 86_400)
        processing = min(latency, 10 ** settings.uniform(-3, math.log10(43_200)))
        concurrency, busy = settings.randint(1, 1_000), settings.choice([0.8, 0.9])
        visible, in_flight = settings.randint(0, 10**6), settings.uniform(0, 120_000)
        asked = Demand({"main": share(processing, latency, concurrency, busy)})

        exact = visible * processing / (latency * concurrency) + in_flight / (busy * concurrency)
        value = evaluate(asked.expression(), {"v0": visible, "n0": in_flight})

        assert value is not None
        # The expression has ten digits of each share, so it may land on the other side of a whole number by a hair.
        assert math.ceil(exact * (1 - 1e-9)) <= value <= math.ceil(exact * (1 + 1e-9))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1250.0, "1250"),
        (0.3125, "0.3125"),
        (1 / 600, "0.001666666666"),
        # As a floating-point number a tenth is more than a tenth, and 70 of them are more than 7.
        (0.1, "0.09999999999"),
        (1e-9, "0.0000000009999999999"),
    ],
)
def test_a_share_has_no_exponent_and_is_never_above_the_number(number: float, text: str):
    assert share_text(number) == text


def test_every_preset_but_protons_has_a_shape():
    assert set(PRESETS) == set(ScalingPreset) - {ScalingPreset.PROTON}
    assert [preset.scale_in_after_seconds for preset in PRESETS.values()] == [600, 300, 900]


def test_the_worked_example_of_the_guide_is_right():
    guide = (Path(__file__).parents[5] / "docs" / "scaling.md").read_text()
    rows = re.findall(r"^\| [^|]+ \| (\d+) \| (\d+) \| (\d+) \| (\d+) ", guide, flags=re.MULTILINE)

    assert SMALL.expression() in guide
    assert len(rows) == 6
    for visible, in_flight, asked, tasks in rows:
        series = {"v0": int(visible), "n0": int(in_flight)}
        assert evaluate(SMALL.expression(), series) == int(asked)
        # A quiet fleet ends at min_count, which is 1 here.
        assert (tasks_for(int(asked), 10) if int(asked) else 1) == int(tasks)
