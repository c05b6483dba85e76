"""worker-service-runtime, as a service's own repository installs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clean_environment import WAYS, CleanEnvironment, code_of_readme, install

pytestmark = pytest.mark.slow

HANDLER_TEST = """\
# pyright: strict
from shop import handle
from worker_runtime import Message
from worker_runtime.testing import run_handler

outcomes = run_handler(handle, '{"order_id": 1}', "{}", Message("no JSON", receive_count=2))
assert [outcome.action for outcome in outcomes] == ["acknowledged", "rejected", "rejected"]
assert outcomes[1].reason == "an order needs an order_id"
"""
WRONG_CALLS = """\
# pyright: strict
from worker_runtime import Message, Reject
from worker_runtime.testing import run_handler

run_handler(len, 7)
Message("tea", receive_count="2")
Reject(404)
"""
METADATA = """\
from importlib.metadata import distribution
package = distribution("worker-service-runtime")
print(package.version, package.metadata["License-Expression"], package.requires)
print({file.parts[0] for file in package.files if file.suffix == ".py"})
"""


@pytest.fixture(scope="module", params=WAYS)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    return install("worker", request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A folder with the README's handler, what tests it, and what uses the runtime wrongly."""
    (tmp_path / "shop.py").write_text(code_of_readme("worker"))
    (tmp_path / "shop_test.py").write_text(HANDLER_TEST)
    (tmp_path / "wrong.py").write_text(WRONG_CALLS)
    return tmp_path


def test_it_brings_the_runtime_alone_and_requires_boto3_alone(environment: CleanEnvironment, tmp_path: Path) -> None:
    told = environment.run(tmp_path, "-c", METADATA)
    assert told.stdout.splitlines() == ["0.2.0 MIT-0 ['boto3<2,>=1.40']", "{'worker_runtime'}"], told.stderr


def test_a_handler_is_tested_with_it(environment: CleanEnvironment, service: Path) -> None:
    ran = environment.run(service, "shop_test.py")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "shipped 1\n", "")


def test_its_types_are_seen(environment: CleanEnvironment, service: Path) -> None:
    assert environment.type_errors(service / "shop_test.py") == []
    assert environment.type_errors(service / "wrong.py") == [
        (5, "reportArgumentType"),
        (6, "reportArgumentType"),
        (7, "reportArgumentType"),
    ]


def test_the_worker_refuses_an_environment_without_settings(environment: CleanEnvironment, tmp_path: Path) -> None:
    ran = environment.run(tmp_path, "-m", "worker_runtime")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "The worker cannot start: 4 problems.\n"
        "  - QUEUE_NAME: required, a queue's name (1 to 80 letters, digits, - and _, and .fifo)\n"
        "  - QUEUE_URI: required, the queue's URL (https://sqs.REGION.amazonaws.com/ACCOUNT/NAME)\n"
        "  - QUEUE_REGION: required, an AWS region such as eu-west-1\n"
        "  - WORKER_HANDLER: required, a dotted path such as package.module.function\n"
    )


def test_the_health_check_finds_no_worker(environment: CleanEnvironment, tmp_path: Path) -> None:
    ran = environment.run(tmp_path, "-m", "worker_runtime.health", WORKER_HEALTH_DIRECTORY="health")
    assert (ran.returncode, ran.stdout) == (1, "no worker keeps a file in health\n")
