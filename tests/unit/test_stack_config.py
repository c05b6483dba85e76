"""The program with a stack's config, as the CLI hands it over: texts, one for each key."""

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import stack_config
from tests.support.deploy import Deployment, deploy, remembered
from worker_service.inputs.rules import Text

ROOT = Path(__file__).parent.parent.parent
PROGRAM = ROOT / "__main__.py"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64
CLUSTER_ARN = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"


@functools.cache
def defaults() -> dict[str, Any]:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return {key: item["default"] for key, item in declared.items()}


@remembered
def run(*, secrets: Sequence[str] = (), **config: Any) -> Deployment:
    """Run the program with the defaults of Pulumi.yaml, as the CLI does, and the given keys."""
    return deploy(PROGRAM, config={**defaults(), "image": IMAGE, **config}, secrets=secrets)


def problems_of(**config: Any) -> list[str]:
    with pytest.raises(pulumi.RunError) as refused:
        run(**config)
    return [line.strip() for line in str(refused.value).splitlines()[1:]]


def test_the_defaults_and_an_image_are_a_whole_stack():
    deployment = run()

    assert set(deployment.exports) == {
        "topic_arn",
        "queue_url",
        "queue_arn",
        "queue_name",
        "dead_letter_queue_url",
        "dead_letter_queue_arn",
        "dead_letter_queue_name",
        "service_name",
        "task_definition_arn",
        "task_role_arn",
        "operator_policy_arn",
        "kms_key_arn",
        "log_group_name",
        "dashboard_url",
        "topic_arns",
        "queues",
        "required_policies",
        "cluster_arn",
        "shared_topic_arns",
        "vpc_id",
        "public_subnet_ids",
        "private_subnet_ids",
    }
    assert deployment.exports["queue_name"].startswith("worker-queue-")
    service = deployment.one("aws:ecs/service:Service").inputs["networkConfiguration"]
    assert service["assignPublicIp"] is True
    assert service["subnets"] == deployment.exports["public_subnet_ids"]


def test_the_dev_stack_is_a_whole_stack_without_nat_gateways_or_protection():
    config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    own = {key: value for key, value in config.items() if ":" not in key}
    deployment = run(**{"image": "", **own})

    assert deployment.one("awsx:ec2:Vpc").inputs["natGateways"] == {"strategy": "None"}
    assert [resource.name for resource in deployment.resources if resource.protect] == []


@pytest.mark.parametrize(
    ("config", "strategy"),
    [
        ({}, "None"),
        ({"subnet_type": "public", "nat_gateways": "single"}, "Single"),
        ({"subnet_type": "private"}, "OnePerAz"),
    ],
)
def test_public_tasks_pay_for_no_nat_gateway(config: dict[str, Any], strategy: str):
    assert run(**config).one("awsx:ec2:Vpc").inputs["natGateways"] == {"strategy": strategy}


def test_private_tasks_have_private_subnets_and_no_public_ip():
    deployment = run(subnet_type="private")
    network = deployment.one("aws:ecs/service:Service").inputs["networkConfiguration"]

    assert network["assignPublicIp"] is False
    assert network["subnets"] == deployment.exports["private_subnet_ids"]


def test_private_tasks_reach_aws_by_endpoints_for_exactly_what_their_inputs_need():
    deployment = run(
        subnet_type="private",
        vpc_endpoints="worker",
        vpc_endpoint_services=["events"],
        enable_execute_command=True,
        once_table=True,
        **{"worker-service:secrets": {"TOKEN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:token-a1b2c3"}},
    )
    services = {endpoint.inputs["serviceName"] for endpoint in deployment.all("aws:ec2/vpcEndpoint:VpcEndpoint")}

    assert deployment.one("awsx:ec2:Vpc").inputs["natGateways"] == {"strategy": "None"}
    assert {name.removeprefix("com.amazonaws.eu-west-1.") for name in services} == {
        *("s3", "ecr.api", "ecr.dkr", "logs", "sqs"),
        *("dynamodb", "events", "secretsmanager", "ssmmessages"),
    }


