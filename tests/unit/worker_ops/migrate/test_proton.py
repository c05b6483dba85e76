"""Every field of AWS Proton's specs: what it becomes, and what the report says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.deploy import deploy
from tests.support.migrated import deployed_stack
from tests.support.worker_service import container
from worker_ops.errors import OpsError
from worker_ops.migrate.converted import Converted
from worker_ops.migrate.proton.convert import Facts, convert_spec
from worker_ops.migrate.proton.environment_spec import convert_environment_spec
from worker_ops.migrate.proton.service_spec import ServiceSpec, convert_service_spec
from worker_ops.migrate.read_yaml import parse_yaml
from worker_ops.migrate.report import Outcome, Report

INSTANCE = "proton: ServiceSpec\ninstances: [{name: prod, environment: env, spec: {%s}}]\n"
CONNECTION = "arn:aws:codeconnections:eu-west-1:111122223333:connection/1234abcd-12ab-34cd-56ef-1234567890ab"
SPEC = """\
proton: ServiceSpec
pipeline: {service_dir: ecs-worker, dockerfile: Dockerfile, unit_test_command: make test}
instances:
  - {name: orders-staging, environment: env}
  - {name: orders-prod, environment: env, spec: {desired_count: 12, task_size: large, subnet_type: private}}
"""


def convert(text: str, **environment_stacks: str) -> tuple[ServiceSpec, Report]:
    report = Report()
    return convert_service_spec(parse_yaml(text, "spec.yaml"), "orders", environment_stacks, report), report


def written(tmp_path: Path, text: str = SPEC, **source: str) -> Converted:
    path = tmp_path / "spec.yaml"
    path.write_text(text)
    (tmp_path / "env.yaml").write_text("proton: EnvironmentSpec\nspec: {vpc_cidr: 10.1.0.0/16}\n")
    return convert_spec(path, {"env": tmp_path / "env.yaml"}, Facts("orders", {"env": "AWSProton-env"}, source))


def outcomes(report: Report) -> dict[str, Outcome]:
    return {finding.path: finding.outcome for finding in report.findings}


def test_an_instance_without_a_spec_is_what_the_template_makes_of_it():
    spec, report = convert("proton: ServiceSpec\ninstances: [{name: prod, environment: env}]\n", env="stack-1")
    conversion = spec.stacks["prod"]

    assert conversion.args == {
        "topics": {"ping": {"topic_arn": "${aws:output stack-1 SNSTopicArn|SnsTopicArn|SNSTopic}"}},
        "scaling": "proton",
        "min_count": 1,
        "desired_count": 1,
        "max_count": 10,
        "task_size": "x-small",
        "visibility_timeout_seconds": 30,
        "message_retention_seconds": 345_600,
        "max_receive_count": 3,
        "health_check": {"enabled": False},
        "queues": {"main": {"max_message_size_bytes": 1_048_576}},
    }
    assert conversion.network["subnet_ids"][0] == "${aws:output stack-1 PublicSubnet1|PublicSubnetOneId}"
    assert conversion.network["assign_public_ip"] is True
    assert not report.needs_person


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("desired_count: 4", {"desired_count": 4, "min_count": 1, "max_count": 10}),
        ("desired_count: 40", {"desired_count": 40, "max_count": 40}),
        ("task_size: x-large", {"task_size": "x-large"}),
    ],
)
def test_an_input_becomes_an_input(spec: str, expected: dict[str, Any]):
    args = convert(INSTANCE % spec)[0].stacks["prod"].args

    assert {key: args[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("spec", "path", "expected"),
    [
        ("image: a:1", "image", Outcome.BY_HAND),
        ("image: '${Proton::CURRENT_VAL}'", "image", Outcome.BY_HAND),
        ("desired_count: '${Proton::CURRENT_VAL}'", "desired_count", Outcome.BY_HAND),
        ("desired_count: 0", "desired_count", Outcome.NOT_UNDERSTOOD),
        ("task_size: huge", "task_size", Outcome.NOT_UNDERSTOOD),
        ("subnet_type: isolated", "subnet_type", Outcome.NOT_UNDERSTOOD),
        ("port: 80", "port", Outcome.NOT_UNDERSTOOD),
    ],
)
def test_what_is_no_input_is_told(spec: str, path: str, expected: Outcome):
    assert outcomes(convert(INSTANCE % spec, env="s")[1])[f"instances[0].spec.{path}"] == expected


def test_an_environment_whose_stack_nobody_named_is_left_to_a_person():
    spec, report = convert(INSTANCE % "")

    assert outcomes(report)["instances[0].environment"] == Outcome.BY_HAND
    assert "AWSProton-env-cloudformation--FILL-IN" in spec.stacks["prod"].network["vpc_id"]


def test_the_pipeline_keeps_its_inputs_and_names_what_no_spec_has(tmp_path: Path):
    text = SPEC.replace("make test", "make test, environment_account_ids: '111122223333, 222233334444', odd: 1")
    report = written(tmp_path, text, connection_arn=CONNECTION, repository_id="a/b").report
    told = {finding.path: finding.told for finding in report.findings}

    assert told["pipeline.environment_account_ids"] == "environment_account_ids"
    assert told["pipeline"].startswith(
        "fill in Pulumi.pipeline.yaml: branch, targets[].account_id, region and deploy_role, state_backend_url"
    )
    assert outcomes(report)["pipeline.odd"] == Outcome.NOT_UNDERSTOOD


def test_instances_are_stacks_and_targets_in_their_order(tmp_path: Path):
    files = written(tmp_path).files

    assert list(files)[3:6] == [
        "orders/Pulumi.orders-staging.yaml",
        "orders/Pulumi.orders-prod.yaml",
        "orders/Pulumi.pipeline.yaml",
    ]
    targets = yaml.safe_load(files["orders/Pulumi.pipeline.yaml"])["config"]["orders:pipeline"]["targets"]
    assert [target["stack"] for target in targets] == ["orders-staging", "orders-prod"]
    assert [target["deploy_role"] for target in targets] == ["orders-staging-deploy", "orders-prod-deploy"]


def test_the_program_runs_in_the_network_of_protons_environment(tmp_path: Path):
    deployment = deployed_stack(written(tmp_path).files, "orders", "orders-prod", tmp_path)
    service = deployment.one("aws:ecs/service:Service").inputs
    environment = {item["name"]: item["value"] for item in container(deployment)["environment"]}

    assert service["cluster"] == "arn:aws:ecs:eu-west-1:111122223333:cluster/proton"
    assert service["networkConfiguration"]["subnets"] == ["subnet-1a1b2c3d", "subnet-5e5f6a7b"]
    assert service["desiredCount"] == 12
    assert deployment.one("aws:sns/topicSubscription:TopicSubscription").inputs["topic"].endswith(":proton-ping")
    assert environment["QUEUE_URI"] == deployment.exports["queue_url"]
    assert {"QUEUE_NAME", "QUEUE_REGION"} <= environment.keys()


def test_an_environments_spec_becomes_a_project_of_its_own(tmp_path: Path):
    files = written(tmp_path).files
    (tmp_path / "environment.py").write_text(files["env/__main__.py"])
    deployment = deploy(
        tmp_path / "environment.py",
        config={"env:environment": {"vpc_cidr": "10.1.0.0/16", "shared_topics": {"ping": {}}}},
        project="env",
    )

    assert "10.1.0.0/16" in files["env/Pulumi.main.yaml"]
    assert deployment.one("awsx:ec2:Vpc").inputs["cidrBlock"] == "10.1.0.0/16"
    assert list(deployment.exports["shared_topic_arns"]) == ["ping"]


def test_addresses_of_an_environment():
    report = Report()
    text = "proton: EnvironmentSpec\nspec: {vpc_cidr: 10.0, public_subnet_one_cidr: 10.0.1.0/24, nat: 1}\n"
    args = convert_environment_spec(parse_yaml(text, "env.yaml"), report)

    assert args == {"shared_topics": {"ping": {}}, "public_subnet_cidrs": ["10.0.1.0/24", "10.0.64.0/18"]}
    assert outcomes(report) == {
        "proton": Outcome.MAPPED,
        "spec.vpc_cidr": Outcome.NOT_UNDERSTOOD,
        "spec.public_subnet_one_cidr": Outcome.MAPPED,
        "spec.nat": Outcome.NOT_UNDERSTOOD,
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("proton: EnvironmentSpec\n", "spec.yaml:1:9: proton: 'EnvironmentSpec' is not ServiceSpec"),
        ("instances: []\n", "spec.yaml:1:1: proton: nothing is not ServiceSpec"),
        ("proton: ServiceSpec\n", "spec.yaml: instances: required"),
        ("proton: ServiceSpec\ninstances: [{name: a}]\n", "instances[0]: name and environment are required"),
        (
            "proton: ServiceSpec\ninstances: [{name: a, environment: e}, {name: a, environment: f}]\n",
            "instances[1]: its stack would be a, as another one's",
        ),
    ],
)
def test_another_kind_of_file_is_named_at_once(text: str, told: str):
    with pytest.raises(OpsError) as refused:
        convert(text)
    assert told in str(refused.value)


@pytest.mark.parametrize("name", ["../x", "a/../../b", "a b", "\u00e9", "a\n", ""])
@pytest.mark.parametrize("field", ["name", "environment"])
def test_a_name_that_proton_did_not_take_is_refused_before_a_file_is_named_by_it(field: str, name: str, tmp_path: Path):
    said = {"name": "prod", "environment": "yard", field: name}
    text = f"proton: ServiceSpec\ninstances: [{json.dumps(said)}]\n"
    (tmp_path / "spec.yaml").write_text(text)

    with pytest.raises(OpsError, match=r"instances\[0\]"):
        convert_spec(tmp_path / "spec.yaml", {}, Facts("orders", {}, {}))


def test_an_environments_project_cannot_have_the_services_name(tmp_path: Path):
    (tmp_path / "spec.yaml").write_text("proton: ServiceSpec\ninstances: [{name: prod, environment: orders}]\n")
    (tmp_path / "environment.yaml").write_text("proton: EnvironmentSpec\n")

    with pytest.raises(OpsError, match="--environment-spec: orders: the service's project has this name already"):
        convert_spec(tmp_path / "spec.yaml", {"orders": tmp_path / "environment.yaml"}, Facts("orders", {}, {}))
