"""Every field of a Copilot manifest: what it becomes, and what the report says of it."""

from __future__ import annotations

from typing import Any

import pytest

from worker_ops.errors import OpsError
from worker_ops.migrate.conversion import Conversion
from worker_ops.migrate.copilot.environment import convert_environment
from worker_ops.migrate.copilot.manifest import Workplace, convert_manifest
from worker_ops.migrate.read_yaml import parse_yaml
from worker_ops.migrate.report import Finding, Outcome, Report

HEAD = "name: orders\ntype: Worker Service\n"
HERE = "${aws:partition}:%s:${aws:region}:${aws:account_id}"


def convert(text: str, *environments: str, **shell: str) -> tuple[dict[str, Conversion], Report]:
    report = Report()
    return convert_manifest(parse_yaml(HEAD + text, "m.yml"), workplace(*environments, **shell), report), report


def workplace(*environments: str, **shell: str) -> Workplace:
    """An application called shop, whose environments have networks of their own."""
    networks = {name: convert_environment(None, "shop", name, Report()) for name in environments or ("test",)}
    return Workplace("shop", networks, shell, has_pipeline=False)


def args_of(text: str, **shell: str) -> dict[str, Any]:
    return convert(text, **shell)[0]["test"].args


def told(text: str, path: str, **shell: str) -> list[tuple[Outcome, str]]:
    found = convert(text, **shell)[1].findings
    return [(finding.outcome, finding.told) for finding in found if finding.path == path]


def outcome(text: str, path: str) -> Outcome:
    [(found, _)] = told(text, path)
    return found


def test_a_manifest_that_says_nothing_becomes_what_copilot_runs_then():
    converted, report = convert("")
    args = converted["test"].args

    assert {key: args[key] for key in ("cpu", "memory", "min_count", "desired_count", "max_count")} == {
        "cpu": 256,
        "memory": 512,
        "min_count": 1,
        "desired_count": 1,
        "max_count": 1,
    }
    assert args["visibility_timeout_seconds"] == 30
    assert args["log_retention_days"] == 30
    assert args["health_check"] == {"enabled": False}
    assert args["copilot_variables"] == {"application": "shop", "environment": "test", "service": "orders"}
    assert not report.needs_person
    assert converted["test"].network == {
        "cluster_arn": "arn:" + HERE % "ecs" + ":cluster/${aws:export shop-test-ClusterId}",
        "vpc_id": "${aws:export shop-test-VpcId}",
        "subnet_ids": ["${aws:export shop-test-PublicSubnets}"],
        "assign_public_ip": True,
        "security_group_ids": ["${aws:export shop-test-EnvironmentSecurityGroup}"],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: {location: 'a/b:7'}", {"image": "a/b:7"}),
        ("cpu: 512\nmemory: 2048", {"cpu": 512, "memory": 2048}),
        ("platform: linux/arm64", {"architecture": "ARM64"}),
        ("platform: {osfamily: linux, architecture: x86_64}", {"architecture": "X86_64"}),
        ("exec: true", {"enable_execute_command": True}),
        ("entrypoint: /bin/app --name 'a b'", {"entry_point": ["/bin/app", "--name", "a b"]}),
        ("command: [a, 'b c']", {"command": ["a", "b c"]}),
        ("count: 3", {"min_count": 3, "desired_count": 3, "max_count": 3}),
        ("count: 0", {"min_count": 0, "desired_count": 0, "max_count": 1}),
        (
            "count: {spot: 2}",
            {"min_count": 2, "max_count": 2, "spot": {"on_demand_base": 0, "on_demand_weight": 0, "spot_weight": 1}},
        ),
        ("count: {range: 1-9, cpu_percentage: 70}", {"min_count": 1, "desired_count": 1, "max_count": 9}),
        ("count: {range: {min: 0, max: 4}}", {"min_count": 0, "max_count": 4}),
        (
            "count: {range: {min: 1, max: 9, spot_from: 3}}",
            {"spot": {"on_demand_base": 2, "on_demand_weight": 0, "spot_weight": 1}},
        ),
        (
            "count: {range: {min: 3, max: 9, spot_from: 2}}",
            {"spot": {"on_demand_base": 0, "on_demand_weight": 0, "spot_weight": 1}},
        ),
        (
            (
                "count: {range: 1-9, cooldown: {in: 3m, out: 30s}, cpu_percentage: 70,"
                " memory_percentage: {value: 80, cooldown: {in: 1m}}}"
            ),
            {
                "target_tracking": {
                    "cpu": {"percent": 70, "scale_in_cooldown_seconds": 180, "scale_out_cooldown_seconds": 30},
                    "memory": {"percent": 80, "scale_in_cooldown_seconds": 60, "scale_out_cooldown_seconds": 30},
                }
            },
        ),
        (
            "count: {range: 1-9, queue_delay: {acceptable_latency: 10m, msg_processing_time: 250ms}}",
            {
                "target_tracking": {"backlog": {"messages_per_task": 2400}},
                "acceptable_latency_seconds": 600,
                "message_processing_seconds": 0.25,
            },
        ),
        ("variables: {A: no, B: 010, C: '', D: 1:30}", {"environment": {"A": "no", "B": "010", "C": "", "D": "1:30"}}),
        ("variables: {A: {from_cfn: stack-A}}", {"environment": {"A": "${aws:export stack-A}"}}),
        ("secrets: {A: /p/a}", {"secrets": {"A": f"arn:{HERE % 'ssm'}:parameter/p/a"}}),
        ("secrets: {A: {secretsmanager: 'db:user::'}}", {"secrets": {"A": "${aws:secret db}:user::"}}),
        ("secrets: {A: {from_cfn: x}}", {"secrets": {"A": "${aws:export x}"}}),
        ("storage: {ephemeral: 100}", {"ephemeral_storage_gib": 100}),
        ("deployment: {rolling: default}", {"minimum_healthy_percent": 100, "maximum_percent": 200}),
        ("logging: {retention: 7}", {"log_retention_days": 7}),
        ("taskdef_overrides: [{path: 'ContainerDefinitions[0].StopTimeout', value: 60}]", {"stop_timeout_seconds": 60}),
        (
            "image: {healthcheck: {command: 'exit 0', interval: 20s, retries: 3}}",
            {
                "health_check": {
                    "enabled": True,
                    "command": ["/bin/sh", "-c", "exit 0"],
                    "interval_seconds": 20,
                    "timeout_seconds": 5,
                    "retries": 3,
                    "start_period_seconds": 0,
                }
            },
        ),
        (
            "publish: {topics: [{name: paid}, {name: Sent, fifo: true}]}",
            {
                "publishes_to": {
                    "paid": {"topic_arn": f"arn:{HERE % 'sns'}:shop-test-orders-paid"},
                    "sent": {"topic_arn": f"arn:{HERE % 'sns'}:shop-test-orders-Sent.fifo"},
                },
                "copilot_variables": {
                    "application": "shop",
                    "environment": "test",
                    "service": "orders",
                    "published_topics": {"paid": "paid", "Sent.fifo": "sent"},
                },
            },
        ),
    ],
)  # fmt: skip
def test_a_field_becomes_an_input(text: str, expected: dict[str, Any]):
    args = args_of(text)

    assert {key: args.get(key) for key in expected} == expected


