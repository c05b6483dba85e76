"""Containers beside the worker's: what ECS is told of them, what they may read, and what is refused."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.support.deploy import deploy
from tests.support.worker_service import IMAGE, containers, deployed, document, problems_of, worker_service

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
PROXY_IMAGE = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/proxy:2"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:proxy-a1b2c3"
PROXY = {
    "image": PROXY_IMAGE,
    "command": ["--port", "5432"],
    "environment": {"LEVEL": "info"},
    "secrets": {"PASSWORD": SECRET},
    "cpu": 64,
    "memory": 128,
    "ports": [5432],
    "worker_waits_for": "HEALTHY",
    "health_check": {"command": ["/proxy", "wait"], "interval_seconds": 10},
    "stop_timeout_seconds": 60,
}


def test_a_sidecar_is_a_container_as_confined_as_the_worker():
    deployment = deployed(sidecars={"proxy": PROXY})
    worker, proxy = containers(deployment)

    assert proxy == {
        "name": "proxy",
        "image": PROXY_IMAGE,
        "essential": True,
        "user": "10001",
        "stopTimeout": 60,
        "command": ["--port", "5432"],
        "cpu": 64,
        "memory": 128,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": "tmp-proxy", "containerPath": "/tmp", "readOnly": False}],
        "portMappings": [{"containerPort": 5432, "protocol": "tcp"}],
        "healthCheck": {
            "command": ["CMD", "/proxy", "wait"],
            "interval": 10,
            "timeout": 5,
            "retries": 2,
            "startPeriod": 30,
        },
        "environment": [{"name": "LEVEL", "value": "info"}],
        "secrets": [{"name": "PASSWORD", "valueFrom": SECRET}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                **worker["logConfiguration"]["options"],
                "awslogs-stream-prefix": "proxy",
            },
        },
    }
    assert worker["name"] == "worker"
    assert worker["dependsOn"] == [{"containerName": "proxy", "condition": "HEALTHY"}]
    assert [volume["name"] for volume in deployment.one(TASK_DEFINITION).inputs["volumes"]] == ["tmp", "tmp-proxy"]


def test_a_sidecar_of_the_workers_own_image_may_prepare_its_start():
    sidecars = {
        "prepare": {"command": ["python", "-m", "shop.prepare"], "essential": False, "worker_waits_for": "SUCCESS"},
        "watch": {
            "command": ["python", "-m", "shop.watch"],
            "depends_on": {"worker": "HEALTHY", "prepare": "COMPLETE"},
        },
    }
    worker, prepare, watch = containers(deployed(sidecars=sidecars))

    assert prepare["image"] == watch["image"] == IMAGE
    assert (prepare["essential"], watch["essential"]) == (False, True)
    assert worker["dependsOn"] == [{"containerName": "prepare", "condition": "SUCCESS"}]
    assert watch["dependsOn"] == [
        {"containerName": "prepare", "condition": "COMPLETE"},
        {"containerName": "worker", "condition": "HEALTHY"},
    ]
    assert not {"healthCheck", "portMappings", "secrets", "entryPoint", "cpu", "memory"} & prepare.keys()


def test_a_sidecar_may_share_the_workers_temporary_files():
    deployment = deployed(sidecars={"proxy": {**PROXY, "shares_tmp": True}})
    [_, proxy] = containers(deployment)

    assert proxy["mountPoints"] == [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}]
    assert [volume["name"] for volume in deployment.one(TASK_DEFINITION).inputs["volumes"]] == ["tmp"]


def test_the_execution_role_pulls_and_reads_what_sidecars_need_and_no_more():
    policy = document(
        deployed(sidecars={"proxy": PROXY}), "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy"
    )
    statements = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}

    assert statements["PullImage"] == [
        "arn:aws:ecr:eu-west-1:444455556666:repository/proxy",
        "arn:aws:ecr:eu-west-1:444455556666:repository/worker",
    ]
    assert statements["ReadSecrets"] == [SECRET]


def test_values_of_a_sidecar_may_come_from_other_resources():
    def program():
        level = pulumi.Output.from_input("info")
        image = pulumi.Output.from_input(PROXY_IMAGE)
        worker_service(sidecars={"proxy": {"image": image, "environment": {"LEVEL": level}}})

    [_, proxy] = containers(deploy(program))

    assert (proxy["image"], proxy["environment"]) == (PROXY_IMAGE, [{"name": "LEVEL", "value": "info"}])


def test_without_sidecars_the_worker_waits_for_nothing():
    [worker] = containers(deployed())

    assert "dependsOn" not in worker


@pytest.mark.parametrize(
    ("sidecars", "problems"),
    [
        (
            {"worker": {}},
            [
                (
                    "sidecars key: 'worker' is not 1 to 20 lower-case letters, digits and hyphens, not worker,"
                    " otel-collector, log-router"
                )
            ],
        ),
        (
            {"proxy": {"imag": "x"}},
            ["sidecars.proxy.imag: unknown; did you mean image?"],
        ),
        (
            {"proxy": {"depends_on": {"worker": "READY"}}},
            ["sidecars.proxy.depends_on.worker: 'READY' is not one of START, COMPLETE, SUCCESS, HEALTHY"],
        ),
        (
            {"a": {"ports": [80]}, "b": {"ports": [80]}},
            ["sidecars.b.ports: 80 is a's already, and the task's containers share them"],
        ),
        (
            {"a": {"environment": {"X": "1"}, "secrets": {"X": SECRET}}},
            ["sidecars.a.secrets.X: stands in environment too; leave out the one or the other"],
        ),
        (
            {"a": {"health_check": {"retries": 3}}},
            ["sidecars.a.health_check.command: required, for the default is the worker's own check"],
        ),
        (
            {"a": {"depends_on": {"b": "START"}}},
            ["sidecars.a.depends_on: there is no container b; there is a, worker"],
        ),
        (
            {"a": {"worker_waits_for": "HEALTHY"}},
            ["sidecars.a.worker_waits_for: a has no health check, so it is never HEALTHY"],
        ),
        (
            {"a": {"worker_waits_for": "SUCCESS"}},
            [
                (
                    "sidecars.a.worker_waits_for: a is essential and must not end; set its essential to false, or wait"
                    " for START"
                )
            ],
        ),
        (
            {"a": {"depends_on": {"worker": "START"}, "worker_waits_for": "START"}},
            ["sidecars: a waits for worker waits for a; one of them has to start first"],
        ),
        (
            {"a": {"cpu": 256, "memory": 511}},
            ["sidecars: their cpu is 256 of the task's 256 CPU units, which leaves the worker nothing"],
        ),
        (
            {"a": {"image": "444455556666.dkr.ecr.eu-west-1.amazonaws.com/Proxy"}},
            [
                (
                    "sidecars.a.image: '444455556666.dkr.ecr.eu-west-1.amazonaws.com/Proxy' names no repository that"
                    " ECR can have, whose names are in lower case"
                )
            ],
        ),
    ],
)
def test_what_is_refused(sidecars: dict[str, Any], problems: list[str]):
    assert problems_of(sidecars=sidecars) == problems
