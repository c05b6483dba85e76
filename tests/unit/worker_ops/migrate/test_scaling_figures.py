"""The figures of the report, of MIGRATION.md and of docs/migrate.md are those of docs/scaling.md."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from worker_ops.cli import app
from worker_ops.migrate.scaling_figures import FIGURES, TITLES

DOCS = Path(__file__).parents[4] / "docs"
SAMPLES = Path(__file__).parents[3] / "data" / "migrate"
COMMANDS = {
    "copilot": ("copilot", str(SAMPLES / "backlog-and-spot")),
    "proton": ("proton", str(SAMPLES / "proton-sample" / "spec.yaml"), "--service", "sample"),
}


def figures_of(page: str) -> list[str]:
    """The lines of the table of presets: its titles, and one a preset."""
    lines = page.splitlines()
    return [line for line in lines if line.startswith(("| preset | steady", "| `")) and line.count("|") == 8]


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


TABLE = [line(*TITLES), *(line(f"`{preset}`", *figures) for preset, figures in FIGURES.items())]


def test_they_are_those_of_the_page_on_scaling():
    simulated = figures_of((DOCS / "scaling.md").read_text())

    assert [found for found in TABLE if found not in simulated] == []


def test_the_guide_has_the_same():
    assert sorted(figures_of((DOCS / "migrate.md").read_text())) == sorted(TABLE)


@pytest.mark.parametrize("preset", COMMANDS)
def test_the_report_has_what_is_kept_beside_the_default(preset: str):
    result = CliRunner().invoke(app, ["migrate", *COMMANDS[preset], "--check"], env={"COLUMNS": "300"})

    assert f"`scaling: {preset}` is written" in result.stdout
    for name in (preset, "steady"):
        [shown] = [text for text in result.stdout.splitlines() if text.startswith(f"│ `{name}`")]
        assert all(cell in shown for cell in FIGURES[name])


@pytest.mark.parametrize("preset", COMMANDS)
def test_another_program_gets_them_too(preset: str):
    answer = json.loads(CliRunner().invoke(app, ["migrate", *COMMANDS[preset], "--check", "--json"]).stdout)

    assert answer["scaling"] == {
        "written": preset,
        "titles": list(TITLES),
        "rows": [[f"`{name}`", *FIGURES[name]] for name in (preset, "steady")],
    }


@pytest.mark.parametrize("preset", COMMANDS)
def test_the_written_guide_has_them_too(preset: str, tmp_path: Path):
    CliRunner().invoke(app, ["migrate", *COMMANDS[preset], "--out", str(tmp_path)])
    guides = list(tmp_path.glob("*/MIGRATION.md"))

    assert guides
    for guide in guides:
        assert figures_of(guide.read_text()) == [TABLE[0], *(line(f"`{n}`", *FIGURES[n]) for n in (preset, "steady"))]