def test_topics_with_and_without_queues_of_their_own():
    args = args_of(
        "subscribe:\n"
        "  topics:\n"
        "    - {name: events, service: api, filter_policy: {price: [{numeric: ['>=', 100]}], store: [a, '7', true]}}\n"
        "    - {name: refundsMade, service: pay-ments, queue: {timeout: 2m, dead_letter: {tries: 5}}}\n"
        "    - {name: plain, service: api, queue: true}\n"
        "  queue: {retention: 96h, delay: 5s, timeout: 45s, dead_letter: {tries: 10}}\n"
    )

    assert args["topics"] == {
        "api-events": {
            "topic_arn": f"arn:{HERE % 'sns'}:shop-test-api-events",
            "filter_policy": {"price": [{"numeric": [">=", 100]}], "store": ["a", "7", True]},
        },
        "pay-ments-refundsmade": {
            "topic_arn": f"arn:{HERE % 'sns'}:shop-test-pay-ments-refundsMade",
            "queue": "refundsmade",
        },
        "api-plain": {"topic_arn": f"arn:{HERE % 'sns'}:shop-test-api-plain", "queue": "plain"},
    }
    assert args["queues"] == {
        "main": {"delay_seconds": 5, "max_message_size_bytes": 1_048_576},
        "refundsmade": {
            "visibility_timeout_seconds": 120,
            "message_retention_seconds": 345_600,
            "max_receive_count": 5,
            "max_message_size_bytes": 1_048_576,
        },
        "plain": {
            "visibility_timeout_seconds": 30,
            "message_retention_seconds": 345_600,
            "max_message_size_bytes": 1_048_576,
        },
    }
    assert args["message_retention_seconds"] == 345_600
    assert args["visibility_timeout_seconds"] == 45
    assert args["max_receive_count"] == 10
    assert args["copilot_variables"]["topic_queues"] == {
        "paymentsRefundsmadeEventsQueue": "refundsmade",
        "apiPlainEventsQueue": "plain",
    }


