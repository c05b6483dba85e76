"""What `python -m local up` refuses: in a sentence, with exit code 2 and nothing left."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.box import processes_in, run_box
from tests.support.raw_service import write_raw_program

CHECKOUT = Path(__file__).parents[2]
HEADER = "import pulumi\nimport pulumi_aws as aws\n"

pytestmark = pytest.mark.slow


def _refused(program: Path, *arguments: str) -> str:
    result = run_box(CHECKOUT, "up", "--program", str(program), "--port", "0", *arguments)

    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert processes_in(program) == []
    assert not (program / ".box" / "box.json").exists()
    assert not list(program.glob(".box/environments/*"))
    return result.stderr


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    stderr = _refused(tmp_path / "none")

    assert stderr == f"there is no folder {tmp_path}/none: name the folder of a Pulumi program with --program\n"


def test_a_folder_without_a_program(tmp_path: Path) -> None:
    stderr = _refused(tmp_path)

    assert stderr == (f"Pulumi.yaml does not exist in {tmp_path}; name the folder of a Pulumi program with --program\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("\n\n1 / 0\n", "__main__.py failed: ZeroDivisionError: division by zero\n  at __main__.py:5\n"),
        ("def broken(:\n", "__main__.py failed: SyntaxError: invalid syntax (__main__.py, line 3)\n"),
        (
            "import missing_library\n",
            (
                "__main__.py failed: No module named 'missing_library'\n  at __main__.py:3\n"
                "The box runs the program with its own Python, which has the components already; install there the "
                f"missing library alone, by its name in requirements.txt:\n  {sys.executable} -m pip install NAME\n"
            ),
        ),
        (
            'aws.sns.SmsPreferences("texts")\n',
            (
                "the box cannot create aws:sns/smsPreferences:SmsPreferences ('texts'): "
                "add its creator to local/provisioner/creators.py\n"
            ),
        ),
    ],
    ids=["error", "syntax error", "missing library", "unknown resource"],
)
def test_a_program_that_fails(tmp_path: Path, code: str, problem: str) -> None:
    program = write_raw_program(tmp_path / "program")
    (program / "__main__.py").write_text(HEADER + code)

    assert _refused(program) == problem


def test_an_image_that_the_program_does_not_build(tmp_path: Path) -> None:
    stderr = _refused(write_raw_program(tmp_path / "program"))

    assert stderr == (
        "orders: runs the image raw:1, which is not built by the program; "
        "name the folder of its code with --service orders=PATH\n"
    )


def test_a_folder_for_a_service_that_there_is_not(tmp_path: Path) -> None:
    stderr = _refused(write_raw_program(tmp_path / "program"), "--service", f"refunds={tmp_path}")

    assert stderr == "--service refunds: the program has no such worker service; it has orders\n"


def test_requirements_that_cannot_be_installed(tmp_path: Path) -> None:
    program = write_raw_program(tmp_path / "program")
    (program / "requirements.txt").write_text("./missing\n")

    stderr = _refused(program, "--service", str(program))

    assert stderr.startswith(f"what {program} needs could not be installed:\n")
    assert stderr.endswith("Correct its requirements, or see to the network, and start the box again.\n")
    assert "./missing" in stderr
