"""Many inputs at once: what has to hold of a service whatever it is asked for.

What is said of each input alone stands in the other tests. A few hundred random combinations were tried with the same
rules when these were written; the ones here have every input that names something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from tests.support.aws_outputs import computed_outputs
from tests.support.deploy import Deployment, deploy, remembered
from tests.support.worker_service import CLUSTER_ARN, containers, worker_service
from worker_runtime.settings import Settings

ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
KEY, OTHER_KEY = ARN.format("kms", "key/1234abcd"), ARN.format("kms", "key/5678abcd")
SECRET, PARAMETER = ARN.format("secretsmanager", "secret:token-a1b2c3"), ARN.format("ssm", "parameter/shop/token")
LOG_GROUP = ARN.format("logs", "log-group:/shop/workers")
EFS = {"file_system_id": "fs-0a1b", "access_point_id": "fsap-0a1b", "container_path": "/data"}
FOREIGN_TOPIC = "arn:aws:sns:us-east-1:444455556666:clicks"
FOREIGN_DEAD_LETTERS = "arn:aws:sqs:us-east-1:111122223333:clicks-dead"
EVENTS = {"event_pattern": {"source": ["shop"]}}


def existing_queue(name: str, **more: Any) -> dict[str, Any]:
    dead = re.sub(r"(\.fifo)?$", r"-dead\1", name, count=1)
    return {"queue_arn": ARN.format("sqs", name), "dead_letter_queue_arn": ARN.format("sqs", dead), **more}


#: Beside the container: what a task has.
TASK: dict[str, Any] = {
    "secrets": {"TOKEN": SECRET, "FIELD": f"{SECRET}:field::"},
    "secret_kms_key_arns": [KEY],
    "environment_files": ["arn:aws:s3:::shop/worker.env"],
    "efs_volumes": {"data": EFS, "models": {**EFS, "container_path": "/models", "read_only": True}},
    "egress_ports": [443, 2049, 5432],
    "sidecars": {"agent": {"image": "agent:1", "secrets": {"KEY": PARAMETER}}, "rates": {"shares_tmp": True}},
    "open_telemetry": {},
    "log_router": {"config_file_arns": ["arn:aws:s3:::shop/router.conf"], "secrets": {"KEY": PARAMETER}},
    "task_size": "medium",
    "enable_execute_command": True,
    "execute_command_log_group_arn": LOG_GROUP,
    "execute_command_kms_key_arn": OTHER_KEY,
    "publishes_to": {"news": {"topic_arn": ARN.format("sns", "news"), "kms_key_arn": OTHER_KEY}},
    "once_table": True,
    "large_messages": {"keep_days": 30},
    "operator_policy": True,
    "alarm_email": "on-call@example.com",
    "ipv6": True,
}
COMBINATIONS: dict[str, dict[str, Any]] = {
    "made here": {
        **TASK,
        "queues": {"slow": {"sources": {"new": EVENTS}, "handler": "shop.slow"}, "main": {"sources": {"new": EVENTS}}},
        "topics": {"main": {"handler": "shop.orders"}, "news": {"queue": "slow", "filter_policy": {"kind": ["a"]}}},
        "fast_scaling": True,
        "scale_in_protection": True,
    },
    "existing": {
        **TASK,
        "kms_key_arn": KEY,
        "queues": {"main": existing_queue("orders", kms_key_arn=KEY), "slow": existing_queue("slow", kms_key_arn=KEY)},
        "topics": {
            "shop": {"topic_arn": ARN.format("sns", "shop")},
            "clicks": {
                "topic_arn": FOREIGN_TOPIC,
                "queue": "slow",
                "subscription_dead_letter_queue_arn": FOREIGN_DEAD_LETTERS,
            },
        },
        "log_group_arn": LOG_GROUP,
        "execution_role_arn": "arn:aws:iam::111122223333:role/teams/ecs",
        "subscribed_topics_only": True,
    },
    "in order": {
        "fifo": {"content_based_deduplication": True, "high_throughput": True},
        "queues": {
            "slow": {
                "fifo": {"content_based_deduplication": True},
                "sources": {"new": {**EVENTS, "message_group_id": "a"}},
            },
            "live": existing_queue("live.fifo"),
        },
        "limit_to_groups": True,
        "encryption": "managed",
        "predictive_scaling": "forecast_only",
    },
    "woken": {**TASK, "min_count": 0, "fast_wake": True, "fifo": {"high_throughput": False}, "role_path": "/shop/"},
    "as copilot": {
        "scaling": "copilot",
        "target_tracking": {"backlog": {"messages_per_task": 10}, "cpu": {"percent": 70}},
        "queues": {"slow": {}},
        "copilot_variables": {"application": "shop", "environment": "prod", "service": "orders"},
    },
}
#: Those whose ARNs are Outputs of other resources, and not known when inputs are checked.
OF_OTHER_RESOURCES = ("made here", "existing", "woken")


def as_outputs(value: Any) -> Any:
    """ARNs of keys, topics, queues and stored values, as resources of the same program give them."""
    if isinstance(value, dict):
        return {key: as_outputs(item) for key, item in value.items()}
    is_arn = isinstance(value, str) and re.match(r"arn:aws:(kms|sns|sqs|secretsmanager|ssm|logs):", value)
    return pulumi.Output.from_input(value) if is_arn else value


@remembered
def service(combination: str) -> Deployment:
    args = COMBINATIONS[combination]
    return deploy(lambda: worker_service(**(as_outputs(args) if combination in OF_OTHER_RESOURCES else args)))


@pytest.fixture(params=COMBINATIONS)
def deployment(request: pytest.FixtureRequest) -> Deployment:
    return service(request.param)


def made(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """What AWS knows of each resource, by URN."""
    resources = [resource for resource in deployment.resources if resource.custom]
    return {each.urn: {**each.inputs, **computed_outputs(each.type, each.name, each.inputs)} for each in resources}


def texts(value: Any) -> Iterator[str]:
    """Every text in the value, those in JSON too."""
    if isinstance(value, str):
        yield from texts(json.loads(value)) if value.startswith(('{"', "[")) else [value]
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in texts(item))
        yield from value
    elif isinstance(value, list):
        yield from (text for item in value for text in texts(item))


def documents(deployment: Deployment) -> Iterator[dict[str, Any]]:
    for resource in deployment.resources:
        kinds = [kind for kind in ("policy", "assumeRolePolicy") if kind in resource.inputs]
        yield from (json.loads(resource.inputs[kind]) for kind in kinds)


def test_every_arn_is_of_something_that_is_made_or_given(deployment: Deployment):
    known = {one["arn"] for one in made(deployment).values() if "arn" in one}
    known |= {text for args in COMBINATIONS.values() for text in texts(args)} | {CLUSTER_ARN, "arn:aws:s3:::shop"}
    known |= {ARN.format("elasticfilesystem", name) for name in ("file-system/fs-0a1b", "access-point/fsap-0a1b")}
    of_aws = re.compile(r":states:::aws-sdk:|:iam::\d{12}:root$|:repository/worker$|\*")
    used = {text for each in deployment.resources for text in texts(each.inputs) if text.startswith("arn:")}

    assert {arn for arn in used - known if not of_aws.search(arn)} == set()


def test_no_policy_says_anything_twice_or_of_nothing(deployment: Deployment):
    for document in documents(deployment):
        sids = [statement["Sid"] for statement in document["Statement"] if "Sid" in statement]
        assert len(sids) == len(set(sids))
        for statement in document["Statement"]:
            for part in ("Action", "Resource"):
                listed = statement.get(part, "*")
                assert listed, statement
                assert isinstance(listed, str) or len(listed) == len(set(listed)), statement


def test_what_the_execution_role_may_read_is_what_the_containers_name(deployment: Deployment):
    named = {secret["valueFrom"] for each in containers(deployment) for secret in each.get("secrets", [])}
    written = [text for document in documents(deployment) for text in texts(document)]
    required = texts(deployment.outputs_of(deployment.result)["required_policies"])
    allowed = {text for text in (*written, *required) if re.match(r"arn:aws:(secretsmanager|ssm):", text)}

    assert {":".join(arn.split(":")[:7]) for arn in named} == allowed


def test_the_containers_of_a_task_go_together(deployment: Deployment):
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    definitions = containers(deployment)
    volumes = [volume["name"] for volume in task_definition["volumes"]]
    names = [definition["name"] for definition in definitions]
    egress = [rule["fromPort"] for rule in deployment.one("aws:ec2/securityGroup:SecurityGroup").inputs["egress"]]

    assert all(len(those) == len(set(those)) for those in (volumes, names, egress))
    for definition in definitions:
        variables = [each["name"] for key in ("environment", "secrets") for each in definition.get(key, [])]
        paths = [mount["containerPath"] for mount in definition["mountPoints"]]
        assert len(variables) == len(set(variables))
        assert len(paths) == len(set(paths))
        assert {mount["sourceVolume"] for mount in definition["mountPoints"]} <= set(volumes)
        assert {each["containerName"] for each in definition.get("dependsOn", [])} <= set(names)


def test_the_worker_takes_its_environment_and_consumes_every_queue(deployment: Deployment):
    environment = {each["name"]: each["value"] for each in containers(deployment)[0]["environment"]}
    settings = Settings.from_environment(environment | {"WORKER_HANDLER": "shop.handle"})
    urls = {queue["queue_url"] for queue in deployment.outputs_of(deployment.result)["queues"].values()}

    assert {queue.uri for queue in settings.queues} == urls


def test_alarms_and_scaling_look_at_what_is_there(deployment: Deployment):
    every = made(deployment)
    given = {text.rpartition(":")[2] for args in COMBINATIONS.values() for text in texts(args) if ":s" in text}
    types = ("sqs/queue:Queue", "sns/topic:Topic", "ecs/service:Service", "cloudwatch/eventRule:EventRule")
    there = {one["name"] for urn, one in every.items() if urn.split("::")[2].endswith(types)} | given | {"workers"}
    for alarm in deployment.all("aws:cloudwatch/metricAlarm:MetricAlarm"):
        metrics = [query["metric"] for query in alarm.inputs["metricQueries"] if "metric" in query]
        watched = [json.dumps(metric, sort_keys=True) for metric in metrics]

        assert 1 <= len(watched) == len(set(watched)) <= 10
        assert {name for metric in metrics for name in metric.get("dimensions", {}).values()} <= there
