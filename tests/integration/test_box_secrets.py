"""The values of a task's secrets, read as its execution role: what there is, what is missing, what it may not read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.errors import BoxError
from local.workers.task_secrets import read_environment_files, read_secrets

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Stores:
    """Two stores with something in them, and roles that may read."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.admin = Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)
        secrets, ssm = self.admin.client("secretsmanager"), self.admin.client("ssm")
        self.json = secrets.create_secret(Name="smtp", SecretString='{"password": "p", "port": 25}')["ARN"]
        self.text = secrets.create_secret(Name="token", SecretString="t")["ARN"]
        ssm.put_parameter(Name="/shop/sender", Value="ada@example.com", Type="SecureString")
        self.parameter = ssm.get_parameter(Name="/shop/sender")["Parameter"]["ARN"]

    def as_role(self, *actions: str) -> Aws:
        """The account as a role that may do these."""
        iam = self.admin.client("iam")
        name = "-".join(action.replace(":", "-") for action in actions) or "nothing"
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=document)
        credentials = self._emulator.task_credentials(role["Arn"])
        return Aws(self._emulator.endpoint_url, "eu-west-1", credentials)


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with Emulator() as emulator:
        yield Stores(emulator)


def named(**arns: str) -> list[dict[str, Any]]:
    return [{"name": name, "valueFrom": arn} for name, arn in arns.items()]


def test_whole_secrets_fields_and_parameters_are_read(stores: Stores) -> None:
    aws = stores.as_role("secretsmanager:GetSecretValue", "ssm:GetParameters")
    values = read_secrets(
        aws,
        "mailer",
        named(
            PASSWORD=f"{stores.json}:password::",
            PORT=f"{stores.json}:port::",
            TOKEN=stores.text,
            SENDER=stores.parameter,
        ),
    )

    assert values == {"PASSWORD": "p", "PORT": "25", "TOKEN": "t", "SENDER": "ada@example.com"}


def test_all_that_cannot_be_read_is_named_at_once(stores: Stores) -> None:
    aws = stores.as_role("secretsmanager:GetSecretValue")
    with pytest.raises(BoxError) as refused:
        read_secrets(
            aws,
            "mailer",
            named(
                FIELD=f"{stores.json}:passwort::",
                NO_JSON=f"{stores.text}:field::",
                GONE=stores.text.replace("token", "gone"),
                DENIED=stores.parameter,
            ),
        )

    first, *problems, next_step = str(refused.value).splitlines()
    assert next_step.strip().startswith("next:")
    assert first == "mailer: no task could start:"
    assert [problem.split(":", 1)[0].strip() for problem in problems] == ["FIELD", "NO_JSON", "GONE", "DENIED"]
    assert problems[0].endswith("cannot be read: it has no field 'passwort'")
    assert "ResourceNotFoundException" in problems[2]
    assert "AccessDeniedException" in problems[3]


def test_environment_files_are_read_and_the_first_says_what_holds(stores: Stores) -> None:
    s3 = stores.admin.client("s3")
    s3.create_bucket(Bucket="settings", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="settings", Key="a.env", Body=b"# of all\nCOLOUR=red\nURL=https://a/?b=c\n\nnothing\n")
    s3.put_object(Bucket="settings", Key="b.env", Body=b"COLOUR=blue\nSIZE=7\n")
    files = ["arn:aws:s3:::settings/a.env", "arn:aws:s3:::settings/b.env"]

    read = read_environment_files(stores.as_role("s3:GetObject"), "mailer", files)
    assert read == {"COLOUR": "red", "URL": "https://a/?b=c", "SIZE": "7"}
    with pytest.raises(BoxError) as refused:
        read_environment_files(stores.as_role(), "mailer", [*files, "arn:aws:s3:::settings/c.env"])
    assert str(refused.value).count("cannot be read: AccessDenied") == 3
