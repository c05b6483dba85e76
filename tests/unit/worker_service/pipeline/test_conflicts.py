"""What PipelineComponent refuses: every problem at once, with name, value and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.deploy import deploy
from worker_service import PipelineComponent, PipelineComponentArgs
from worker_service.pipeline.inputs import PIPELINE_ROWS

GIT: dict[str, Any] = {
    "source": "connection",
    "connection_arn": "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1a2b",
    "repository_id": "example/orders",
    "environment_account_ids": ["333344445555"],
}
TARGET: dict[str, Any] = {
    "stack": "example/worker-service/prod",
    "account_id": "333344445555",
    "region": "eu-west-1",
    "deploy_role": "worker-deploy",
}
BACKEND: dict[str, Any] = {
    "state_backend_url": "https://api.pulumi.com",
    "access_token_secret_arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:pulumi-a1b2c3",
}
FOLDER = "a relative path of letters, digits, '.', '_', '-' and '/' that stays inside the repository"


def problems_of(name: str = "orders", **args: Any) -> list[str]:
    with pytest.raises(ValueError, match=f"^PipelineComponent '{name}' has invalid arguments:") as refused:
        deploy(lambda: PipelineComponent(name, cast("PipelineComponentArgs", args)))
    return [line.strip() for line in str(refused.value).splitlines()[1:]]


def test_what_cannot_be_built_is_refused_at_once_with_everything_else(program: Path):
    (program / "service" / "link").symlink_to("/etc/hosts")
    (program / "service" / ".dockerignore").write_text("a[\n")

    assert problems_of(source="directory", service_dir="service", branch="release") == [
        "branch: has no meaning with source directory; leave it out",
        "service_dir: .dockerignore, line 1: 'a[' is not a pattern",
        (
            "service_dir: 'link' is a link to '/etc/hosts', out of the folder: the build cannot follow it;"
            " put a copy there, or list the link in .dockerignore"
        ),
    ]


def test_every_problem_is_told_at_once():
    wrong = {**TARGET, "account_id": "12345", "regoin": "eu-west-1"}
    assert problems_of(
        source="connection",
        connection_arn="arn:aws:codeconnections:eu-west-1:1:connection/x",
        repository_id="orders",
        environment_account_ids=["111122223333", "1111"],
        targets=[wrong],
        keep_images=0,
    ) == [
        "environment_account_ids[1]: '1111' is not an AWS account id of 12 digits, in quotes",
        (
            "connection_arn: 'arn:aws:codeconnections:eu-west-1:1:conn'... (48 characters) is not a connection's ARN"
            " such as arn:aws:codeconnections:eu-west-1:111122223333:connection/1234abcd-12ab-34cd"
        ),
        "repository_id: 'orders' is not a repository's id such as owner/repository",
        "targets[0].regoin: unknown; did you mean region?",
        "targets[0].account_id: '12345' is not an AWS account id of 12 digits, in quotes",
        "keep_images: 0 is not a whole number from 1 to 1000",
    ]


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        ({"source": "git"}, ["source: 'git' is not one of directory, connection, s3"]),
        ({}, ["source: required"]),
        (
            {"source": "connection"},
            [
                "connection_arn: required with source connection",
                "repository_id: required with source connection",
            ],
        ),
        ({**GIT, "service_dir": "../secrets"}, [f"service_dir: '../secrets' is not {FOLDER}"]),
        ({**GIT, "service_dir": "/etc"}, [f"service_dir: '/etc' is not {FOLDER}"]),
        ({**GIT, "dockerfile": "a/../../b"}, [f"dockerfile: 'a/../../b' is not {FOLDER}"]),
        *(
            ({**GIT, "service_dir": folder}, [f"service_dir: {folder!r} is not {FOLDER}"])
            for folder in ("./worker", "worker/.", "worker/./x", "-", "-x", "..", "wörker")
        ),
        ({**GIT, "unit_test_command": " "}, ["unit_test_command: ' ' is not a shell command of 1 to 2000 characters"]),
        ({**GIT, "branch": "a b"}, ["branch: 'a b' is not a branch's name such as main"]),
        (
            {"source": "directory", "service_dir": "absent"},
            ["service_dir: 'absent' is not a folder beside Pulumi.yaml"],
        ),
        (
            {"source": "directory", "service_dir": "service", "dockerfile": "Containerfile"},
            ["dockerfile: 'Containerfile' is not a file in 'service'"],
        ),
        (
            {"source": "directory", "service_dir": "service", "targets": [TARGET], **BACKEND},
            [
                "targets: has no meaning with source directory; leave it out",
                "state_backend_url: has no meaning with source directory; leave it out",
                "access_token_secret_arn: has no meaning with source directory; leave it out",
            ],
        ),
        (
            {"source": "s3", "repository_id": "example/orders"},
            ["repository_id: has no meaning with source s3; leave it out"],
        ),
        (
            {**GIT, "targets": [TARGET]},
            ["state_backend_url: required to run `pulumi up` for the targets"],
        ),
        (
            {**GIT, **BACKEND, "targets": [TARGET, {**TARGET, "stack": "other/prod", "deploy_role": "other"}]},
            ["targets: stack 'prod' stands 2 times; give each stack one target"],
        ),
        (
            {**GIT, **BACKEND, "targets": [TARGET, {**TARGET, "stack": "beta"}]},
            ["targets: deploy_role 'worker-deploy' in 333344445555 stands 2 times; give each target a role of its own"],
        ),
        (
            {**GIT, **BACKEND, "targets": [{**TARGET, "account_id": "222233334444"}]},
            [
                (
                    "targets[0].account_id: '222233334444' may not pull the image: it is neither the connection's"
                    " account 111122223333 nor in environment_account_ids"
                )
            ],
        ),
        (
            {**GIT, **BACKEND, "targets": [{"stack": "prod"}]},
            [
                "targets[0].account_id: required",
                "targets[0].deploy_role: required",
            ],
        ),
        (
            {**GIT, **BACKEND, "targets": [{key: TARGET[key] for key in ("stack", "account_id", "deploy_role")}]},
            ["targets[0].region: required"],
        ),
        (
            {**GIT, "targets": [{**TARGET, "ecs_service": "cluster/service", "test_command": "true"}]},
            [
                "targets[0].region: ecs_service is deployed in the pipeline's own region; leave it out",
                "targets[0].test_command: runs after `pulumi up`; leave it out with ecs_service",
            ],
        ),
        (
            {**GIT, **BACKEND, "targets": [{**TARGET, "stack": "production-in-frankfurt"}]},
            [
                (
                    "targets[0].stack: 'production-in-frankfurt' is not a stack's name such as"
                    " organization/project/stack, whose last part has 1 to 20 letters, digits, - and _"
                )
            ],
        ),
        (
            {**GIT, "targets": [TARGET], "state_backend_url": "https://api.pulumi.com"},
            ["access_token_secret_arn: required with an https backend"],
        ),
        (
            {**GIT, "targets": [TARGET], "state_backend_url": "s3://state"},
            ["secrets_provider: an s3 backend has no default; give passphrase or awskms:///KEY_ARN"],
        ),
        (
            {**GIT, "targets": [TARGET], "state_backend_url": "s3://state", "secrets_provider": "passphrase"},
            ["passphrase_secret_arn: required with secrets_provider passphrase"],
        ),
        (
            {
                **GIT,
                "notification_email": "team@example.com",
                "notification_topic_arn": "arn:aws:sns:eu-west-1:111122223333:alerts",
            },
            ["notification_topic_arn, notification_email: give one of them"],
        ),
        (
            {**GIT, "notification_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/9f9f"},
            ["notification_key_arn: is the key of notification_topic_arn; give that too, or leave it out"],
        ),
        ({**GIT, "notification_email": "team"}, ["notification_email: 'team' is not an e-mail address"]),
        (
            {**GIT, "targets": {"stack": "prod"}},
            [f"targets: {{'stack': 'prod'}} is not {PIPELINE_ROWS['targets'].rule}"],
        ),
        ({**GIT, "targets": ["prod"]}, ["targets[0]: 'prod' is not a map with stack, account_id, deploy_role"]),
    ],
)
def test_a_problem_is_named_with_what_is_allowed(args: dict[str, Any], problems: list[str]):
    assert problems_of(**args) == problems


def test_more_targets_than_a_pipeline_has_stages_for_are_refused():
    targets = [{**TARGET, "stack": f"s{number}"} for number in range(49)]

    assert problems_of(**GIT, **BACKEND, targets=targets) == ["targets: 49 items are not 0 to 48"]


def test_a_name_that_iam_has_no_room_for_is_refused():
    [problem] = problems_of(name="a-pipeline-with-a-long-name", **GIT)

    assert problem.startswith("name: 'a-pipeline-with-a-long-name' is not 1 to 20 letters, digits and single hyphens")


@pytest.mark.parametrize("name", ["orders-", "or--ders"])
def test_a_name_that_ecr_does_not_take_is_refused(name: str):
    assert len(problems_of(name=name, **GIT)) == 1


def test_the_longest_names_fit_into_iams_64_characters():
    longest = {**TARGET, "stack": "example/worker-service/" + "s" * 20}
    args = cast("PipelineComponentArgs", {**GIT, **BACKEND, "targets": [longest]})
    deployment = deploy(lambda: PipelineComponent("n" * 20, args))
    random_characters = len("-1234567")

    roles = [resource.name for resource in deployment.all("aws:iam/role:Role")]
    assert max(map(len, roles)) + random_characters <= 64


def test_a_target_in_the_connections_own_account_needs_no_leave_to_pull():
    args = {**GIT, **BACKEND, "environment_account_ids": [], "targets": [{**TARGET, "account_id": "111122223333"}]}

    deployment = deploy(lambda: PipelineComponent("orders", cast("PipelineComponentArgs", args)))
    assert deployment.one("aws:codepipeline/pipeline:Pipeline")


@pytest.mark.parametrize("folder", [".", ".github", "a/b.c", "worker-2", "x/-y"])
def test_a_folder_has_one_spelling(folder: str):
    assert PIPELINE_ROWS["service_dir"].rule.problems("service_dir", folder) == []


def test_none_means_not_given():
    args = cast("PipelineComponentArgs", {**GIT, "targets": None, "tags": None, "notification_email": None})

    assert deploy(lambda: PipelineComponent("orders", args)).one("aws:codepipeline/pipeline:Pipeline")