def test_tasks_start_when_all_endpoints_are_there():
    deployment = run(subnet_type="private", vpc_endpoints="worker")
    endpoints = {endpoint.urn for endpoint in deployment.all("aws:ec2/vpcEndpoint:VpcEndpoint")}

    assert len(endpoints) == 5
    assert endpoints <= deployment.one("aws:ecs/service:Service").dependencies


def test_a_service_is_a_client_in_the_namespace_of_its_cluster():
    deployment = run(namespace="shop.local", service_connect=True)
    namespace = deployment.one("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace")
    [default] = deployment.one("aws:ecs/cluster:Cluster").inputs["serviceConnectDefaults"].values()

    assert ":namespace/" in default
    assert namespace.inputs["name"] == "shop.local"
    assert deployment.one("aws:ecs/service:Service").inputs["serviceConnectConfiguration"] == {"enabled": True}


def test_an_image_from_elsewhere_comes_through_a_nat_gateway():
    config = {"subnet_type": "private", "vpc_endpoints": "worker", "image": "docker.io/acme/worker:7"}
    assert run(**config, nat_gateways="single").one("awsx:ec2:Vpc").inputs["natGateways"] == {"strategy": "Single"}


def test_sessions_are_logged_where_the_environment_keeps_a_log():
    deployment = run(enable_execute_command=True, execute_command_log_retention_days=30)
    policy = deployment.one("aws:iam/rolePolicy:RolePolicy", "worker-task-role-policy").inputs["policy"]
    assert '"LogSessions"' in policy
    assert "environment-exec-sessions" in policy


def test_every_key_reaches_its_resource():
    deployment = run(
        handler="app.orders.handle",
        environment={"STAGE": "test"},
        cpu=512,
        memory=2048,
        architecture="ARM64",
        desired_count=2,
        min_count=2,
        max_count=4,
        visibility_timeout_seconds=120,
        max_receive_count=5,
        message_retention_seconds=86_400,
        kms_key_arn="arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
        log_retention_days=30,
        egress_ports=[443, 5432],
        enable_execute_command=True,
        error_texts=False,
        protect=False,
        tags={"team": "orders"},
        nat_gateways="single",
        container_insights=False,
    )
    queue = deployment.one("aws:sqs/queue:Queue", "worker-queue").inputs
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    target = deployment.one("aws:appautoscaling/target:Target").inputs

    assert queue["visibilityTimeoutSeconds"] == 120
    assert queue["messageRetentionSeconds"] == 86_400
    assert queue["kmsMasterKeyId"] == "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
    assert queue["tags"] == {"team": "orders"}
    assert '"maxReceiveCount": 5' in deployment.one("aws:sqs/redrivePolicy:RedrivePolicy").inputs["redrivePolicy"]
    assert (task_definition["cpu"], task_definition["memory"]) == ("512", "2048")
    assert task_definition["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert '{"name": "STAGE", "value": "test"}' in task_definition["containerDefinitions"]
    assert '{"name": "WORKER_HANDLER", "value": "app.orders.handle"}' in task_definition["containerDefinitions"]
    assert '{"name": "WORKER_ERROR_TEXTS", "value": "false"}' in task_definition["containerDefinitions"]
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 4)
    assert deployment.one("aws:ecs/service:Service").inputs["desiredCount"] == 2
    assert deployment.one("aws:ecs/service:Service").inputs["enableExecuteCommand"] is True
    assert deployment.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 30
    assert len(deployment.one("aws:ec2/securityGroup:SecurityGroup").inputs["egress"]) == 2
    assert [resource.name for resource in deployment.resources if resource.protect] == []
    assert deployment.one("awsx:ec2:Vpc").inputs["natGateways"] == {"strategy": "Single"}
    assert deployment.one("aws:ecs/cluster:Cluster").inputs["settings"][0]["value"] == "disabled"


