"""Rules of the folders that the import linter and ruff cannot say."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def own_files(*rooms: str) -> list[Path]:
    """The project's own modules: Git knows them from what tools leave beside them, such as a virtual environment."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *(f"{room}*.py" for room in rooms)]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in sorted(listed) if (ROOT / name).exists()]


COMPONENTS = own_files("components/__main__", "components/worker_service/")
MEASURED = own_files("components/", "worker/", "local/", "scripts/", "simulate/", "ops/", "__main__", "stack_config")
LINES_AT_MOST = 300
#: Pulumi's analyzer wants a component's inputs in one class: a row for each, and no code.
TABLES = [ROOT / "components/worker_service/service/inputs.py"]


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_components_read_neither_config_nor_environment(path: Path):
    tree = ast.parse(path.read_text())
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}

    assert not names & {"Config", "environ", "getenv"}
    assert "os" not in imports


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_components_can_be_analysed_by_pulumi(path: Path):
    """Pulumi's analyzer reads annotations at run time, so postponed ones break it."""
    tree = ast.parse(path.read_text())
    futures = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "__future__"]

    assert futures == []


@pytest.mark.parametrize(
    "path",
    [path for path in MEASURED if path not in TABLES],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_file_is_short_enough_to_be_read_at_once(path: Path):
    assert len(path.read_text().splitlines()) <= LINES_AT_MOST