@pytest.mark.parametrize(
    ("fifo", "expected"),
    [
        ("true", {"content_based_deduplication": False}),
        ("{high_throughput: true}", {"content_based_deduplication": False, "high_throughput": True}),
        (
            (
                "{content_based_deduplication: true, deduplication_scope: messageGroup,"
                " throughput_limit: perMessageGroupId}"
            ),
            {"content_based_deduplication": True, "high_throughput": True},
        ),
    ],
)  # fmt: skip
def test_a_fifo_queue_takes_fifo_topics(fifo: str, expected: dict[str, Any]):
    args = args_of(f"subscribe: {{topics: [{{name: e, service: api}}], queue: {{fifo: {fifo}}}}}")

    assert args["fifo"] == expected
    assert args["topics"]["api-e"]["topic_arn"].endswith(":shop-test-api-e.fifo")


def test_environments_are_merged_as_copilot_does():
    converted, report = convert(
        "count: {range: 1-10, cooldown: {in: 5m}, cpu_percentage: 70}\n"
        "exec: true\n"
        "command: [a, b]\n"
        "variables: {A: base, B: base}\n"
        "environments:\n"
        "  test: {count: 0, exec: false, command: [c]}\n"
        "  prod:\n"
        "    count: {range: {min: 2, max: 20}, cooldown: {out: 10s}}\n"
        "    variables: {B: prod, A: }\n",
        "test",
        "prod",
    )
    test, prod = (converted[name].args for name in ("test", "prod"))

    assert (test["min_count"], test["enable_execute_command"], test["command"]) == (0, False, ["c"])
    assert "target_tracking" not in test
    assert (prod["min_count"], prod["max_count"], prod["command"]) == (2, 20, ["a", "b"])
    assert prod["target_tracking"] == {
        "cpu": {"percent": 70, "scale_in_cooldown_seconds": 300, "scale_out_cooldown_seconds": 10}
    }
    assert prod["environment"] == {"A": "base", "B": "prod"}
    assert report.findings[-1] == Finding(
        report.findings[-1].place, "environments.prod.variables.A", Outcome.DROPPED, "it says nothing"
    )


def test_an_environment_chooses_between_fields_that_exclude_each_other():
    converted, _ = convert(
        "image: {build: Dockerfile}\ncount: {spot: 3}\n"
        "environments: {prod: {image: {location: 'a:1'}, count: {range: 1-5, cpu_percentage: 50}}}\n",
        "prod",
    )

    assert converted["prod"].args["image"] == "a:1"
    assert "spot" not in converted["prod"].args


def test_what_every_environment_overrides_is_told_as_dropped():
    text = "cpu: 256\nenvironments: {test: {cpu: 512}, prod: {cpu: 1024}}\n"
    _, report = convert(text, "test", "prod")

    assert [(f.path, f.outcome) for f in report.findings][2:] == [
        ("cpu", Outcome.DROPPED),
        ("environments.test.cpu", Outcome.MAPPED),
        ("environments.prod.cpu", Outcome.MAPPED),
    ]


