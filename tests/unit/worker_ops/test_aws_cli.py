"""`workers aws`: the AWS CLI is told where the place is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from worker_ops.account import Account
from worker_ops.commands.aws_cli import run_aws_cli
from worker_ops.errors import OpsError


def test_a_box_gets_its_own_endpoint_and_credentials_and_nothing_of_the_users() -> None:
    account = Account(
        region="eu-west-1",
        endpoint_url="http://127.0.0.1:4566",
        credentials={"aws_access_key_id": "id", "aws_secret_access_key": "key"},
    )

    assert account.cli_options == ["--endpoint-url", "http://127.0.0.1:4566", "--region", "eu-west-1"]
    assert account.cli_environment({"HOME": "/home/ada", "AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "real"}) == {
        "HOME": "/home/ada",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
    }


def test_a_deployed_place_keeps_the_users_settings() -> None:
    account = Account(region="eu-west-1")

    assert account.cli_options == ["--region", "eu-west-1"]
    assert account.cli_environment({"AWS_SESSION_TOKEN": "real"}) == {"AWS_SESSION_TOKEN": "real"}


def test_it_runs_with_what_is_typed_after_them_and_its_exit_code_is_the_commands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "aws"
    program.write_text('#!/bin/sh\necho "$@"\nexit 7\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))

    code = run_aws_cli(Account(region="eu-west-1"), ["sqs", "list-queues"])

    assert (code, capfd.readouterr().out) == (7, "--region eu-west-1 sqs list-queues\n")


def test_its_absence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(OpsError, match="the AWS CLI is not on PATH: install it"):
        run_aws_cli(Account(region="eu-west-1"), ["sqs", "list-queues"])
