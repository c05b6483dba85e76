"""The wheels that `make dist` builds: what is in them, and nothing that a tool left behind in the folder."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.clean_environment import WAYS, copy_of

pytestmark = pytest.mark.slow

#: Of each distribution its import package, and what stands beside it but the packages of the program `workers`.
WHEELS = {
    "components": (
        "worker_service",
        {"pulumi_worker_service/__init__.py", "pulumi_worker_service/pulumi-plugin.json"},
    ),
    "worker": ("worker_runtime", set[str]()),
}
WORKERS = {"components": {"worker_ops", "worker_program", "worker_simulate"}, "worker": set[str]()}


@pytest.mark.parametrize("folder", WHEELS)
def test_a_wheel_holds_its_package_typed_and_licensed_and_nothing_else(folder: str, tmp_path: Path) -> None:
    package, beside = WHEELS[folder]
    source = copy_of(folder, tmp_path)
    # `pulumi package add` makes one.
    (source / ".venv" / package).mkdir(parents=True)
    (source / ".venv" / package / "__init__.py").write_text("")

    with ZipFile(WAYS["wheel"](source)) as wheel:
        files = {name.partition("/")[::2] for name in wheel.namelist()}

    inside = {name for first, name in files if first == package}
    (metadata,) = {first for first, _ in files if first.endswith(".dist-info")}
    assert WORKERS[folder] <= {first for first, _ in files}
    known = {package, metadata, *WORKERS[folder]}
    assert {f"{first}/{name}" for first, name in files if first not in known} == beside
    assert {name for name in inside if not name.endswith(".py")} == {"py.typed"}
    assert (metadata, "licenses/LICENSE") in files
