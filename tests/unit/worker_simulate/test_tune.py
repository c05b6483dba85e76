"""Which settings are on the front, and which is chosen."""

from dataclasses import replace

from tests.support.simulated import HANDLING, service
from worker_simulate.loads.usual_loads import spike
from worker_simulate.result import Result
from worker_simulate.simulation import simulate
from worker_simulate.summary import Summary
from worker_simulate.tune import cheapest, config_lines, front, settings_to_try


def summaries(**points: tuple[float, float]) -> dict[str, Summary]:
    """Of cost and p95."""
    load = spike(10)
    run: Result = simulate(service(), load, HANDLING, 1)
    return {name: Summary(load, [replace(run, usd=usd, p95=p95)]) for name, (usd, p95) in points.items()}


def test_the_front_is_what_no_other_beats_in_both():
    found = summaries(cheap=(1, 200), middle=(2, 100), worse=(3, 150), best=(4, 10), as_good=(2, 120))

    assert front(found) == ["cheap", "middle", "best"]


def test_the_cheapest_that_keeps_p95_is_chosen():
    found = summaries(cheap=(1, 200), middle=(2, 100), best=(4, 10))

    assert (cheapest(found, 100), cheapest(found, 99), cheapest(found, 5)) == ("middle", "best", None)


def test_the_lines_are_to_be_pasted():
    tried = settings_to_try(min_count=0, max_count=20)

    assert len(tried) == 18
    assert config_lines(tried["bursty+fast min 2"]) == [
        "pulumi config set scaling bursty",
        "pulumi config set fast_scaling true",
        "pulumi config set min_count 2",
    ]
