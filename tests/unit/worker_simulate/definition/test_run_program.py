"""What the simulator says of a program that does not run to its end."""

from pathlib import Path

import pytest

from worker_simulate.definition.run_program import run_program
from worker_simulate.errors import SimulateError


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