def test_every_key_of_scaling_and_alarms_reaches_its_resource():
    deployment = run(
        scaling="bursty",
        min_count=0,
        desired_count=0,
        acceptable_latency_seconds=120,
        message_processing_seconds="0.25",
        concurrency=5,
        scale_in_after_seconds=1200,
        scale_in_protection=True,
        fast_scaling=True,
        schedules={"night": {"schedule": "rate(1 day)", "min_count": 0, "max_count": 1}},
        minimum_healthy_percent=80,
        maximum_percent=200,
        alarm_email="ops@example.com",
        alarm_topic_arn="arn:aws:sns:eu-west-1:111122223333:alarms",
        dead_letter_alarm_messages=7,
        age_alarm_minutes=0,
        no_consumer_alarm_minutes=6,
        task_failure_alarm_tasks=0,
        delivery_failure_alarm_messages=8,
        receive_failure_alarm_errors=9,
        rollback_alarms=["no_consumer"],
        dashboard=False,
    )
    alarms = {alarm.name: alarm.inputs for alarm in deployment.all("aws:cloudwatch/metricAlarm:MetricAlarm")}
    demand = alarms["worker-scaling-demand"]["metricQueries"]
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    rollback = deployment.one("aws:ecs/service:Service").inputs["alarms"]

    silent = alarms["worker-scaling-silent"]["metricQueries"]
    assert silent[-1]["expression"].startswith("CEIL(v0 * 0.0004166666666 + n0 * 0.25)")
    assert demand[0]["metric"]["metricName"] == "Demand"
    assert '{"name": "WORKER_DEMAND_WINDOW_SECONDS", "value": "1200"}' in task_definition
    assert deployment.one("aws:appautoscaling/target:Target").inputs["minCapacity"] == 0
    assert deployment.one("aws:ecs/service:Service").inputs["desiredCount"] == 0
    assert '{"name": "WORKER_CONCURRENCY", "value": "5"}' in task_definition
    assert '{"name": "WORKER_SCALE_IN_PROTECTION", "value": "true"}' in task_definition
    assert '{"name": "WORKER_PUBLISH_DEMAND", "value": "true"}' in task_definition
    service = deployment.one("aws:ecs/service:Service").inputs
    assert (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"]) == (80, 200)

    assert deployment.one("aws:appautoscaling/scheduledAction:ScheduledAction").name == "worker-schedule-night"
    assert {name: alarm["threshold"] for name, alarm in alarms.items() if name.endswith("-alarm")} == {
        "worker-dead-letter-alarm": 7,
        "worker-no-consumer-alarm": 1,
        "worker-delivery-failure-alarm": 8,
        "worker-receive-failure-alarm": 9,
    }
    assert alarms["worker-no-consumer-alarm"]["evaluationPeriods"] == 6
    assert len(alarms["worker-dead-letter-alarm"]["alarmActions"]) == 2
    assert [name[:24] for name in rollback["alarmNames"]] == ["worker-no-consumer-alarm"]
    assert deployment.exports["dashboard_url"] == ""


def test_long_work_is_protected_by_itself_in_a_stack_too():
    def told(**config: Any) -> bool:
        task_definition = run(**config).one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
        return '{"name": "WORKER_SCALE_IN_PROTECTION", "value": "true"}' in task_definition

    assert not told(message_processing_seconds="100", acceptable_latency_seconds="600")
    assert told(message_processing_seconds="101", acceptable_latency_seconds="600")
    assert told(scale_in_protection="true")


def test_the_cpu_target_of_proton_reaches_its_policy():
    cpu = (
        run(scaling="proton", cpu_target_percent=70).one("aws:appautoscaling/policy:Policy", "worker-cpu-policy").inputs
    )
    assert cpu["targetTrackingScalingPolicyConfiguration"]["targetValue"] == 70


def test_a_default_rollback_alarm_that_is_turned_off_is_left_out():
    rollback = run(dead_letter_alarm_messages=0).one("aws:ecs/service:Service").inputs["alarms"]

    assert [name.rsplit("-", 1)[0] for name in rollback["alarmNames"]] == ["worker-age-alarm"]


def test_an_empty_list_of_rollback_alarms_means_none():
    rollback = run(rollback_alarms=[]).one("aws:ecs/service:Service").inputs["alarms"]

    assert rollback == {"alarmNames": [], "enable": False, "rollback": False}


def test_an_existing_vpc_and_cluster_are_adopted():
    deployment = run(vpc_id="vpc-1", public_subnet_ids=["subnet-1"], cluster_arn=CLUSTER_ARN)

    assert deployment.all("awsx:ec2:Vpc") == []
    assert deployment.one("aws:ecs/service:Service").inputs["cluster"] == CLUSTER_ARN
    assert deployment.one("aws:ecs/service:Service").inputs["networkConfiguration"]["subnets"] == ["subnet-1"]


AN_IMAGE = "registry/worker:7 or registry/worker@sha256:..."


def test_a_bad_stack_is_told_every_problem_at_once():
    assert problems_of(task_size="huge", desired_count=-1, image="x" * 201, max_cuont=3) == [
        "max_cuont: unknown; did you mean max_count?",
        f"image: '{'x' * 40}'... (201 characters) is not an image of 1 to 200 characters such as {AN_IMAGE}",
        "task_size: 'huge' is not one of x-small, small, medium, large, x-large",
        "desired_count: -1 is not a whole number from 0 to 5000",
    ]


def test_the_message_counts_the_problems_and_names_the_stack():
    with pytest.raises(pulumi.RunError, match=r"^the config of stack test has 2 problem\(s\):\n"):
        run(task_size="huge", desired_count=-1)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (
            {"image": ""},
            (
                "image: required; give it with: pulumi config set image REPOSITORY@sha256:DIGEST,"
                " or have it built here with: pulumi config set source directory"
            ),
        ),
        ({"desired_count": "many"}, "desired_count: 'many' is not a whole number from 0 to 5000"),
        ({"desired_count": "1.5"}, "desired_count: 1.5 is not a whole number from 0 to 5000"),
        ({"min_count": 5, "max_count": 4}, "min_count: 5 is above max_count 4"),
        ({"desired_count": 0}, "desired_count: 0 needs min_count 0, not 1"),
        (
            {"message_processing_seconds": "fast"},
            "message_processing_seconds: 'fast' is not a number from 0.001 to 43200",
        ),
        ({"scale_in_after_seconds": 100}, "scale_in_after_seconds: 100 is not a multiple of 60 from 300 to 3600"),
        (
            {"schedules": {"night": {"schedule": "cron(0 20 * * *)", "min_count": 0, "max_count": 0}}},
            (
                "schedules.night.schedule: 'cron(0 20 * * *)': a cron expression has 6 fields (minutes, hours,"
                " day of month, month, day of week, year), this one 5"
            ),
        ),
        ({"protect": "maybe"}, "protect: 'maybe' is not true or false"),
        (
            {"tags": "team=orders"},
            f"tags: 'team=orders' is not {stack_config.ROWS['tags'].rule}",
        ),
        ({"environment": {"PORT": [80]}}, "environment.PORT: [80] is not text of 0 to 32768 characters"),
        ({"egress_ports": [443, 0]}, "egress_ports[1]: 0 is not a whole number from 1 to 65535"),
        ({"cpu": 300, "memory": 512}, "cpu: 300 is not one of 256, 512, 1024, 2048, 4096, 8192, 16384"),
        ({"cpu": 256}, "cpu, memory: give both or neither"),
        ({"subnet_type": "shared"}, "subnet_type: 'shared' is not one of public, private"),
        (
            {"subnet_type": "private", "nat_gateways": "none"},
            "nat_gateways: 'none' leaves private tasks no way to AWS; use single, one_per_zone or vpc_endpoints worker",
        ),
        (
            {"subnet_type": "private", "vpc_endpoints": "worker", "image": "docker.io/acme/worker:7"},
            (
                "image: 'docker.io/acme/worker:7' is not in ECR, and without NAT gateways private tasks reach no other"
                " registry"
            ),
        ),
        (
            {"subnet_type": "private", "vpc_endpoints": "worker", "open_telemetry": {"metrics": False}},
            (
                "open_telemetry.image: 'public.ecr.aws/...' is not in ECR, and without NAT gateways private tasks reach"
                " no other registry"
            ),
        ),
        (
            {"ipv6": True},
            "ipv6: a VPC made here has no IPv6 addresses; give vpc_id and dual-stack subnets",
        ),
        (
            {"service_connect": True},
            "service_connect: a cluster made here has no default namespace without namespace",
        ),
        (
            {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1"]},
            "public_subnet_ids: required where subnet_type is public",
        ),
        ({"vpc_id": "vpc-1"}, "vpc_id: an existing VPC needs public_subnet_ids or private_subnet_ids"),
        (
            {"kms_key_arn": "alias/aws/sns"},
            (
                "kms_key_arn: 'alias/aws/sns' is not a key ARN such as"
                " arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
            ),
        ),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(config: dict[str, Any], problem: str):
    assert problem in problems_of(**config)


def test_null_is_no_value_of_any_key_that_is_not_text():
    keys = [key for key, row in stack_config.ROWS.items() if not isinstance(row.rule, Text)]
    problems = problems_of(**{f"worker-service:{key}": "null" for key in keys})

    assert [key for key in keys if not any(line.startswith(f"{key}: 'null' ") for line in problems)] == []


@pytest.mark.parametrize("key", ["environment", "topics", "task_policies", "max_count"])
@pytest.mark.parametrize("levels", [60, 900, 100_000])
def test_what_is_nested_without_end_is_refused(key: str, levels: int):
    [problem] = problems_of(**{key: '{"a":' * levels + "1" + "}" * levels})

    assert problem.startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"task_policies": '{"own": {"Statement": NaN}}'}, "task_policies.own: is not an object of keys and values"),
        ({"environment": {"a\nb": [7]}}, "environment.'a\\nb': [7] is not "),
        ({"vpc_cidr": "1" * 500}, f"vpc_cidr: '{'1' * 40}'... (500 characters) is not a block of addresses"),
    ],
)
def test_a_problem_is_one_line_that_can_be_shown(config: dict[str, Any], problem: str):
    assert any(line.startswith(problem) for line in problems_of(**config))


