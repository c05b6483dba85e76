"""A workspace becomes a project for each worker, which runs; what cannot be read is named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from tests.support.migrated import deployed_stack
from worker_ops.errors import OpsError
from worker_ops.migrate.copilot.convert import Converted, convert_workspace
from worker_ops.migrate.copilot.moving import live_names
from worker_ops.migrate.copilot.workspace import read_workspace

ORDERS = """\
name: orders
type: Worker Service
image: {location: 'shop/orders:7'}
count: {range: 1-4, cpu_percentage: 70}
variables: {TIME: 12:30:45, NUMBER: 1e3, SWITCH: no}
secrets: {TOKEN: {secretsmanager: token}}
subscribe:
  topics: [{name: placed, service: api}]
environments:
  prod: {network: {vpc: {placement: private}}}
"""
WEB = "name: web\ntype: Load Balanced Web Service\nhttp: {path: /}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, **{"orders/manifest.yml": ORDERS, "web/manifest.yml": WEB, ".workspace": "application: shop"})
    write(tmp_path, **{"environments/test/manifest.yml": "name: test\ntype: Environment\n"})
    return tmp_path


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / "copilot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def converted(repository: Path, *environments: str) -> Converted:
    return convert_workspace(read_workspace(repository, application=None, environments=environments), {})


def refusal(directory: Path, application: str | None = None) -> str:
    with pytest.raises(OpsError) as refused:
        read_workspace(directory, application=application, environments=["test"])
    return str(refused.value)


def test_a_worker_becomes_a_project_with_a_stack_for_each_environment(repository: Path):
    assert list(converted(repository, "dev").files) == [
        "orders/Pulumi.yaml",
        "orders/__main__.py",
        "orders/requirements.txt",
        "orders/Pulumi.test.yaml",
        "orders/Pulumi.prod.yaml",
        "orders/Pulumi.dev.yaml",
        "orders/MIGRATION.md",
    ]


def test_the_folder_copilot_itself_is_a_workspace_too(repository: Path):
    assert converted(repository / "copilot").files == converted(repository).files


def test_the_program_runs_and_looks_up_what_aws_alone_knows(repository: Path, tmp_path: Path):
    deployment = deployed_stack(converted(repository).files, "orders", "prod", tmp_path)
    service = deployment.one("aws:ecs/service:Service").inputs
    [container] = yaml.safe_load(deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])
    environment = {item["name"]: item["value"] for item in container["environment"]}

    assert service["cluster"] == "arn:aws:ecs:eu-west-1:111122223333:cluster/shop-prod"
    assert service["networkConfiguration"]["subnets"] == ["subnet-1a1b2c3d", "subnet-5e5f6a7b"]
    assert service["networkConfiguration"]["assignPublicIp"] is False
    assert deployment.one("aws:sns/topicSubscription:TopicSubscription").inputs["topic"] == (
        "arn:aws:sns:eu-west-1:111122223333:shop-prod-api-placed"
    )
    assert container["image"] == "shop/orders:7"
    assert container["secrets"] == [
        {"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:token-a1b2c3"}
    ]
    assert {key: environment[key] for key in ("TIME", "NUMBER", "SWITCH")} == {
        "TIME": "12:30:45",
        "NUMBER": "1e3",
        "SWITCH": "no",
    }
    assert environment["COPILOT_QUEUE_URI"] == deployment.exports["queue_url"]
    assert deployment.exports["service_name"].startswith("orders-service-")


def test_the_programs_text_is_python_and_its_requirement_is_this_package(repository: Path):
    files = converted(repository).files

    ast.parse(files["orders/__main__.py"])
    assert files["orders/requirements.txt"].startswith("pulumi-worker-service @ git+https://")


def test_another_type_is_named_and_left_to_a_person(repository: Path):
    [web] = [found for found in converted(repository).report.findings if found.place.file == "copilot/web/manifest.yml"]

    assert web.document() == {
        "file": "copilot/web/manifest.yml",
        "line": 1,
        "column": 1,
        "field": "",
        "outcome": "by_hand",
        "told": "is no Worker Service: not converted here; it goes on in Copilot's stack until you move it another way",
    }


def test_the_guide_has_what_is_left_and_every_field(repository: Path):
    page = converted(repository).files["orders/MIGRATION.md"]

    assert page.startswith(
        "# orders: from AWS Copilot\n\nWritten by `workers migrate`. Fields: 14 mapped, 1 by hand.\n"
    )
    assert "| 3 | `image.location` | became | image |" in page
    assert "--task-definition shop-test-orders" in page


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"x/manifest.yml": "type: Lambda\n"}, "copilot/x/manifest.yml:1:7: type: 'Lambda' is not one of Worker Serv"),
        ({"x/manifest.yml": "a: 1\n"}, "copilot/x/manifest.yml:1:1: type: None is not one of Worker Service"),
        ({"x/manifest.yml": WEB}, "has no manifest of type Worker Service (copilot/x/manifest.yml: Load Balanced Web"),
        ({"x/manifest.yml": "type: Worker Service\n"}, "copilot/x/manifest.yml: name: required"),
        (
            {"x/manifest.yml": "name: ../x\ntype: Worker Service\n"},
            "copilot/x/manifest.yml:1:7: name: '../x' is not 1 to 40 lower-case letters, digits and hyphens",
        ),
        (
            {"x/manifest.yml": ORDERS, "y/manifest.yml": ORDERS},
            "copilot/y/manifest.yml: name: orders is the service of copilot/x/manifest.yml already",
        ),
        (
            {"x/manifest.yml": "name: a\ntype: Worker Service\nenvironments: {'../b': {cpu: 512}}\n"},
            "environment: '../b' is not 1 to 40 lower-case letters",
        ),
    ],
)
def test_what_cannot_be_converted_is_named_at_once(files: dict[str, str], told: str, tmp_path: Path):
    write(tmp_path, **files)

    assert told in refusal(tmp_path, "shop")


def test_a_folder_without_a_workspace_and_one_without_an_application_are_named(repository: Path, tmp_path: Path):
    (repository / "copilot" / ".workspace").unlink()

    assert "copilot/.workspace: names no application; give --application" in refusal(repository)
    assert "has no folder copilot" in refusal(repository / "copilot" / "orders")
    assert "is not a folder" in refusal(repository / "nothing")


def test_what_the_guide_takes_over_are_resources_of_the_component(repository: Path, tmp_path: Path):
    manifest = repository / "copilot" / "orders" / "manifest.yml"
    manifest.write_text(ORDERS.replace("service: api}", "service: api}, {name: paid, service: pay, queue: true}"))
    files = converted(repository).files
    named = set(live_names("orders", yaml.safe_load(files["orders/Pulumi.prod.yaml"])["config"]["orders:worker"]))
    made = {resource.name for resource in deployed_stack(files, "orders", "prod", tmp_path).resources}

    assert named == {
        "orders-queue",
        "orders-paid-queue",
        "orders-dead-letter-queue",
        "orders-paid-dead-letter-queue",
        "orders-api-placed-subscription",
        "orders-pay-paid-subscription",
    }
    assert named <= made
    assert all(f"       {name}: " in files["orders/MIGRATION.md"] for name in named)


def test_the_old_stack_keeps_whatever_the_live_queues_need(repository: Path):
    """The types of Copilot's subscribe.yml, publish.yml and its log: deleting a policy empties it on what stays."""
    guide = converted(repository).files["orders/MIGRATION.md"]
    step = guide.partition("1. Let the old stack let go")[2].partition("\n2. ")[0]

    assert set(re.findall(r"AWS::\w+::\w+", step)) == {
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
    }


