"""Which Python runs a service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.checkout import WORKER_FOLDER
from local.errors import BoxError
from local.screen import Screen
from local.workers.service_python import service_python


def test_a_service_without_requirements_runs_with_the_boxs_own(tmp_path: Path) -> None:
    assert service_python(tmp_path, tmp_path / "environments", Screen()) == Path(sys.executable)


def test_this_projects_service_runs_with_the_boxs_own(tmp_path: Path) -> None:
    assert (WORKER_FOLDER / "pyproject.toml").exists()
    assert service_python(WORKER_FOLDER, tmp_path / "environments", Screen()) == Path(sys.executable)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_requirements_have_an_environment_that_is_kept_until_they_change(tmp_path: Path) -> None:
    service, environments = tmp_path / "service", tmp_path / "environments"
    service.mkdir()
    (service / "requirements.txt").write_text("python-stdnum>=2,<3\n")

    python = service_python(service, environments, Screen())

    shown = subprocess.run(
        [python, "-I", "-c", "import stdnum, worker_runtime; print(stdnum.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout).is_relative_to(environments)
    (python.parent / "kept").touch()
    assert service_python(service, environments, Screen()) == python
    assert (python.parent / "kept").exists()

    (service / "requirements.txt").write_text("python-stdnum>=2,<3\n./missing\n")
    with pytest.raises(BoxError) as error:
        service_python(service, environments, Screen())

    first, *said, last = str(error.value).splitlines()
    assert first == f"what {service} needs could not be installed:"
    assert any("./missing" in line for line in said)
    assert last == "Correct its requirements, or see to the network, and start the box again."
    assert list(environments.iterdir()) == []