def test_a_secret_environment_stays_secret():
    deployment = run(secrets=["environment"], environment={"TOKEN": "s3cr3t"})
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition")

    assert '{"name": "TOKEN", "value": "s3cr3t"}' in task_definition.inputs["containerDefinitions"]
    assert "containerDefinitions" in task_definition.secret_inputs


def test_a_bad_secret_is_not_shown():
    assert problems_of(secrets=["environment"], environment={"TOKEN": ["s3cr3t"]}) == [
        f"environment.TOKEN: the secret value is not {stack_config.ROWS['environment'].rule}"
    ]


def test_other_secrets_stay_secret_too():
    deployment = run(secrets=["image", "tags"], tags={"team": "orders"})

    assert "containerDefinitions" in deployment.one("aws:ecs/taskDefinition:TaskDefinition").secret_inputs
    assert "tags" in deployment.one("aws:sns/topic:Topic").secret_inputs


@pytest.mark.parametrize(
    "config", [{"max_count": 3}, {"topics": {"news": {}}}, {"open_telemetry": {"metrics": False}}], ids=str
)
def test_what_shapes_the_resources_cannot_be_a_secret(config: dict[str, Any]):
    [key] = config

    assert problems_of(secrets=[key], **config) == [
        f"{key}: shapes the resources and cannot be kept secret; set it without --secret"
    ]


