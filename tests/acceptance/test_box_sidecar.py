"""examples/sidecar in the box: the handler gets its answer from the sidecar, which the worker waits for."""

from __future__ import annotations

import re
import shutil
import socket
from pathlib import Path

import pytest

from tests.support.box import copy_checkout, run_box, running_up, wait_until

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "sidecar"
README = (EXAMPLE / "README.md").read_text()
[MESSAGE] = re.findall(r"examples/sidecar '(.*)'", README)
[SAID] = re.findall(r"The worker says `(.*)`", README)


def copy_example(directory: Path, **replaced: str) -> Path:
    program = Path(shutil.copytree(EXAMPLE, directory / "sidecar", ignore=shutil.ignore_patterns(".box")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    main = program / "__main__.py"
    text = main.read_text().replace("RATES_PORT = 8787", f"RATES_PORT = {port}")
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    main.write_text(text)
    return program


def test_the_handler_asks_the_sidecar(tmp_path: Path) -> None:
    checkout, program = copy_checkout(tmp_path), copy_example(tmp_path)
    with running_up(checkout, "--port", "0", program=program):
        published = run_box(checkout, "publish", "--program", str(program), MESSAGE)
        assert published.returncode == 0, published.stderr
        shown = checkout / "up.txt"
        wait_until(lambda: SAID in shown.read_text())


def test_a_sidecar_that_has_to_succeed_first_and_fails_keeps_the_workers_from_starting(tmp_path: Path) -> None:
    failing = '["python", "-c", "raise SystemExit(\'no rates today\')"],\n                "essential": False'
    program = copy_example(
        tmp_path, **{'["python", "-m", "shop.rates"]': failing, "DependencyCondition.HEALTHY": '"SUCCESS"'}
    )
    refused = run_box(copy_checkout(tmp_path), "up", "--program", str(program), "--port", "0")
    assert refused.returncode == 2
    assert "shop: no task could start: shop's rates ended with exit code 1; its last lines:" in refused.stderr
    assert "no rates today" in refused.stderr


def test_the_presets_images_are_told_not_to_run_and_the_handler_works_beside_them(tmp_path: Path) -> None:
    presets = (
        '"task_size": "medium", "open_telemetry": {}, "log_router": {},\n'
        '        "sidecars": {"proxy": {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/proxy:1"},'
    )
    checkout, program = copy_checkout(tmp_path), copy_example(tmp_path, **{'"sidecars": {': presets})
    with running_up(checkout, "--port", "0", program=program):
        published = run_box(checkout, "publish", "--program", str(program), MESSAGE)
        assert published.returncode == 0, published.stderr
        shown = checkout / "up.txt"
        wait_until(lambda: SAID in shown.read_text())
        told = " ".join(shown.read_text().split())
    for name, image in (
        ("otel-collector", "public.ecr.aws/aws-observability/aws-otel-collector"),
        ("log-router", "public.ecr.aws/aws-observability/aws-for-fluent-bit"),
        ("proxy", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/proxy:1"),
    ):
        assert f"shop: its sidecar {name} runs the image {image}" in told
    assert told.count("it does not run here, and nothing waits for it") == 3
