import asyncio
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from worker_simulate.definition.run_program import run_program

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
    with pytest.raises(Exception, match="ValueError"):
        run_program(tmp_path / "__main__.py", "orders", "dev", {})

    (tmp_path / "__main__.py").write_text(PROGRAM)

    assert [made.name for made in run_program(tmp_path / "__main__.py", "orders", "dev", {})] == ["orders"]