def test_the_items_of_a_list_may_be_secret():
    deployment = run(secrets=["security_group_ids"], security_group_ids=["sg-0a1b2c3d"])

    assert "networkConfiguration" in deployment.one("aws:ecs/service:Service").secret_inputs


def test_numbers_and_booleans_in_a_map_are_texts():
    deployment = run(environment={"PORT": 8080, "DEBUG": True}, tags={"build": 12})

    definitions = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    assert '{"name": "PORT", "value": "8080"}' in definitions
    assert '{"name": "DEBUG", "value": "true"}' in definitions
    assert deployment.one("aws:sns/topic:Topic").inputs["tags"] == {"build": "12"}


def test_an_empty_list_of_ports_lets_nothing_out():
    assert run(egress_ports=[]).one("aws:ec2/securityGroup:SecurityGroup").inputs["egress"] == []


def test_conflicts_are_told_together_with_bad_values():
    assert problems_of(task_size="huge", min_count=5, max_count=4) == [
        "task_size: 'huge' is not one of x-small, small, medium, large, x-large",
        "min_count: 5 is above max_count 4",
    ]


def test_keys_of_other_namespaces_are_left_alone():
    assert run(**{"aws:region": "eu-west-1", "other:desired_cuont": "x"}).exports["queue_name"]


