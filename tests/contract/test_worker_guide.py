"""docs/handlers.md and docs/worker.md say what is so: the code runs, and the tables are those of the worker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from worker_runtime import Message, errors
from worker_runtime.settings import Settings
from worker_runtime.telemetry import event_log, metrics

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "handlers.md").read_text()
REFERENCE = (ROOT / "docs" / "worker.md").read_text()
MINIMAL = {
    "QUEUE_NAME": "orders",
    "QUEUE_URI": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
    "QUEUE_REGION": "eu-west-1",
    "WORKER_HANDLER": "shop.orders.handle",
}
RANGE = re.compile(r"([\d,]+) to ([\d,]+)")


def table(header: str, text: str = REFERENCE) -> list[list[str]]:
    """The rows of the table whose first line starts with `header`."""
    _, _, rest = text.partition(f"\n| {header}")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in rows]


def names(rows: list[list[str]]) -> list[str]:
    return [name.strip("`()") for row in rows for name in row[0].split(", ")]


class Remembering(Mapping[str, str]):
    """An environment that remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return MINIMAL[name]

    def __iter__(self) -> Iterator[str]:
        return iter(MINIMAL)

    def __len__(self) -> int:
        return len(MINIMAL)


@pytest.fixture(scope="module")
def settings() -> dict[str, list[str]]:
    """The rows of the settings table by variable."""
    return {row[0].strip("`"): row[1:] for row in table("variable")}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's blocks of code, each in the file that its first line names."""
    directory = tmp_path_factory.mktemp("guide")
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) == (GUIDE + REFERENCE).count("```python")
    for name, code in blocks:
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(code)
    return directory


def run_python(directory: Path, *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(directory), "ONCE_TABLE": "once"},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_guides_handlers_load_without_aws(shop: Path):
    handlers = [f"shop.{path.stem}.handle" for path in shop.glob("shop/*.py") if not path.stem.startswith("test_")]
    assert len(handlers) == 15
    check = """
import sys, worker_runtime.testing
from worker_runtime.handler import load_handler
for path in sys.argv[1:]:
    load_handler(path)
assert "boto3" not in sys.modules
"""
    run_python(shop, "-c", check, *handlers)


def test_the_guides_tests_pass(shop: Path):
    tests = sum(path.read_text().count("def test_") for path in shop.glob("shop/test_*.py"))
    ran = run_python(shop, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(shop), str(shop))
    assert f"{tests} passed" in ran


def test_the_settings_are_those_that_the_worker_reads(settings: dict[str, list[str]]):
    environment = Remembering()
    Settings.from_environment(environment)
    assert set(settings) == environment.asked


def test_the_defaults_are_the_workers(settings: dict[str, list[str]]):
    for variable, (default, *_) in settings.items():
        value = getattr(Settings, variable.removeprefix("WORKER_").lower(), None)
        value = None if isinstance(value, property) else value
        expected = f"{value:,g}" if type(value) in (int, float) else str(value).removeprefix("None")
        assert default == (expected.lower() if isinstance(value, bool) else expected), variable


def test_the_ranges_are_the_workers(settings: dict[str, list[str]]):
    ranges = {name: RANGE.fullmatch(row[1]) for name, row in settings.items()}
    assert sum(match is not None for match in ranges.values()) == 12
    for variable, match in ranges.items():
        if match is None:
            continue
        least, most = (int(bound.replace(",", "")) for bound in match.groups())
        for allowed in (least, most):
            Settings.from_environment({**MINIMAL, variable: str(allowed)})
        for refused in (least - 1, most + 1):
            with pytest.raises(errors.SettingsError, match=variable):
                Settings.from_environment({**MINIMAL, variable: str(refused)})


def test_the_choices_are_the_workers(settings: dict[str, list[str]]):
    for variable in ("WORKER_LOG_LEVEL", "WORKER_TRANSPORT"):
        with pytest.raises(errors.SettingsError, match=f"is not one of {settings[variable][1]}$"):
            Settings.from_environment({**MINIMAL, variable: "none"})


def test_the_config_keys_exist(settings: dict[str, list[str]]):
    config = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    keys = {row[3].strip("`") for row in settings.values() if row[3].startswith("`")}
    assert keys <= set(config)
    assert len(keys) == 10


def test_the_message_has_these_members():
    assert set(names(table("member"))) == {name for name in dir(Message) if not name.startswith("_")} - {
        "must_end_by",
        "lies_at",
    }


@pytest.mark.parametrize(
    ("header", "source"), [("action | when", event_log.__doc__), ("metric | unit", metrics.__doc__)]
)
def test_log_and_metrics_are_those_of_the_code(header: str, source: str):
    assert names(table(header)) == names(table(header, source))
