"""pulumi-worker-service, as somebody else's Pulumi program installs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clean_environment import ROOT, WAYS, CleanEnvironment, code_of_readme, install
from tests.support.engine import engine, needs_pulumi
from tests.support.pulumi_about import required_plugins

pytestmark = pytest.mark.slow

WRONG_CALLS = """\
# pyright: strict
from worker_service import WorkerService

WorkerService("orders", {"handler": 7})
WorkerService("orders", {"handlr": "app.orders.handle"})
"""
DEPLOY = """\
import runpy
from tests.support.deploy import deploy

deployment = deploy(lambda: runpy.run_path("program.py") and None)
print(deployment.one("workers:index:WorkerService").name, len(deployment.all("aws:sqs/queue:Queue")))
"""
PROJECT = """\
name: shop
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
"""
METADATA = """\
from importlib.metadata import distribution
package = distribution("pulumi-worker-service")
print(package.version, package.metadata["License-Expression"])
required = [requirement for requirement in package.requires if "extra ==" not in requirement]
print(sorted(requirement.partition(">")[0].partition("<")[0] for requirement in required))
print(sorted({file.parts[0] for file in package.files if file.suffix == ".py"}))
"""


@pytest.fixture(scope="module", params=WAYS)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    return install("components", request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with the README's program, and one that is wrong."""
    (tmp_path / "program.py").write_text(code_of_readme("components"))
    (tmp_path / "wrong.py").write_text(WRONG_CALLS)
    return tmp_path


def test_it_brings_the_components_and_what_they_require(environment: CleanEnvironment, tmp_path: Path) -> None:
    told = environment.run(tmp_path, "-c", METADATA)
    assert told.stdout.splitlines() == [
        "0.2.0 MIT-0",
        "['boto3', 'jmespath', 'pulumi', 'pulumi-aws', 'pulumi-awsx', 'rich', 'typer']",
        # The first one tells Pulumi that there is no provider plugin of that name.
        "['pulumi_worker_service', 'worker_ops', 'worker_program', 'worker_service', 'worker_simulate']",
    ], told.stderr


def test_a_program_builds_a_worker_service_with_it(environment: CleanEnvironment, program: Path) -> None:
    """Under the project's mocks, which need Pulumi alone."""
    ran = environment.run(program, "-c", DEPLOY, PYTHONPATH=str(ROOT))
    assert (ran.returncode, ran.stdout) == (0, "orders 2\n"), ran.stderr


def test_its_types_are_seen(environment: CleanEnvironment, program: Path) -> None:
    assert environment.type_errors(program / "program.py") == []
    assert environment.type_errors(program / "wrong.py") == [(4, "reportArgumentType"), (5, "reportArgumentType")]


def test_without_its_extra_simulating_says_what_to_install(environment: CleanEnvironment, tmp_path: Path) -> None:
    ran = environment.run(tmp_path, "-m", "worker_ops", "simulate", "spike", "100")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "simulating needs numpy: pip install 'pulumi-worker-service[simulate]'\n"


def test_with_its_extra_a_program_is_simulated_without_a_checkout(tmp_path: Path) -> None:
    environment = install("components", "folder", tmp_path / "installed", extra="simulate")
    program = tmp_path / "program"
    program.mkdir()
    (program / "__main__.py").write_text(code_of_readme("components"))
    (program / "Pulumi.yaml").write_text(PROJECT)
    (program / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")

    ran = environment.run(
        program, "-m", "worker_ops", "simulate", "spike", "100", "--seeds", "1", "--plot", "spike.png"
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("100 messages at once: drained in ")
    assert (program / "spike.png").stat().st_size > 0


@needs_pulumi
def test_pulumi_asks_for_no_provider_plugin_of_it(environment: CleanEnvironment, program: Path) -> None:
    (program / "Pulumi.yaml").write_text(PROJECT)
    (program / ".venv").symlink_to(environment.python.parents[1])
    with engine(program) as running:
        assert required_plugins(program, running.environment) == {"aws", "awsx", "docker", "docker-build"}
