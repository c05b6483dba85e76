"""examples/migration in the box: the command runs before the workers, and keeps them from starting where it fails."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.box import copy_checkout, run_box, running_up, wait_until

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "migration"
README = (EXAMPLE / "README.md").read_text()
[MESSAGE] = re.findall(r"examples/migration '(.*)'", README)
[(MIGRATED, SAID)] = re.findall(r"The box shows `(.*?)`, and the worker says `(.*?)`", README)


def copy_example(directory: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, directory / "migration", ignore=shutil.ignore_patterns(".box")))


def test_the_migration_runs_before_the_workers_and_up_says_what_runs(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copy_example(tmp_path)
    with running_up(checkout, "--port", "0", program=program):
        shown = checkout / "up.txt"
        wait_until(lambda: "shop: revision 1 runs, 1 of 1 tasks healthy" in shown.read_text())
        assert MIGRATED in shown.read_text()
        published = run_box(checkout, "publish", "--program", str(program), MESSAGE)
        assert published.returncode == 0, published.stderr
        wait_until(lambda: SAID in shown.read_text())


def test_a_migration_that_fails_starts_no_worker(tmp_path: Path) -> None:
    program = copy_example(tmp_path)
    (program / "service" / "shop" / "migrate.py").write_text("raise SystemExit('orders is locked')\n")
    refused = run_box(copy_checkout(tmp_path), "up", "--program", str(program), "--port", "0")
    assert refused.returncode == 2
    assert "shop: nothing was deployed: shop's pre_deploy_command ended with exit code 1; its last" in refused.stderr
    assert "orders is locked" in refused.stderr
    assert "next: read its last lines, mend what they show and deploy again" in refused.stderr


def test_a_handler_that_does_not_import_is_told_with_the_next_step(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copy_example(tmp_path)
    orders = program / "service" / "shop" / "orders.py"
    orders.write_text(orders.read_text().replace("def handle(", "def handel("))
    with running_up(checkout, "--port", "0", program=program):
        shown = checkout / "up.txt"
        wait_until(lambda: "shop: revision 1 runs, 0 of 1 tasks healthy" in shown.read_text())
        assert "a setting is wrong, or the handler cannot be imported" in shown.read_text()
        assert (
            "next: its last lines name each problem; mend the code or the input and deploy again" in shown.read_text()
        )
