"""The commands: what they answer, and how they refuse."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from tests.support.simulated import HANDLING, ROOT, service
from worker_simulate.cli import app
from worker_simulate.conditions import condition
from worker_simulate.loads.usual_loads import spike
from worker_simulate.simulation import simulate
from worker_simulate.summary import Summary

PROGRAM = ["--program", str(ROOT)]


def program_with(folder: Path, config: dict[str, Any]) -> Path:
    """The project's program with a stack dev of this config."""
    for name in ("Pulumi.yaml", "__main__.py", "stack_config.py"):
        shutil.copy(ROOT / name, folder)
    given = {"aws:region": "eu-west-1", "image": "registry/worker:1", **config}
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": given}))
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def test_a_spike_is_answered_in_words_and_then_in_a_table():
    result = run("spike", "10000", "--seeds", "1", *PROGRAM)

    assert result.exit_code == 0
    assert "10,000 messages at once: drained in " in result.stdout
    assert "are CloudWatch's; $0.0" in result.stdout
    assert result.stdout.index("drained in") < result.stdout.index("task-hours")


def test_json_alone_is_on_stdout_and_the_same_each_time():
    first, again = (run("spike", "500", "--seeds", "2", "--json", *PROGRAM) for _ in range(2))
    document = json.loads(first.stdout)
    drained = document["loads"]["spike"]["drained"]

    assert first.stdout == again.stdout
    assert document["service"] == "worker"
    assert drained["least"] <= drained["typical"] <= drained["most"]


@pytest.mark.parametrize(("bound", "code"), [("drained>1", 1), ("spike.drained>100000", 0), ("steady.p95>0", 0)])
def test_a_condition_that_is_met_is_exit_code_1(bound: str, code: int):
    result = run("spike", "500", "--seeds", "1", "--fail-if", bound, *PROGRAM)

    assert result.exit_code == code
    assert ("in the worst run" in result.stdout) is (code == 1)


def test_more_than_anybody_waits_for_is_refused(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text() + f"main: {ROOT}\n")
    stack = (ROOT / "Pulumi.dev.yaml").read_text().replace("  max_count: 2", "  max_count: 5000\n  concurrency: 1000")
    (tmp_path / "Pulumi.dev.yaml").write_text(stack)
    result = run("--program", str(tmp_path))

    assert result.exit_code == 2
    assert result.stderr.startswith("max_count: 5000 tasks handle 5,000,000 messages a second, and a usual load of ")


@pytest.mark.parametrize(
    ("bound", "met"), [("drained>100000", True), ("drained<1", False), ("steady.drained>1", False)]
)
def test_what_is_never_drained_takes_longer_than_any_number(bound: str, met: bool):
    load = spike(10)
    run = replace(simulate(service(), load, HANDLING, 1), drained=None, left_over=3)
    told = condition(bound).met_by([Summary(load, [run])])

    assert told == ([f"{bound}: spike is not drained in every run"] if met else [])


@pytest.mark.parametrize(
    ("config", "arguments", "told"),
    [
        pytest.param(
            {"fast_wake": True, "min_count": 0},
            ["compare", "proton"],
            [],
            marks=pytest.mark.slow,
            id="a service that is woken",
        ),
        pytest.param(
            {"queues": {"slow": {}}},
            ["compare", "proton,keda"],
            ["proton is left out: queues: scaling proton knows the main queue alone; choose steady, bursty or batch"],
            id="two queues",
        ),
        pytest.param(
            {"ignore_delayed_retries": True, "max_count": 2},
            ["tune", "--p95", "500"],
            [
                f"{preset}+fast min {least} is left out: ignore_delayed_retries: has no part in what tasks publish with"
                " fast_scaling; choose one of the two"
                for preset in ("steady", "bursty", "batch")
                for least in (1, 2)
            ],
            marks=pytest.mark.slow,
            id="an input that fast scaling has no part in",
        ),
    ],
)
def test_what_does_not_go_with_a_stacks_inputs_is_left_out_and_said(
    tmp_path: Path, config: dict[str, Any], arguments: list[str], told: list[str]
):
    program = program_with(tmp_path, config)
    result = run(*arguments, "--seeds", "1", "--program", str(program))

    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if "left out" in line] == told


def test_what_was_sent_is_replayed(tmp_path: Path):
    path = tmp_path / "sent.csv"
    path.write_text("Label,NumberOfMessagesSent\n2026-06-01T09:00:00Z,60\n2026-06-01T09:20:00Z,60\n")
    result = run("replay", str(path), "--seeds", "1", *PROGRAM)

    assert result.exit_code == 0
    assert "replay (sent.csv: 120 messages in 21 minutes): p95 " in result.stdout


def test_peers_are_compared_under_the_same_loads():
    result = run("compare", "keda,cdk", "--seeds", "1", "--json", *PROGRAM)
    loads = json.loads(result.stdout)

    assert set(loads["spike"]) == {"this stack", "keda", "cdk"}
    # KEDA asks SQS itself, and CDK's steps add one task at a time.
    assert loads["spike"]["keda"]["first_task"]["most"] < loads["spike"]["this stack"]["first_task"]["least"]


def test_a_plot_is_drawn_into_the_file(tmp_path: Path):
    path = tmp_path / "spike.png"

    assert run("spike", "100", "--seeds", "1", "--plot", str(path), *PROGRAM).exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (
            [
                "--seeds",
                "0",
                "--fail-if",
                "p95",
                "--fail-if",
                "p96>1",
                "--fail-if",
                "spik.p95>1",
                "--plot",
                "x.gif",
                "--stack",
                "none",
            ],
            [
                "--seeds: 0 is not a number from 1 to 100",
                "--plot: 'x.gif' is not a file that ends with .png, .svg, .pdf",
                "--fail-if: 'p95' is not a condition such as p95>60 or spike.drained>460",
                "--fail-if: 'p96' is not one of p50, p95, p99,",
                "--fail-if: 'spik' is not one of steady, daily, spike, bursty, idle, cold, replay",
                "there is no stack 'none'",
            ],
        ),
        (["spike", "0"], ["N: 0 is not a whole number from 1 to 10,000,000"]),
        (["replay", "no.csv", "--seeds", "101"], ["--seeds: 101 is not", "no.csv: cannot be read"]),
        (["compare", "kubernetes,keda"], ["PEERS: 'kubernetes' is not one of proton, copilot, cdk, keda"]),
        (["tune", "--p95", "0", "--load", "rainy"], ["--p95: 0 is not above 0", "--load: 'rainy' is not one of"]),
        (["spike", "5", "--service", "orders"], ["--service: 'orders' is not one of worker"]),
    ],
)
def test_bad_input_is_exit_code_2_with_every_problem(arguments: list[str], problems: list[str]):
    result = run(*arguments, *PROGRAM)

    assert result.exit_code == 2
    for problem in problems:
        assert problem in result.stderr


def test_conditions_are_compared_as_written():
    assert condition("spike.drained >= 460").load == "spike"
    with pytest.raises(ValueError, match="is not a number"):
        condition("p95>1.2.3")
