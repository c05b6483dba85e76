"""examples/two-accounts in the emulator: the pipeline in one account, and a role in each account that it deploys to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.emulator.account import ACCOUNT_ID, root_credentials
from local.provisioner import provision
from worker_program.program import read_program

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-accounts"


def roles_of(aws: Aws) -> dict[str, Any]:
    return {role["RoleName"]: role for role in aws.client("iam").list_roles()["Roles"]}


def test_the_pipeline_and_the_roles_lie_in_their_own_accounts() -> None:
    program = read_program(EXAMPLE, "dev")
    with Emulator() as emulator:
        tools = Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)
        exports = provision(
            program.main,
            project=program.project,
            stack=program.stack,
            config=program.config,
            aws=tools,
            on_created=lambda _created: None,
        ).exports
        name = exports["pipeline_arn"].rsplit(":", 1)[-1]
        pipeline = tools.client("codepipeline").get_pipeline(name=name)["pipeline"]
        assert [stage["name"] for stage in pipeline["stages"]] == [
            "Source",
            "Build",
            "Deploy-staging",
            "Deploy-production",
        ]
        assert "shop-deploy" not in roles_of(tools)
        for stack, account in (("staging", "222233334444"), ("production", "333344445555")):
            role = roles_of(Aws(emulator.endpoint_url, "eu-west-1", root_credentials(account)))["shop-deploy"]
            [statement] = role["AssumeRolePolicyDocument"]["Statement"]
            assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}
            [trusted] = statement["Condition"]["ArnLike"].values()
            assert trusted == f"arn:aws:iam::{ACCOUNT_ID}:role/shop-{stack}-deploy-role-???????"
