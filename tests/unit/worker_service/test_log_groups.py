"""Log groups take a key of the user's, and names under a prefix; without one CloudWatch encrypts with its own."""

import json
from typing import Any, cast

import pytest

from tests.support.deploy import deploy
from tests.support.everything import everything
from tests.support.pipelines import GIT, STAGING, pipeline
from tests.support.worker_service import deployed, problems_of
from worker_service import DeployRole

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1a2b"


def test_every_log_group_takes_the_key():
    for deployment in (deployed(log_kms_key_arn=KEY_ARN), pipeline(GIT, log_kms_key_arn=KEY_ARN)):
        assert {group.inputs["kmsKeyId"] for group in deployment.all(LOG_GROUP)} == {KEY_ARN}


def test_without_a_key_none_is_named():
    for deployment in (deployed(), pipeline(GIT)):
        assert [group.name for group in deployment.all(LOG_GROUP) if "kmsKeyId" in group.inputs] == []


def test_every_log_group_is_named_under_the_prefix(service_folder: None):
    deployment = deploy(lambda: everything("acme", log_group_prefix="/acme/shop"))
    names = [group.inputs.get("name") for group in deployment.all(LOG_GROUP)]

    assert names == [f"/acme/shop/{group.name}" for group in deployment.all(LOG_GROUP)]
    assert {"/acme/shop/acme-orders-log-group", "/acme/shop/acme-flow-logs", "/acme/shop/acme-exec-sessions"} < set(
        names
    )
    assert "/acme/shop/acme-built-build-log-group" in names


def test_without_a_prefix_pulumi_names_them():
    for deployment in (deployed(), pipeline(GIT)):
        assert [group.name for group in deployment.all(LOG_GROUP) if "name" in group.inputs] == []


@pytest.mark.parametrize("prefix", ["/acme/shop/", "a b", "", "/"])
def test_what_is_no_beginning_of_a_name_is_refused(prefix: str):
    [problem] = problems_of(log_group_prefix=prefix)

    assert problem == f"log_group_prefix: {prefix!r} is not the beginning of log groups' names such as /acme/shop"


def test_an_existing_group_has_a_name():
    arn = "arn:aws:logs:eu-west-1:111122223333:log-group:live"
    assert problems_of(log_group_arn=arn, log_group_prefix="/acme") == [
        "log_group_prefix: is for a log group made here, and log_group_arn names an existing one"
    ]


def test_the_deploy_role_reaches_groups_under_the_prefix_alone():
    args = {
        "pipeline_account_id": "111122223333",
        "pipeline_region": "eu-west-1",
        "target": STAGING,
        "log_group_prefix": "/acme/shop",
    }
    deployment = deploy(lambda: DeployRole("deploy", cast("Any", args)))
    policy = json.loads(deployment.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    [groups] = [statement for statement in policy["Statement"] if statement["Sid"] == "LogGroups"]

    assert groups["Resource"] == [
        f"arn:aws:logs:eu-west-1:222233334444:log-group:/acme/shop/{name}-*" for name in ("environment", "worker")
    ]
