"""pulumi-worker-service, as a Pulumi program of one's own installs it."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.clean_environment import WAYS, CleanEnvironment, install
from tests.support.engine import engine, needs_pulumi
from tests.support.pulumi_about import required_plugins

pytestmark = pytest.mark.slow

PROJECT = """\
name: shop
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
"""
PROGRAM = """\
# pyright: strict
from worker_service import Architecture, TaskSize, WorkerService, WorkerServiceArgs

ARGS: WorkerServiceArgs = {
    "cluster_arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/main",
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a1b2c3d"],
    "image": "orders:7",
    "task_size": TaskSize.SMALL,
    "architecture": Architecture.ARM64,
    "environment": {"ORDER_CURRENCY": "EUR"},
}


def orders() -> WorkerService:
    return WorkerService("orders", ARGS)
"""
WRONG_ARGUMENTS = """\
# pyright: strict
from program import ARGS
from worker_service import WorkerService, WorkerServiceArgs

WorkerService("orders", {**ARGS, "max_count": "ten"})
WorkerService("orders", {**ARGS, "schedules": {"night": {"max_counts": 1}}})
args: WorkerServiceArgs = {**ARGS, "max_counts": 10}
WorkerService(7, ARGS)
"""
UNDER_MOCKS = """\
import pulumi

registered = []


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        registered.append(args.typ)
        return args.name, {**args.inputs, "arn": "arn:aws:x:eu-west-1:111122223333:" + args.name}

    def call(self, args):
        raise AssertionError(f"{args.token} was called")


pulumi.runtime.set_mocks(Mocks())


@pulumi.runtime.test
def build():
    from program import orders

    return orders().queue_name


build()
print(registered.count("workers:index:WorkerService"), registered.count("aws:sqs/queue:Queue"))
"""
METADATA = """\
from importlib.metadata import distribution
package = distribution("pulumi-worker-service")
print(package.version, package.metadata["License-Expression"], *sorted(package.requires), sep="\\n")
"""


@pytest.fixture(scope="module", params=WAYS)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    return install("components", request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a Pulumi program, what runs it without AWS, and what uses the component wrongly."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "under_mocks.py").write_text(UNDER_MOCKS)
    (tmp_path / "wrong.py").write_text(WRONG_ARGUMENTS)
    return tmp_path


def test_it_says_what_it_is_and_requires(environment: CleanEnvironment, tmp_path: Path) -> None:
    told = environment.run(tmp_path, "-c", METADATA)
    assert told.stdout.splitlines() == [
        "0.2.0",
        "MIT-0",
        "boto3<2,>=1.40",
        "pulumi-aws<8,>=7.51",
        "pulumi-awsx<4,>=3.11",
        "pulumi<4,>=3.272",
    ], told.stderr


def test_its_types_are_seen(environment: CleanEnvironment, program: Path) -> None:
    assert environment.type_errors(program / "program.py") == []
    assert environment.type_errors(program / "wrong.py") == [
        (5, "reportArgumentType"),
        (6, "reportArgumentType"),
        (7, "reportAssignmentType"),
        (8, "reportArgumentType"),
    ]


def test_a_worker_service_is_declared_under_mocks(environment: CleanEnvironment, program: Path) -> None:
    ran = environment.run(program, "under_mocks.py")
    assert (ran.returncode, ran.stdout) == (0, "1 2\n"), ran.stderr


@needs_pulumi
def test_pulumi_asks_for_no_provider_plugin_of_it(environment: CleanEnvironment, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "__main__.py").write_text("import worker_service\n")
    (tmp_path / ".venv").symlink_to(environment.python.parents[1])
    with engine(tmp_path) as running:
        assert required_plugins(tmp_path, running.environment) == {"aws", "awsx", "docker", "docker-build"}


def test_the_wheel_holds_the_package_and_what_pulumi_looks_for_and_nothing_else(environment: CleanEnvironment) -> None:
    files = set(environment.wheel_files())
    package = {name for name in files if name.startswith("worker_service/")}
    metadata = {name for name in files if name.startswith("pulumi_worker_service-0.2.0.dist-info/")}

    assert files - package - metadata == {
        "pulumi_worker_service/__init__.py",
        "pulumi_worker_service/pulumi-plugin.json",
    }
    assert {name for name in package if not name.endswith(".py")} == {"worker_service/py.typed"}
    assert "pulumi_worker_service-0.2.0.dist-info/licenses/LICENSE" in metadata
