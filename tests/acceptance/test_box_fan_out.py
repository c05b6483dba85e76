"""examples/fan-out in the box: one topic, two services, and a filter between."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from local.box_state import read_state
from tests.support.box import copy_checkout, run_box, running_up, wait_until

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "fan-out"
#: What the README publishes.
MESSAGES = re.findall(r"--service billing '(.*)'", (EXAMPLE / "README.md").read_text())


def test_each_service_gets_what_its_subscription_lets_through(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    program = Path(shutil.copytree(EXAMPLE, tmp_path / "fan-out", ignore=shutil.ignore_patterns(".box", "__pycache__")))
    with running_up(checkout, "--port", "0", program=program):
        for message in MESSAGES:
            published = run_box(checkout, "publish", "--program", str(program), "--service", "billing", message)
            assert published.returncode == 0, published.stderr
        sns = read_state(program).aws().client("sns")
        [refunds] = [topic["TopicArn"] for topic in sns.list_topics()["Topics"] if "refunds" in topic["TopicArn"]]
        sns.publish(TopicArn=refunds, Message='{"refund": {"id": "o-0", "price": 9}}')
        shown = checkout / "up.txt"
        wait_until(lambda: "order o-0 is refunded with 9.00" in shown.read_text())
        wait_until(lambda: "order o-2 of 250.00 is looked at" in shown.read_text())
        wait_until(lambda: "order o-2 is billed with 250.00" in shown.read_text())
        text = shown.read_text()
        assert "order o-1 is billed with 20.00" in text
        assert "o-1 of" not in text
