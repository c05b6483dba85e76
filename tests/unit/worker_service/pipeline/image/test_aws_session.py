"""Which settings of the stack's provider the image build follows, and which it refuses."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from tests.support.deploy import deploy
from tests.support.pipelines import GIT
from worker_service import PipelineComponent
from worker_service.aws_session import HARMLESS, HONOURED, REFUSED, aws_session, session_problems


def camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def test_every_setting_of_the_provider_is_followed_harmless_or_refused():
    settings = {camel_case(name) for name in inspect.signature(aws.ProviderArgs.__init__).parameters}

    assert settings - {"_Self", "_self", "__self__", "_Self__"} - {camel_case("__self__")} == {
        *HONOURED,
        *HARMLESS,
        *REFUSED,
    }
    assert len(HONOURED) + len(HARMLESS) + len(REFUSED) == len({*HONOURED, *HARMLESS, *REFUSED})


@pytest.mark.parametrize("key", REFUSED)
def test_what_the_build_cannot_follow_is_refused_by_name(key: str):
    [problem] = session_problems({key: "something"}.get)

    assert problem.startswith(f"aws:{key}: the image build cannot follow it")


@pytest.mark.parametrize("value", [None, "", "false", False, "[]", []])
def test_a_setting_that_is_off_is_none(value: Any):
    assert session_problems({"insecure": value, "endpoints": value}.get) == []


def test_of_several_files_none_is_left_unread_in_silence():
    files = json.dumps(["a", "b"])

    assert session_problems({"sharedConfigFiles": files}.get) == [
        "aws:sharedConfigFiles: the image build reads one file, and these are 2"
    ]


def test_keys_come_before_a_profile():
    session = aws_session({"accessKey": "AKIA", "secretKey": "s", "token": "t", "profile": "absent"}.get, "eu-west-1")
    credentials = session.get_credentials()

    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("AKIA", "s", "t")


@pytest.mark.parametrize(("key", "variable"), [("sharedConfigFiles", "config"), ("sharedCredentialsFiles", "creds")])
def test_a_profile_is_looked_up_in_the_stacks_own_file(key: str, variable: str, tmp_path):
    section = "[profile other]" if variable == "config" else "[other]"
    file = tmp_path / variable
    file.write_text(f"{section}\naws_access_key_id = AKIA\naws_secret_access_key = s\n")
    session = aws_session({key: json.dumps([str(file)]), "profile": "other"}.get, "eu-west-1")
    credentials = session.get_credentials()

    assert credentials is not None
    assert credentials.access_key == "AKIA"


def with_provider(args: dict[str, Any]) -> None:
    provider = aws.Provider("other", region="eu-west-1")
    PipelineComponent("orders", args, pulumi.ResourceOptions(providers=[provider]))  # type: ignore[arg-type]


def test_an_explicit_provider_is_taken_by_a_pipeline():
    assert deploy(lambda: with_provider(GIT)).one("aws:codepipeline/pipeline:Pipeline").provider
