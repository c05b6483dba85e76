"""What the simulator says of a program that does not run to its end, and what one leaves for the next."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from worker_simulate.definition.run_program import run_program
from worker_simulate.errors import SimulateError

PROGRAM = """\
import pulumi_aws as aws

for _ in range(3):
    aws.get_region()
aws.sqs.Queue("orders")
"""


@pytest.fixture
def earlier_output() -> Iterator[pulumi.Output[str]]:
    """As a module makes one when it is imported, where no event loop runs."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield pulumi.Output.from_input("early")
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@pytest.mark.timeout(20)
def test_a_program_waits_for_nothing_that_was_begun_before_it(tmp_path: Path, earlier_output: pulumi.Output[str]):
    (tmp_path / "__main__.py").write_text(PROGRAM.replace('aws.sqs.Queue("orders")\n', ""))

    assert run_program(tmp_path / "__main__.py", "orders", "dev", {}) == []
    assert isinstance(earlier_output, pulumi.Output)


@pytest.mark.timeout(20)
def test_a_program_that_fails_leaves_nothing_for_the_next(tmp_path: Path):
    (tmp_path / "__main__.py").write_text(PROGRAM + "raise ValueError\n")
    with pytest.raises(SimulateError, match="ValueError"):
        run_program(tmp_path / "__main__.py", "orders", "dev", {})

    (tmp_path / "__main__.py").write_text(PROGRAM)

    assert [made.name for made in run_program(tmp_path / "__main__.py", "orders", "dev", {})] == ["orders"]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys\nsys.exit()", "__main__.py failed: SystemExit: "),
        ("raise SystemExit('no image')", "__main__.py failed: SystemExit: no image"),
        ("print(1 / 0)", "__main__.py failed: ZeroDivisionError: division by zero"),
    ],
)
def test_a_program_that_ends_itself_or_fails_is_said(tmp_path: Path, program: str, said: str):
    main = tmp_path / "__main__.py"
    main.write_text(program)

    with pytest.raises(SimulateError) as refused:
        run_program(main, "shop", "dev", {"aws:region": "eu-west-1"})

    assert refused.value.problems == [said]
