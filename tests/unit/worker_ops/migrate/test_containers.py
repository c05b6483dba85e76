"""What stands beside the worker's container in a Copilot manifest: sidecars, the log router, the collector."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.worker_ops.migrate.test_manifest import args_of, convert, told
from worker_ops.migrate.report import Outcome

TOLD_ALL = {
    "COPILOT_APPLICATION_NAME": "shop",
    "COPILOT_ENVIRONMENT_NAME": "test",
    "COPILOT_SERVICE_NAME": "orders",
    "COPILOT_SERVICE_DISCOVERY_ENDPOINT": "test.shop.local",
}
NGINX = "sidecars: {nginx: {image: 'a/nginx:1', %s}}"
TWO = """\
image: {location: 'a/b:7', depends_on: {Nginx: healthy, gone: start}}
sidecars:
  agent: {image: 'a/agent:2', depends_on: {Nginx: healthy, once: success, orders: start}}
  Nginx: {image: 'a/nginx:1', healthcheck: {command: 'curl localhost', retries: 3}}
  once: {image: 'a/once:1', essential: false}
"""


def sidecar(text: str) -> dict[str, Any]:
    return args_of(NGINX % text)["sidecars"]["nginx"]


def test_a_sidecar_runs_as_copilot_ran_it():
    given = (
        "port: 9000/tcp, essential: false, entrypoint: /bin/x --y, command: [a, b],"
        " variables: {A: yes, B: {from_cfn: x}}, secrets: {C: /c, D: {secretsmanager: d}}"
    )

    assert sidecar(given) == {
        "image": "a/nginx:1",
        "read_only_root": False,
        "environment": {**TOLD_ALL, "A": "yes", "B": "${aws:export x}"},
        "secrets": {
            "C": "arn:${aws:partition}:ssm:${aws:region}:${aws:account_id}:parameter/c",
            "D": "${aws:secret d}",
        },
        "entry_point": ["/bin/x", "--y"],
        "command": ["a", "b"],
        "essential": False,
        "ports": [9000],
    }


def test_containers_wait_for_each_other_as_before():
    made = args_of(TWO)["sidecars"]

    assert made["nginx"]["worker_waits_for"] == "HEALTHY"
    assert made["agent"]["depends_on"] == {"nginx": "HEALTHY", "once": "SUCCESS", "worker": "START"}
    assert made["nginx"]["health_check"] == {
        "enabled": True,
        "command": ["/bin/sh", "-c", "curl localhost"],
        "interval_seconds": 10,
        "timeout_seconds": 5,
        "retries": 3,
        "start_period_seconds": 0,
    }
    assert told(TWO, "image.depends_on.gone") == [
        (Outcome.BY_HAND, "there is no sidecar gone here that the worker could wait for")
    ]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("sidecars: {nginx: {port: 80}}", "sidecars.nginx", Outcome.BY_HAND),
        ("sidecars: {nginx: {image: {build: ./D}}}", "sidecars.nginx", Outcome.BY_HAND),
        ("sidecars: {nginx: {image: 'a b'}}", "sidecars.nginx", Outcome.BY_HAND),
        (NGINX % "port: 70000", "sidecars.nginx.port", Outcome.NOT_UNDERSTOOD),
        (NGINX % "port: 2000/udp", "sidecars.nginx.port", Outcome.DROPPED),
        (NGINX % "labels: {a: b}", "sidecars.nginx.labels", Outcome.BY_HAND),
        (NGINX % "credentialsParameter: a", "sidecars.nginx.credentialsParameter", Outcome.BY_HAND),
        (NGINX % "env_file: a.env", "sidecars.nginx.env_file", Outcome.BY_HAND),
        (NGINX % "mount_points: [{source_volume: a}]", "sidecars.nginx.mount_points", Outcome.BY_HAND),
        (NGINX % "cpu: 5", "sidecars.nginx.cpu", Outcome.NOT_UNDERSTOOD),
        (NGINX % "depends_on: {orders: healthy}", "sidecars.nginx.depends_on.orders", Outcome.BY_HAND),
        (NGINX % "depends_on: {orders: success}", "sidecars.nginx.depends_on.orders", Outcome.BY_HAND),
        (NGINX % "depends_on: {orders: soon}", "sidecars.nginx.depends_on.orders", Outcome.NOT_UNDERSTOOD),
        (NGINX % "depends_on: {gone: start}", "sidecars.nginx.depends_on.gone", Outcome.BY_HAND),
        ("sidecars: {a.b: {image: x}, a-b: {image: x}}", "sidecars.a-b", Outcome.BY_HAND),
    ],
)
def test_what_a_sidecar_cannot_have_here_is_told(text: str, path: str, expected: Outcome):
    assert [found for found, _ in told(text, path)] == [expected]


def test_a_name_that_is_the_components_own_becomes_another_one():
    assert list(args_of("sidecars: {worker: {image: x}}")["sidecars"]) == ["worker-2"]


def test_a_log_router_keeps_its_variables_secrets_and_image():
    text = "logging: {image: 'a/fluent:1', variables: {A: b}, secrets: {C: /c}, enableMetadata: true, retention: 7}"

    assert args_of(text)["log_router"] == {
        "image": "a/fluent:1",
        "environment": {"A": "b"},
        "secrets": {"C": "arn:${aws:partition}:ssm:${aws:region}:${aws:account_id}:parameter/c"},
    }
    assert [outcome for outcome, _ in told(text, "logging.enableMetadata")] == [Outcome.DROPPED]


@pytest.mark.parametrize("image", ["amazon/aws-for-fluent-bit:latest", "public.ecr.aws/a/aws-for-fluent-bit:stable"])
def test_aws_own_router_is_the_inputs_own(image: str):
    text = f"logging: {{image: '{image}', destination: {{Name: datadog}}, secretOptions: {{apikey: /k}}}}"

    assert "log_router" not in args_of(text)
    assert [told(text, f"logging.{name}")[0][0] for name in ("image", "destination", "secretOptions")] == [
        Outcome.DROPPED,
        Outcome.BY_HAND,
        Outcome.BY_HAND,
    ]


def test_traces_go_to_x_ray_and_metrics_nowhere_as_before():
    text = "observability: {tracing: awsxray}"

    assert args_of(text)["open_telemetry"] == {"metrics": False}
    assert "localhost:4318" in told(text, "observability.tracing")[0][1]


def test_the_one_limit_of_fargate_is_an_input():
    text = "taskdef_overrides: [{path: 'ContainerDefinitions[0].Ulimits[-]', value: {Name: %s, HardLimit: 4096}}]"

    assert args_of(text % "nofile")["open_files_limit"] == 4096
    assert "open_files_limit" not in args_of(text % "cpu")
    assert told(text % "cpu", "taskdef_overrides[0]")[0][0] == Outcome.BY_HAND


def test_an_environment_has_sidecars_of_its_own():
    text = (
        "sidecars: {nginx: {image: 'a:1', variables: {A: b}}}\n"
        "environments: {prod: {sidecars: {nginx: {image: 'a:2'}}}}\n"
    )
    stacks, _ = convert(text, "test", "prod")

    assert [stacks[name].args["sidecars"]["nginx"]["image"] for name in ("test", "prod")] == ["a:1", "a:2"]
    assert stacks["prod"].args["sidecars"]["nginx"]["environment"]["A"] == "b"