def test_variables_of_copilot_and_of_the_shell_are_filled_in():
    text = "variables: {A: '${COPILOT_APPLICATION_NAME}-${COPILOT_ENVIRONMENT_NAME}', B: 'v${TAG}'}"

    assert args_of(text, TAG="7")["environment"] == {"A": "shop-test", "B": "v7"}
    assert (Outcome.BY_HAND, "${TAG} was the shell's when Copilot deployed; give --variable TAG=VALUE") in told(
        text, "variables.B"
    )


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("image: {build: ./Dockerfile}", "image.build", Outcome.BY_HAND),
        ("image: {build: {dockerfile: D, args: {A: b}, cache_from: [x]}}", "image.build.args.A", Outcome.BY_HAND),
        ("image: {build: {dockerfile: D, target: t}}", "image.build.target", Outcome.BY_HAND),
        ("image: {build: {dockerfile: D, cache_from: [x]}}", "image.build.cache_from", Outcome.DROPPED),
        ("image: {location: 'a b'}", "image.location", Outcome.BY_HAND),
        ("image: {credentials: arn}", "image.credentials", Outcome.BY_HAND),
        ("image: {labels: {a: b}}", "image.labels", Outcome.BY_HAND),
        ("cpu: 300", "cpu", Outcome.BY_HAND),
        ("cpu: many", "cpu", Outcome.NOT_UNDERSTOOD),
        ("platform: linux/mips", "platform", Outcome.NOT_UNDERSTOOD),
        ("count: {range: 1..9}", "count.range", Outcome.NOT_UNDERSTOOD),
        ("count: {range: 1-9, requests: 5}", "count.requests", Outcome.NOT_UNDERSTOOD),
        ("entrypoint: \"'open\"", "entrypoint", Outcome.NOT_UNDERSTOOD),
        ("env_file: a.env", "env_file", Outcome.BY_HAND),
        ("secrets: {A: 'a b'}", "secrets.A", Outcome.NOT_UNDERSTOOD),
        ("storage: {ephemeral: 20}", "storage.ephemeral", Outcome.DROPPED),
        ("storage: {readonly_fs: true}", "storage.readonly_fs", Outcome.MAPPED),
        ("storage: {readonly_fs: false}", "storage.readonly_fs", Outcome.BY_HAND),
        ("storage: {volumes: {v: {path: /v, efs: true}}}", "storage.volumes.v", Outcome.BY_HAND),
        ("storage: {volumes: {v: {path: /v}}}", "storage.volumes.v", Outcome.BY_HAND),
        ("network: {connect: true}", "network.connect", Outcome.BY_HAND),
        ("network: {vpc: {placement: {subnets: {from_tags: {a: b}}}}}", "network.vpc.placement.subnets.from_tags",
         Outcome.BY_HAND),
        ("logging: {destination: {Name: x}}", "logging.destination", Outcome.BY_HAND),
        ("logging: {retention: 8}", "logging.retention", Outcome.BY_HAND),
        ("deployment: {rolling: recreate}", "deployment.rolling", Outcome.BY_HAND),
        ("deployment: {rollback_alarms: [a]}", "deployment.rollback_alarms", Outcome.BY_HAND),
        ("deployment: {rollback_alarms: {messages_delayed: 5}}", "deployment.rollback_alarms.messages_delayed",
         Outcome.BY_HAND),
        ("observability: {tracing: jaeger}", "observability.tracing", Outcome.NOT_UNDERSTOOD),
        ("taskdef_overrides: [{path: Cpu, value: 1}]", "taskdef_overrides[0]", Outcome.BY_HAND),
        ("subscribe: {queue: {timeout: 1m}}", "subscribe.queue", Outcome.DROPPED),
        ("subscribe: {topics: [{name: a}]}", "subscribe.topics[0]", Outcome.NOT_UNDERSTOOD),
        ("subscribe: {topics: [{name: a, service: b}], queue: {timeout: 10s}}", "subscribe.queue.timeout",
         Outcome.BY_HAND),
        ("subscribe: {topics: [{name: a, service: b}], queue: {retention: 5d}}", "subscribe.queue.retention",
         Outcome.NOT_UNDERSTOOD),
        ("subscribe: {topics: [{name: a, service: b}], queue: {dead_letter: {tries: 1}}}",
         "subscribe.queue.dead_letter.tries", Outcome.BY_HAND),
        ("http: {path: /}", "http.path", Outcome.NOT_UNDERSTOOD),
        ("memroy: 512", "memroy", Outcome.NOT_UNDERSTOOD),
        ("x-common: &c {A: b}\nvariables: *c", "x-common", Outcome.DROPPED),
    ],
)  # fmt: skip
def test_a_field_that_is_no_input_is_told(text: str, path: str, expected: Outcome):
    assert outcome(text, path) == expected


def test_ids_of_subnets_get_no_public_ip_and_the_environments_group_can_be_denied():
    text = (
        "network:\n"
        "  vpc:\n"
        "    placement: {subnets: [subnet-1, subnet-2]}\n"
        "    security_groups: {deny_default: true, groups: [sg-1, {from_cfn: db-group}]}\n"
    )
    network = convert(text)[0]["test"].network

    assert network["subnet_ids"] == ["subnet-1", "subnet-2"]
    assert network["assign_public_ip"] is False
    assert network["security_group_ids"] == ["sg-1", "${aws:export db-group}"]


def test_an_efs_volume_with_an_access_point():
    efs = "efs: {id: fs-1, auth: {iam: true, access_point_id: fsap-2}}"
    text = f"storage: {{volumes: {{Data: {{path: /d, read_only: false, {efs}}}}}}}"
    args = args_of(text)

    assert args["efs_volumes"] == {
        "data": {"file_system_id": "fs-1", "access_point_id": "fsap-2", "container_path": "/d", "read_only": False}
    }
    assert args["copilot_variables"]["mount_points"] == {"Data": "/d"}


@pytest.mark.parametrize("platform", ["windows/amd64", "{osfamily: windows_server_2022_core, architecture: x86_64}"])
def test_windows_is_refused_with_its_place(platform: str):
    with pytest.raises(OpsError, match=r"m\.yml:3:11: platform: a Windows container cannot be moved"):
        convert(f"platform: {platform}")


def test_every_leaf_is_accounted_for():
    text = "unknown: {a: [1, {b: 2}], c: }\ncount: {range: {min: 1, max: 2, odd: 3}}\nlogging: {retention: 7, odd: x}\n"
    source = parse_yaml(HEAD + text, "m.yml")
    report = Report()
    convert_manifest(source, workplace(), report)

    assert {leaf.path for leaf in source.leaves()} <= {finding.path for finding in report.findings}
