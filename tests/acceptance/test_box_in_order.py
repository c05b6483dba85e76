"""examples/in-order in the box: what is published in a group is handled in its order."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.box import copy_checkout, run_box, running_up, wait_until

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "in-order"
#: What the README publishes: groups and messages.
MESSAGES = re.findall(r"--group (\w+) '(.*)'", (EXAMPLE / "README.md").read_text())


def test_a_groups_messages_are_handled_in_their_order(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    ignored = shutil.ignore_patterns(".box", "__pycache__")
    program = Path(shutil.copytree(EXAMPLE, tmp_path / "in-order", ignore=ignored))
    with running_up(checkout, "--port", "0", program=program):
        ungrouped = run_box(checkout, "publish", "--program", str(program), '{"cents": 1}')
        assert (ungrouped.returncode, "name a message group with --group" in ungrouped.stderr) == (2, True)
        for group, message in MESSAGES:
            published = run_box(checkout, "publish", "--program", str(program), "--group", group, message)
            assert published.returncode == 0, published.stderr
        many = "".join(f'{{"cents": {2**place}}}\n' for place in range(20))
        (tmp_path / "many.jsonl").write_text(many)
        run_box(
            checkout, "publish", "--program", str(program), "--group", "bob", "--file", str(tmp_path / "many.jsonl")
        )
        # Of so many lines in a second, `up` shows the first.
        written = program / ".box" / "logs" / "worker-1.log"
        wait_until(lambda: "account bob has 1048575 cents" in written.read_text())
        balances = re.findall(r"account (\w+) has (\d+) cents", written.read_text())
    assert [balance for account, balance in balances if account == "alice"] == ["500", "300"]
    assert [int(balance) for account, balance in balances if account == "bob"] == [2**n - 1 for n in range(1, 21)]
