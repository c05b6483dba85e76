"""Medians, tables, targets and the page, from runs made up here."""

from pathlib import Path
from typing import Any

import pytest

from bench.ledger import Balance
from bench.page import with_figures
from bench.results import Results, Run, Spread
from bench.tables import throughput
from bench.targets import targets
from tests.support.bench_runs import run


def verdicts(*runs: Run) -> dict[str, tuple[str, str]]:
    return {row[0]: (row[2], row[3]) for row in targets(Results({}, runs)).rows}


def test_a_spread_is_over_the_runs_of_one_consumer_and_load():
    runs = [run("go", messages_per_second=rate, repeat=repeat) for repeat, rate in enumerate((1.0, 5.0, 3.0))]
    tried = run("go", messages_per_second=9.0, repeat=None)
    results = Results({}, (*runs, tried, run("go", "latency-10", messages_per_second=99.0), run("worker")))

    assert results.spread("go", "throughput", "messages_per_second") == Spread(1.0, 3.0, 5.0)
    assert results.spread("celery", "throughput", "messages_per_second") is None


def test_a_ratio_is_between_runs_that_followed_each_other():
    ours = [run("worker", cpu_seconds_per_1000=cpu, repeat=repeat) for repeat, cpu in enumerate((2.0, 9.0, 4.0))]
    theirs = [run("go", cpu_seconds_per_1000=cpu, repeat=repeat) for repeat, cpu in enumerate((2.0, 3.0, 2.0))]

    assert Results({}, (*ours, *theirs)).ratio("worker", "go", "throughput", "cpu_seconds_per_1000") == Spread(1, 2, 3)


def test_results_survive_being_written_and_read(tmp_path: Path):
    results = Results({"machine": "a"}, (run("go"), run("worker", requests_per_message=0.2)), ("celery: ended",))

    results.save(tmp_path / "results.json")

    assert Results.load(tmp_path / "results.json") == results


def test_a_table_shows_the_spread_and_the_counted_requests():
    runs = (
        run("go", receivers=4),
        run("go", receivers=4, messages_per_second=3_000.0, repeat=1),
        run("go", "counted", requests_per_message=0.2, repeat=None),
    )
    table = throughput(Results({}, runs))

    assert table.rows == (
        ("Go, aws-sdk-go-v2", "4", "2,000 (1,000 to 3,000)", "0.100", "50", "0.20", "0.40", "100", "yes"),
    )


@pytest.mark.parametrize(
    "figures",
    [
        pytest.param({"handled": Balance(handled=99, lost=1, again=0, strange=0)}, id="lost"),
        pytest.param({"left_in_queue": 1}, id="not deleted"),
    ],
)
def test_a_table_says_where_a_message_was_not_handled_once_and_deleted(figures: dict[str, Any]):
    table = throughput(Results({}, (run("go"), run("go", **figures))))

    assert table.rows[0][-1] == "NO"


def test_targets_are_judged_within_the_same_results():
    reached = verdicts(
        run("worker", cpu_seconds_per_1000=0.05, messages_per_second=9_000.0, peak_memory_mb=60.0, start_seconds=0.4),
        run("worker-async", messages_per_second=8_100.0),
        run("go", cpu_seconds_per_1000=0.05),
        run("boto3-10", cpu_seconds_per_1000=0.4, messages_per_second=1_000.0),
        run("fanferro", messages_per_second=6_000.0),
        run("worker", "handler-100", messages_per_second=1_800.0, cpu_seconds_per_1000=0.13),
        run("go", "handler-100", cpu_seconds_per_1000=0.1),
        run("worker", "trickle", latency_p99_seconds=0.0024),
        run("go", "trickle", latency_p99_seconds=0.002),
    )

    assert {what: verdict for what, verdict in reached.items() if verdict != ("-", "-")} == {
        "CPU per message / Go's": ("1.00", "yes"),
        "the same with a handler of 50 ms at 100": ("1.30", "yes"),
        "CPU per message / plain boto3 loop of ten's": ("0.12", "yes"),
        "messages/s / the best Python or Node peer's": ("1.50", "yes"),
        "messages/s, 50 ms handler, concurrency 100": ("1,800", "yes"),
        "messages/s, async / plain": ("0.90", "yes"),
        "p99 from send to handled / Go's, 20 a second": ("1.20", "yes"),
        "peak memory, MB": ("60", "yes"),
        "start to first message, s": ("0.40", "yes"),
    }


def test_targets_that_are_missed_say_so():
    missed = verdicts(
        run("worker", cpu_seconds_per_1000=0.11, messages_per_second=5_000.0, peak_memory_mb=61.0, start_seconds=0.6),
        run("go", cpu_seconds_per_1000=0.05, messages_per_second=1.0),
        run("boto3-10", cpu_seconds_per_1000=0.4, messages_per_second=1_000.0),
        run("fanferro", messages_per_second=6_000.0),
        run("worker", "handler-100", messages_per_second=1_799.0),
    )

    assert [verdict for _, verdict in missed.values() if verdict != "-"] == ["NO"] * 6


def test_figures_replace_what_stood_between_the_marks():
    page = "# Title\n<!-- figures: written by `python -m bench report` -->\nold\n<!-- end of figures -->\nend\n"

    once = with_figures(page, "new")

    assert "old" not in once
    assert "new" in once
    assert once.startswith("# Title\n")
    assert once.endswith("-->\nend\n")
    assert with_figures(once, "new") == once


def test_a_page_without_marks_is_left_alone():
    with pytest.raises(ValueError, match="has lost the marks"):
        with_figures("# Title\n", "new")