GIT = {
    "source": "connection",
    "connection_arn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/1a2b",
    "repository_id": "example/orders",
}
PIPELINE_EXPORTS = {"repository_url", "build_project_name", "image", "pipeline_arn", "pipeline_url", "source_uri"}


def test_a_stack_may_be_a_pipeline_alone():
    deployment = run(image="", **GIT)

    assert set(deployment.exports) == PIPELINE_EXPORTS
    assert deployment.exports["image"] is None
    assert deployment.all("workers:index:Environment") == []


def test_a_stack_may_be_a_pipeline_beside_a_service():
    deployment = run(**GIT)

    assert set(deployment.exports) > PIPELINE_EXPORTS
    [container] = json.loads(deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])
    assert container["image"] == IMAGE


def test_a_service_runs_the_image_that_is_built_from_a_folder():
    deployment = run(image="", source="directory", service_dir="worker")

    [container] = json.loads(deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])
    assert container["image"] == deployment.exports["image"]
    assert container["image"].startswith(f"{deployment.exports['repository_url']}@sha256:")


def test_the_pipeline_stack_is_a_whole_stack():
    config = yaml.safe_load((ROOT / "Pulumi.pipeline.yaml").read_text())["config"]
    deployment = run(**{"image": "", **{key: value for key, value in config.items() if ":" not in key}})

    stages = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs["stages"]
    assert [stage["name"] for stage in stages] == ["Source", "Build", "Deploy-staging", "Deploy-prod"]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (
            {"source": "directory", "service_dir": "worker"},
            "image: source directory builds the image; leave out the one or the other",
        ),
        (
            {"image": "", "source": "directory", "service_dir": "absent"},
            "service_dir: 'absent' is not a folder beside Pulumi.yaml",
        ),
        (
            {"repository_id": "example/orders"},
            "repository_id: belongs to a pipeline, which needs source",
        ),
        (
            {**GIT, "environment_account_ids": [111122223333]},
            "environment_account_ids[0]: 111122223333 is not an AWS account id of 12 digits, in quotes",
        ),
        (
            {**GIT, "targets": [{"stack": "prod", "account_id": "1"}]},
            "targets[0].account_id: '1' is not an AWS account id of 12 digits, in quotes",
        ),
    ],
)
def test_a_bad_pipeline_is_named_before_anything_is_registered(config: dict[str, Any], problem: str):
    assert problem in problems_of(**config)


def test_a_pipelines_problems_and_a_services_are_told_together():
    problems = problems_of(**{**GIT, "repository_id": "orders"}, task_size="huge")

    assert [line.split(":")[0] for line in problems] == ["task_size", "repository_id"]


def test_a_command_before_deployments_and_ecss_own_action_are_refused_together():
    config = {
        "image": "",
        "source": "connection",
        "connection_arn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/1a2b",
        "repository_id": "acme/shop",
        "service_dir": "worker",
        "environment_account_ids": ["444455556666"],
        "pre_deploy_command": ["python", "-m", "migrate"],
        "targets": [
            {"stack": "edge", "account_id": "444455556666", "deploy_role": "deploy", "ecs_service": "workers/orders"}
        ],
    }

    assert problems_of(**config) == [
        "targets[0].ecs_service: ECS deploys it without pre_deploy_command; leave out the one or the other"
    ]
    assert run(**{**config, "pre_deploy_command": "[]"}).exports
