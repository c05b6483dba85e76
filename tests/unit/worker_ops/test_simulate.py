"""`workers simulate`: the simulator, with all of its own arguments."""

import pytest
from typer.testing import CliRunner

from tests.support.simulated import ROOT
from worker_ops.cli import app
from worker_simulate.cli import app as simulator

SPIKE = ["spike", "500", "--seeds", "1", "--json", "--program", str(ROOT)]


def test_it_answers_as_the_simulator_in_a_checkout_does():
    run, own = CliRunner().invoke(app, ["simulate", *SPIKE]), CliRunner().invoke(simulator, SPIKE)

    assert (run.exit_code, run.stdout) == (0, own.stdout)
    assert '"drained"' in run.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "Usage: workers simulate"),
        (["spike", "--help"], 0, "Usage: workers simulate spike"),
        (["spike", "0", "--seeds", "0", "--program", str(ROOT)], 2, "N: 0 is not a whole number"),
    ],
)
def test_help_and_refusals_are_the_simulators(arguments: list[str], code: int, said: str):
    run = CliRunner().invoke(app, ["simulate", *arguments])

    assert run.exit_code == code
    assert said in run.output