def test_a_text_that_the_program_would_look_up_is_refused_with_its_place(repository: Path):
    write(repository, **{"orders/manifest.yml": ORDERS + 'command: "${aws:secret token}"\n'})

    with pytest.raises(OpsError, match=r"orders/manifest\.yml:11:10: \$\{aws: is what the written program looks up"):
        converted(repository)


@pytest.mark.parametrize("value", ["5", "[{cpu: 512}]"])
def test_an_environment_that_is_no_map_takes_nothing_away(value: str, repository: Path):
    write(
        repository,
        **{"orders/manifest.yml": ORDERS.partition("environments:")[0] + f"environments: {{prod: {value}}}\n"},
    )

    with pytest.raises(OpsError, match=r"environments\.prod: is not a map of what is different"):
        converted(repository)


def test_an_environment_may_be_called_pipeline(repository: Path):
    write(repository, **{"pipelines/a/manifest.yml": "name: a\nversion: 1\nstages: []\n"})
    files = converted(repository, "pipeline").files

    assert "orders:worker" in files["orders/Pulumi.pipeline.yaml"]
    assert "orders:pipeline" in files["orders/Pulumi.pipeline-2.yaml"]


def test_the_guide_stays_one_whatever_fields_are_called(repository: Path):
    write(repository, **{"orders/manifest.yml": ORDERS + '"a|b`c\\n## d\\e[31m": x\n'})
    guide = converted(repository).files["orders/MIGRATION.md"]

    assert "\x1b" not in guide
    assert "`a|b'c ## d [31m`: Copilot's Worker Service has no such field" in guide
    assert "| `a\\|b'c ## d [31m` |" in guide
