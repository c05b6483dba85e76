"""The presets: a collector of OpenTelemetry, and a log router; what their containers are told, and may do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.deploy import Deployment
from tests.support.worker_service import containers, deployed, document, problems_of

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:otlp-a1b2c3"
FILE = "arn:aws:s3:::settings/router/outputs.conf"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["environment"]}


def task_statements(deployment: Deployment) -> dict[str, Any]:
    policy = document(deployment, ROLE_POLICY, "orders-task-role-policy")
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def collector_config(**given: Any) -> dict[str, Any]:
    [_, collector] = containers(deployed(open_telemetry=given))
    return json.loads(variables(collector)["AOT_CONFIG_CONTENT"])


def test_the_collector_takes_what_the_worker_sends_and_outlives_it():
    [worker, collector] = containers(deployed(open_telemetry={}))

    assert collector["name"] == "otel-collector"
    assert collector["image"] == "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3"
    assert (collector["essential"], collector["memory"], collector["user"]) == (False, 256, "10001")
    assert collector["readonlyRootFilesystem"] is True
    assert worker["dependsOn"] == [{"containerName": "otel-collector", "condition": "START"}]
    told = {name: value for name, value in variables(worker).items() if name.startswith("OTEL_")}
    assert told == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=worker-service,deployment.environment.name=test",
        "OTEL_SERVICE_NAME": "orders",
    }
    receiver = collector_config()["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://{receiver}"


def test_variables_of_the_users_own_hold_over_the_presets():
    [worker, _] = containers(deployed(open_telemetry={}, environment={"OTEL_SERVICE_NAME": "shop"}))

    assert variables(worker)["OTEL_SERVICE_NAME"] == "shop"


def test_a_preset_variable_that_is_a_secret_of_the_users_is_no_plain_one_too():
    [worker, _] = containers(deployed(open_telemetry={}, secrets={"OTEL_RESOURCE_ATTRIBUTES": SECRET}))

    assert [secret["name"] for secret in worker["secrets"]] == ["OTEL_RESOURCE_ATTRIBUTES"]
    assert "OTEL_RESOURCE_ATTRIBUTES" not in variables(worker)


def test_without_an_endpoint_traces_go_to_x_ray_and_metrics_to_the_services_log_group():
    deployment = deployed(open_telemetry={})
    config = collector_config()
    log_group_name = deployment.outputs_of(deployment.result)["log_group_name"]

    assert config["service"]["pipelines"]["traces"]["exporters"] == ["awsxray"]
    assert config["service"]["pipelines"]["metrics"]["exporters"] == ["awsemf"]
    assert config["exporters"] == {
        "awsxray": {"region": "eu-west-1"},
        "awsemf": {
            "region": "eu-west-1",
            "namespace": "OpenTelemetry/orders",
            "log_group_name": log_group_name,
            "log_stream_name": "open-telemetry/{TaskId}",
            "dimension_rollup_option": "NoDimensionRollup",
        },
    }
    statements = task_statements(deployment)
    assert statements["SendTraces"] == {
        "Sid": "SendTraces",
        "Effect": "Allow",
        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": "*",
    }
    assert statements["WriteLog"] == {
        "Sid": "WriteLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:eu-west-1:111122223333:log-group:{log_group_name}:log-stream:*",
    }


def test_traces_alone_need_no_log_and_no_exporter_of_metrics():
    deployment = deployed(open_telemetry={"metrics": False})
    config = collector_config(metrics=False)

    assert list(config["exporters"]) == ["awsxray"]
    assert list(config["service"]["pipelines"]) == ["traces"]
    assert variables(containers(deployment)[0])["OTEL_METRICS_EXPORTER"] == "none"
    assert "WriteLog" not in task_statements(deployment)


def test_an_endpoint_gets_both_with_its_secret_headers_and_aws_nothing():
    given = {"endpoint": "https://otlp.example.com", "header_secrets": {"api-key": SECRET}}
    deployment = deployed(open_telemetry=given)
    [_, collector] = containers(deployment)
    config = collector_config(**given)

    assert config["exporters"] == {
        "otlphttp": {"endpoint": "https://otlp.example.com", "headers": {"api-key": "${env:OTLP_HEADER_API_KEY}"}}
    }
    assert {kind: pipeline["exporters"] for kind, pipeline in config["service"]["pipelines"].items()} == {
        "traces": ["otlphttp"],
        "metrics": ["otlphttp"],
    }
    assert collector["secrets"] == [{"name": "OTLP_HEADER_API_KEY", "valueFrom": SECRET}]
    policy = document(deployment, ROLE_POLICY, "orders-execution-role-policy")
    assert [item["Resource"] for item in policy["Statement"] if item["Sid"] == "ReadSecrets"] == [[SECRET]]
    assert not {"SendTraces", "WriteLog"} & task_statements(deployment).keys()


def test_a_routed_log_still_comes_to_the_log_group_where_alarms_read_it():
    deployment = deployed(task_size="small", log_router={"config_file_arns": [FILE], "environment": {"HOST": "logs"}})
    [worker, router] = containers(deployment)
    log_group_name = deployment.outputs_of(deployment.result)["log_group_name"]

    assert worker["logConfiguration"] == {
        "logDriver": "awsfirelens",
        "options": {
            "Name": "cloudwatch_logs",
            "region": "eu-west-1",
            "log_group_name": log_group_name,
            "log_stream_prefix": "worker/",
            "auto_create_group": "false",
            "log_key": "log",
            "log_format": "json/emf",
        },
    }
    assert worker["dependsOn"] == [{"containerName": "log-router", "condition": "START"}]
    assert router["name"] == "log-router"
    assert router["firelensConfiguration"] == {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "false"}}
    assert (router["user"], router["essential"], router["readonlyRootFilesystem"]) == ("0:1337", True, False)
    assert router["logConfiguration"]["logDriver"] == "awslogs"
    assert variables(router) == {"HOST": "logs", "aws_fluent_bit_init_s3_1": FILE}
    statements = task_statements(deployment)
    assert (
        statements["WriteLog"]["Resource"]
        == f"arn:aws:logs:eu-west-1:111122223333:log-group:{log_group_name}:log-stream:*"
    )
    assert statements["ReadRouterFiles"]["Resource"] == [FILE]
    assert statements["FindRouterFiles"]["Resource"] == ["arn:aws:s3:::settings"]


def test_without_presets_the_task_role_writes_no_log():
    assert not {"SendTraces", "WriteLog", "ReadRouterFiles"} & task_statements(deployed()).keys()


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            {"open_telemetry": {"header_secrets": {"api-key": SECRET}}},
            "open_telemetry.header_secrets: goes with endpoint; X-Ray takes the task role",
        ),
        (
            {"open_telemetry": {"endpoint": "http://otlp.internal:4318/base"}},
            "open_telemetry.endpoint: its port 4318 is not in egress_ports, so nothing would reach it",
        ),
        (
            {"log_router": {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/Router:7"}},
            (
                "log_router.image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/Router:7' names no repository that ECR"
                " can have, whose names are in lower case"
            ),
        ),
        (
            {"open_telemetry": {"endpoint": "otlp.internal"}},
            "open_telemetry.endpoint: 'otlp.internal' is not a URL such as https://otlp.example.com",
        ),
        (
            {"log_router": {"config_file_arns": ["arn:aws:s3:::settings/router.yaml"]}},
            (
                "log_router.config_file_arns[0]: 'arn:aws:s3:::settings/router.yaml' is not the ARN of an object in S3"
                " whose key ends in .conf"
            ),
        ),
        (
            {"open_telemetry": {"memory": 384}, "log_router": {}},
            "sidecars: their memory is 512 of the task's 512 MiB, which leaves the worker nothing",
        ),
    ],
)
def test_what_is_refused(args: dict[str, Any], problem: str):
    assert problems_of(**args) == [problem]
