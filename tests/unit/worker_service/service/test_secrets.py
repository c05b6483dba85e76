"""Secrets: variables by their ARNs, and an execution role that reads exactly those."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.support.deploy import deploy
from tests.support.worker_service import container, deployed, document, problems_of, worker_service

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:smtp-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/sender"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
ARN = "an ARN of Secrets Manager, with :JSON-KEY:: behind it or not, or of an SSM parameter"
OTHERS = ("WriteLog", "PullImage", "LogInToRegistry")
SECRETS = {"SMTP_PASSWORD": f"{SECRET}:password::", "SMTP_USER": f"{SECRET}:user::", "SENDER": PARAMETER}


def test_the_container_names_them_and_holds_no_value():
    assert container(deployed(secrets=SECRETS))["secrets"] == [
        {"name": "SENDER", "valueFrom": PARAMETER},
        {"name": "SMTP_PASSWORD", "valueFrom": f"{SECRET}:password::"},
        {"name": "SMTP_USER", "valueFrom": f"{SECRET}:user::"},
    ]
    assert "secrets" not in container(deployed())


def test_the_execution_role_reads_exactly_them_and_the_task_role_none():
    deployment = deployed(secrets=SECRETS, secret_kms_key_arns=[KEY])
    executing = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy")["Statement"]
    working = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")["Statement"]

    assert [statement for statement in executing if statement["Sid"] not in OTHERS] == [
        {"Sid": "ReadSecrets", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": [SECRET]},
        {"Sid": "ReadParameters", "Effect": "Allow", "Action": "ssm:GetParameters", "Resource": [PARAMETER]},
        {"Sid": "DecryptSecrets", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": [KEY]},
    ]
    assert not [statement for statement in working if "Secret" in statement["Sid"] or "Parameter" in statement["Sid"]]


@pytest.mark.parametrize(
    "args",
    [
        {"sidecars": {"agent": {"image": "agent:1", "secrets": {"KEY": SECRET}}}},
        {"log_router": {"secrets": {"KEY": SECRET}}},
        {"open_telemetry": {"endpoint": "https://otlp.example.com", "header_secrets": {"api-key": SECRET}}},
    ],
)
def test_keys_may_be_of_any_containers_secrets(args: dict[str, Any]):
    deployment = deployed(**args, secret_kms_key_arns=[KEY])
    executing = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy")["Statement"]

    assert [statement["Resource"] for statement in executing if statement["Sid"] == "DecryptSecrets"] == [[KEY]]


def test_a_key_that_the_program_makes_may_be_given():
    def build() -> None:
        worker_service(secrets=SECRETS, secret_kms_key_arns=[pulumi.Output.from_input(KEY)])

    executing = document(deploy(build), "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy")["Statement"]

    assert executing[-1]["Resource"] == [KEY]


@pytest.mark.parametrize("arn", [SECRET, f"{SECRET}:password::", f"{SECRET}::AWSPREVIOUS:", PARAMETER])
def test_what_is_taken_for_a_secret(arn: str):
    deployed(secrets={"PASSWORD": arn})


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        (
            {"secrets": {"PASS WORD": SECRET, "TOKEN": "hunter2"}},
            [
                "secrets key: 'PASS WORD' is not a name of letters, digits and _ . -",
                f"secrets.TOKEN: 'hunter2' is not {ARN}",
            ],
        ),
        (
            {"secrets": {"TOKEN": SECRET}, "environment": {"TOKEN": "x"}},
            ["secrets.TOKEN: stands in environment too; leave out the one or the other"],
        ),
        (
            {"secrets": {"QUEUE_URI": SECRET}},
            ["secrets: QUEUE_URI is set by the service itself; choose another name"],
        ),
        (
            {"log_router": {"secrets": {"TOKEN": SECRET}, "environment": {"TOKEN": "x"}}},
            ["log_router.secrets.TOKEN: stands in environment too; leave out the one or the other"],
        ),
        ({"secret_kms_key_arns": [KEY]}, ["secret_kms_key_arns: goes with secrets"]),
    ],
)
def test_what_is_refused(args: dict[str, Any], problems: list[str]):
    assert problems_of(**args) == problems
