"""Examples that need no story of their own: each comes up in the box, and its worker says what the README says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from local.box_state import read_state
from tests.support.box import copy_checkout, run_box, running_up, wait_until

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["private", "spot", "scale-to-zero", "two-services"])
def test_it_comes_up_and_does_what_its_readme_says(tmp_path: Path, name: str) -> None:
    readme = (EXAMPLES / name / "README.md").read_text()
    [(service, message)] = re.findall(rf"publish --program examples/{name} (--service \w+ )?'(.*)'", readme)
    said = re.findall(r"`([^`]*)`", readme[readme.index("The worker says") :])
    checkout = copy_checkout(tmp_path)
    program = Path(shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns(".box")))
    with running_up(checkout, "--port", "0", program=program):
        published = run_box(checkout, "publish", "--program", str(program), *service.split(), message)
        assert published.returncode == 0, published.stderr
        shown = checkout / "up.txt"
        for words in said:
            wait_until(lambda words=words: words in shown.read_text())
        _looks_as_it_should(name, program)


def _looks_as_it_should(name: str, program: Path) -> None:
    """What the example is there to show, in the emulator."""
    aws = read_state(program).aws()
    if name == "private":
        endpoints = aws.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        services = {endpoint["ServiceName"].split(".", 3)[3] for endpoint in endpoints}
        assert services == {"s3", "ecr.api", "ecr.dkr", "logs", "sqs", "sns"}
    if name == "spot":
        ecs = aws.client("ecs")
        [cluster] = ecs.list_clusters()["clusterArns"]
        [service] = ecs.list_services(cluster=cluster)["serviceArns"]
        [described] = ecs.describe_services(cluster=cluster, services=[service])["services"]
        definition = ecs.describe_task_definition(taskDefinition=described["taskDefinition"])["taskDefinition"]
        assert definition["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    if name == "scale-to-zero":
        scaling = aws.client("application-autoscaling")
        [bounds] = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        assert (bounds["MinCapacity"], bounds["MaxCapacity"]) == (0, 4)
