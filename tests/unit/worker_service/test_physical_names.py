"""Names that AWS takes, whatever project, stack and components are called: checked by botocore's own rules.

Pulumi names most resources itself, by their logical name and random characters; the rest is named here.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, cast

import botocore.session
import pulumi
import pytest

from tests.support.deploy import Deployment, deploy, remembered
from tests.support.pipelines import BY_ECS, GIT
from tests.support.worker_service import IMAGE, worker_service
from worker_service import DeployRole, DeployRoleArgs, PipelineComponent, PipelineComponentArgs
from worker_service.inputs.names import stack_wide_name

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"

#: Type -> service, operation and parameter whose rule the name must fit, and a pattern where botocore knows none.
RULES = {
    "aws:appautoscaling/policy:Policy": ("application-autoscaling", "PutScalingPolicy", "PolicyName", r"\S(.*\S)?"),
    "aws:cloudwatch/eventRule:EventRule": ("events", "PutRule", "Name", None),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "CreateLogGroup", "logGroupName", None),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ("logs", "PutMetricFilter", "filterName", None),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "PutMetricAlarm", "AlarmName", None),
    "aws:codebuild/project:Project": ("codebuild", "CreateProject", "name", None),
    "aws:ecr/repository:Repository": ("ecr", "CreateRepository", "repositoryName", None),
    "aws:iam/role:Role": ("iam", "CreateRole", "RoleName", None),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "PutRolePolicy", "PolicyName", None),
    "aws:pipes/pipe:Pipe": ("pipes", "CreatePipe", "Name", None),
    "aws:sfn/stateMachine:StateMachine": ("stepfunctions", "CreateStateMachine", "name", r"[\w-]+"),
    "aws:sns/topic:Topic": ("sns", "CreateTopic", "Name", r"(?=.{1,256}$)[\w-]+(\.fifo)?"),
    "aws:sqs/queue:Queue": ("sqs", "CreateQueue", "QueueName", r"(?=.{1,80}$)[\w-]+(\.fifo)?"),
}
ROOT = Path(__file__).parents[3]
#: A pipeline beside the service.
CONNECTION = {key: value for key, value in GIT.items() if key not in ("service_dir", "targets")}
LONG = "Acme.Workers_" + "x" * 87


@functools.cache
def length_and_pattern(service: str, operation: str, parameter: str) -> tuple[int, int, str]:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    assert model.input_shape is not None
    known = cast("Any", model.input_shape).members[parameter].metadata
    return known.get("min", 1), known.get("max", 10_000), known.get("pattern", ".*")


def assert_named_as_aws_takes_it(deployment: Deployment, type_: str) -> None:
    service, operation, parameter, pattern = RULES[type_]
    fewest, most, known = length_and_pattern(service, operation, parameter)
    for resource in deployment.all(type_):
        # What Pulumi makes of a logical name; it lower-cases none of these.
        is_fifo = resource.inputs.get("fifoQueue") or resource.inputs.get("fifoTopic")
        name = resource.inputs.get("name") or f"{resource.name}-1a2b3c4{'.fifo' if is_fifo else ''}"
        assert fewest <= len(name) <= most, name
        assert re.fullmatch(pattern or known, name, re.ASCII), name


@remembered
def pipeline(name: str) -> Deployment:
    args = cast("PipelineComponentArgs", {**GIT, "notification_email": "team@example.com"})
    return deploy(lambda: PipelineComponent(name, args), project=LONG, stack=LONG)


@remembered
def service(name: str) -> Deployment:
    waking = {"fast_wake": True, "min_count": 0, "desired_count": 0}
    return deploy(lambda: worker_service(name, alarm_email="a@b.c", **waking), project=LONG, stack=LONG)


@pytest.mark.parametrize("type_", RULES)
@pytest.mark.parametrize("name", ["orders", "Orders", "O" * 20])
def test_a_pipelines_resources_have_names_that_aws_takes(name: str, type_: str):
    assert_named_as_aws_takes_it(pipeline(name), type_)


@pytest.mark.parametrize("type_", RULES)
@pytest.mark.parametrize("name", ["orders", "Orders", "O" * 40])
def test_a_services_resources_have_names_that_aws_takes(name: str, type_: str):
    assert_named_as_aws_takes_it(service(name), type_)


SOURCE: dict[str, Any] = {"event_pattern": {"source": ["shop"]}}
FIFO: dict[str, Any] = {"fifo": {"content_based_deduplication": True}}
#: Of a service with the longest name: those with the longest names that its queues and their sources can have.
LONGEST: dict[str, Any] = {
    "main": {"sources": {"s" * 8: SOURCE}},
    "q" * 13: {},
    "f" * 8: FIFO,
    "e" * 3: {"sources": {"s" * 4: SOURCE}},
}


@pytest.mark.parametrize("type_", ["aws:sqs/queue:Queue", "aws:cloudwatch/eventRule:EventRule"])
def test_the_longest_names_of_queues_and_sources_are_what_aws_takes(type_: str):
    assert_named_as_aws_takes_it(deploy(lambda: worker_service("o" * 40, queues=LONGEST)), type_)


@pytest.mark.parametrize(
    ("queues", "problem"),
    [
        ({"q" * 14: {}}, f"queues.{'q' * 14}: {'o' * 40}-{'q' * 14}-dead-letter-queue: 81 characters are more than 80"),
        ({"f" * 9: FIFO}, f"queues.{'f' * 9}: {'o' * 40}-{'f' * 9}-dead-letter-queue: 81 characters are more than 80"),
        (
            {"main": {"sources": {"s" * 9: SOURCE}}},
            f"queues.main.sources.{'s' * 9}: {'o' * 40}-{'s' * 9}-source: 65 characters are more than 64",
        ),
        (
            {"e" * 3: {"sources": {"s" * 5: SOURCE}}},
            f"queues.eee.sources.{'s' * 5}: {'o' * 40}-eee-{'s' * 5}-source: 65 characters are more than 64",
        ),
    ],
    ids=["a queue", "a FIFO queue", "a source of the main queue", "a source of another queue"],
)
def test_a_queue_or_source_with_a_longer_name_is_refused(queues: dict[str, Any], problem: str):
    with pytest.raises(ValueError, match="WorkerService") as refused:
        worker_service("o" * 40, queues=queues)

    assert [line.strip() for line in str(refused.value).splitlines()[1:]] == [
        f"{problem}, with what Pulumi puts behind; shorten this name or the service's"
    ]
    deploy(lambda: worker_service("orders", queues=queues))


@pytest.mark.parametrize("prefix", ["acme", "Acme-Teams"])
def test_a_stack_may_have_all_its_names_begin_with_a_prefix_within_what_aws_takes(prefix: str):
    config = {"name_prefix": prefix, "image": IMAGE, "alarm_email": "a@b.c", "subnet_type": "private"}
    config |= {"vpc_endpoints": "worker", "flow_log_retention_days": 30}
    deployment = deploy(ROOT / "__main__.py", config={**config, **CONNECTION}, project=LONG, stack=LONG)

    begins = tuple(f"{prefix.lower()}-{component}" for component in ("pipeline", "environment", "worker"))
    assert [r.urn for r in deployment.resources if not r.name.lower().startswith(begins)] == []
    for type_ in RULES:
        assert_named_as_aws_takes_it(deployment, type_)


@pytest.mark.parametrize("prefix", ["acme-", "1acme", "elevenchars", "a--b"])
def test_a_prefix_that_would_not_fit_is_refused(prefix: str):
    with pytest.raises(pulumi.RunError, match=f"name_prefix: '{prefix}' is not 1 to 10 letters, digits"):
        deploy(ROOT / "__main__.py", config={"name_prefix": prefix, "image": IMAGE})


def test_a_prefix_that_makes_a_name_too_long_is_refused_before_anything_is_made():
    config = {"name_prefix": "p" * 10, "image": IMAGE, "queues": {"q" * 20: {"sources": {"s" * 15: SOURCE}}}}

    with pytest.raises(pulumi.RunError, match="the config of stack") as refused:
        deploy(ROOT / "__main__.py", config=config)

    assert "source: 69 characters are more than 64, with what Pulumi puts behind" in str(refused.value)


@pytest.mark.parametrize(("project", "stack"), [("worker-service", "dev.1"), ("Acme.Workers", "Dev"), (LONG, LONG)])
def test_what_pulumi_does_not_name_has_a_name_that_aws_takes(project: str, stack: str):
    deployment = deploy(lambda: worker_service("o" * 40), project=project, stack=stack)
    dashboard = deployment.one(DASHBOARD).inputs["dashboardName"]
    family = deployment.one(TASK_DEFINITION).inputs["family"]

    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", dashboard)
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", family)


def test_stacks_whose_names_differ_in_a_dot_do_not_write_over_each_others_dashboard():
    names = {stack_wide_name("workers", stack, "orders") for stack in ("dev.1", "dev-1", "dev_1")}

    assert len(names) == 3
    assert "workers-dev-1-orders" in names


def test_the_buckets_name_is_spelt_in_policies_as_pulumi_spells_it():
    """It lower-cases what it names a bucket by."""
    args = cast(
        "DeployRoleArgs",
        {
            "pipeline_account_id": "111122223333",
            "pipeline_region": "eu-west-1",
            "pipeline_name": "Orders",
            "target": BY_ECS,
        },
    )
    policy = json.loads(
        deploy(lambda: DeployRole("deploy", args)).one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    )
    [reading] = [statement for statement in policy["Statement"] if statement["Sid"] == "ReadArtifact"]

    assert reading["Resource"] == "arn:aws:s3:::orders-artifacts-???????/*"
