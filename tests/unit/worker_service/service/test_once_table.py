"""The table in which `@once` remembers, made where it is asked for, for the task role alone."""

from __future__ import annotations

import json

from tests.support.worker_service import container, deployed, document

TABLE = "aws:dynamodb/table:Table"


def variables(**args: object) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container(deployed(**args))["environment"]}


def test_there_is_no_table_unless_it_is_asked_for():
    assert deployed().all(TABLE) == []
    assert "ONCE_TABLE" not in variables()
    policy = document(deployed(), "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")
    assert "dynamodb" not in json.dumps(policy)


def test_the_table_is_as_the_runtime_takes_it():
    table = deployed(once_table=True, tags={"team": "shop"}).one(TABLE)

    assert table.inputs == {
        "attributes": [{"name": "key", "type": "S"}],
        "hashKey": "key",
        "billingMode": "PAY_PER_REQUEST",
        "ttl": {"attributeName": "forget_at", "enabled": True},
        "deletionProtectionEnabled": True,
        "tags": {"team": "shop"},
    }


def test_it_is_as_protected_as_the_queues():
    assert deployed(once_table=True).one(TABLE).protect is True
    unprotected = deployed(once_table=True, protect=False).one(TABLE)
    assert unprotected.protect is not True
    assert unprotected.inputs["deletionProtectionEnabled"] is False


def test_the_container_knows_its_name_and_the_task_role_may_write_to_it_alone():
    deployment = deployed(once_table=True)
    name = variables(once_table=True)["ONCE_TABLE"]

    assert variables(once_table=True)["ONCE_TABLE"] == name
    policy = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")
    [statement] = [each for each in policy["Statement"] if each["Sid"] == "RememberOnce"]
    assert statement == {
        "Sid": "RememberOnce",
        "Effect": "Allow",
        "Action": ["dynamodb:DeleteItem", "dynamodb:UpdateItem"],
        "Resource": f"arn:aws:dynamodb:eu-west-1:111122223333:table/{name}",
    }
