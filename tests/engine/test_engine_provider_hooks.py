"""What an explicit provider does and tells around a deployment, under the real engine: with its credentials alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.emulator import ADMIN_CREDENTIALS
from tests.support.ecs_cloud import EcsCloud, ecs_cloud
from tests.support.engine import copy_source, engine, needs_pulumi, use_the_tests_environment

pytestmark = [needs_pulumi, pytest.mark.slow]

PROGRAM = """
import pulumi
import pulumi_aws as aws

from worker_service import WorkerService

keys = pulumi.Config().require_object("keys")
there = aws.Provider("there", region="eu-west-1", access_key=keys["access"], secret_key=keys["secret"])
WorkerService(
    "orders",
    {
        "cluster_arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/workers",
        "vpc_id": "vpc-0a1b2c3d",
        "subnet_ids": ["subnet-0a1b2c3d"],
        "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker:1",
        "pre_deploy_command": ["python", "-m", "shop.migrate"],
    },
    pulumi.ResourceOptions(provider=there),
)
"""
KEYS = f"{{access: {ADMIN_CREDENTIALS['AWS_ACCESS_KEY_ID']}, secret: {ADMIN_CREDENTIALS['AWS_SECRET_ACCESS_KEY']}}}"


def program(directory: Path) -> Path:
    folder = directory / "program"
    folder.mkdir()
    copy_source("components", folder)
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    # The stack's own provider has no credentials: its profile is none.
    (folder / "Pulumi.dev.yaml").write_text(
        f"config: {{aws:region: ap-south-1, aws:profile: absent, shop:keys: {KEYS}}}\n"
    )
    use_the_tests_environment(folder)
    return folder


def environment_without_keys(cloud: EcsCloud) -> dict[str, str]:
    return {name: value for name, value in cloud.environment().items() if name not in ADMIN_CREDENTIALS}


def test_a_migration_and_the_truth_come_with_the_providers_own_credentials(tmp_path: Path) -> None:
    with ecs_cloud() as cloud, engine(tmp_path, environment_without_keys(cloud)) as running:
        cloud.log = ["table orders made"]
        stack = running.new_stack(program(tmp_path), "dev")
        preview = stack.preview()
        assert preview.exit_code == 0, preview.output
        assert cloud.started == []

        up = stack.up()

        assert up.exit_code == 0, up.output
        assert len(cloud.started) == 1
        assert "table orders made" in up.output
        assert "orders: revision 1 runs, 1 of 2 tasks healthy" in up.output
        assert ADMIN_CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in up.output
