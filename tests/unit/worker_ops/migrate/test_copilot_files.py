"""What a Copilot workspace has beside its workers' manifests: environments, pipelines, addons, overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.migrated import deployed_stack, filled_in
from worker_ops.errors import OpsError
from worker_ops.migrate.converted import Converted
from worker_ops.migrate.copilot.convert import convert_workspace
from worker_ops.migrate.copilot.environment import convert_environment
from worker_ops.migrate.copilot.pipeline import convert_pipeline
from worker_ops.migrate.copilot.workspace import read_workspace
from worker_ops.migrate.read_yaml import parse_yaml
from worker_ops.migrate.report import Finding, Outcome, Report

MANIFEST = "name: orders\ntype: Worker Service\nplatform: linux/arm64\nimage: {build: %s}\n"
PIPELINE = """\
name: shop
version: 1
source:
  provider: GitHub
  properties: {branch: release, repository: https://github.com/example/shop.git, connection_name: shop}
build: {image: aws/codebuild/amazonlinux2-x86_64-standard:5.0}
stages:
  - {name: test, test_commands: [make a, make b]}
  - {name: prod, requires_approval: true}
"""
ADDON = """\
Parameters: {App: {Type: String}}
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub '${App}-t'}}
  Access: {Type: AWS::IAM::ManagedPolicy}
Outputs:
  OrdersTableName: {Value: !Ref Table}
"""


def converted(tmp_path: Path, **files: str) -> Converted:
    for name, text in files.items():
        path = tmp_path / "copilot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return convert_workspace(read_workspace(tmp_path, application="shop", environments=["test"]), {})


def said(findings: list[Finding], file: str) -> list[tuple[str, Outcome]]:
    return [(found.path, found.outcome) for found in findings if found.place.file == f"copilot/{file}"]


def pipeline(text: str) -> tuple[dict[str, Any], Report]:
    report = Report()
    return convert_pipeline(parse_yaml(text, "p.yml"), "shop", report), report


def outcomes(report: Report) -> dict[str, set[Outcome]]:
    found: dict[str, set[Outcome]] = {}
    for finding in report.findings:
        found.setdefault(finding.path, set()).add(finding.outcome)
    return found


def test_an_imported_network_is_the_services(tmp_path: Path):
    environment = (
        "name: test\ntype: Environment\nnetwork: {vpc: {id: vpc-1, subnets: {public: [{id: subnet-1}, {id: subnet-2}],"
        " private: [{id: subnet-3}]}}}\n"
    )
    worker = MANIFEST % "Dockerfile" + "network: {vpc: {placement: private}}\n"
    files = converted(tmp_path, **{"orders/manifest.yml": worker, "environments/test/manifest.yml": environment}).files
    network = yaml.safe_load(files["orders/Pulumi.test.yaml"])["config"]["orders:network"]

    assert (network["vpc_id"], network["subnet_ids"]) == ("vpc-1", ["subnet-3"])
    assert network["security_group_ids"] == ["${aws:export shop-test-EnvironmentSecurityGroup}"]


def test_what_else_an_environment_has_stays_in_its_stack():
    report = Report()
    text = (
        "name: test\ntype: Environment\ncdn: true\nhttp: {public: {certificates: [a]}}\n"
        "network: {vpc: {cidr: 10.0.0.0/16, subnets: {public: [{cidr: 10.0.0.0/24, az: a}]}, flow_logs: on,"
        " security_group: {ingress: [{cidr: 0.0.0.0/0}]}}}\nobservability: {container_insights: true}\nodd: 1\n"
    )
    network = convert_environment(parse_yaml(text, "e.yml"), "shop", "test", report)

    assert network.vpc_id == "${aws:export shop-test-VpcId}"
    assert outcomes(report) == {
        "name": {Outcome.MAPPED},
        "type": {Outcome.MAPPED},
        "cdn": {Outcome.DROPPED},
        "http": {Outcome.DROPPED},
        "network.vpc.cidr": {Outcome.DROPPED},
        "network.vpc.subnets.public[0].cidr": {Outcome.DROPPED},
        "network.vpc.subnets.public[0].az": {Outcome.DROPPED},
        "network.vpc.flow_logs": {Outcome.DROPPED},
        "network.vpc.security_group": {Outcome.DROPPED},
        "observability.container_insights": {Outcome.DROPPED},
        "odd": {Outcome.NOT_UNDERSTOOD},
    }


def test_a_pipeline_becomes_a_stack_of_each_service_that_builds_its_image(tmp_path: Path):
    files = converted(
        tmp_path,
        **{
            "orders/manifest.yml": MANIFEST % "{dockerfile: workers/orders/Dockerfile, context: workers}",
            "pipelines/shop/manifest.yml": PIPELINE,
        },
    ).files
    stack = yaml.safe_load(files["orders/Pulumi.pipeline.yaml"])["config"]["orders:pipeline"]

    assert stack == {
        "source": "connection",
        "connection_arn": "CONNECTION_ARN",
        "repository_id": "example/shop",
        "state_backend_url": "STATE_BACKEND_URL",
        "targets": [
            {
                "stack": "test",
                "account_id": "ACCOUNT_ID",
                "region": "REGION",
                "deploy_role": "orders-test-deploy",
                "test_command": "(make a) && (make b)",
            },
            {
                "stack": "prod",
                "account_id": "ACCOUNT_ID",
                "region": "REGION",
                "deploy_role": "orders-prod-deploy",
                "approval": True,
            },
        ],
        "branch": "release",
        "service_dir": "workers",
        "dockerfile": "orders/Dockerfile",
        "architecture": "ARM64",
        "program_dir": "pulumi/orders",
    }


def test_the_pipelines_stack_runs_once_it_is_filled_in(tmp_path: Path):
    files = converted(
        tmp_path, **{"orders/manifest.yml": MANIFEST % "orders/Dockerfile", "pipelines/shop/manifest.yml": PIPELINE}
    ).files
    name = "orders/Pulumi.pipeline.yaml"
    files = {**files, name: filled_in(files[name])}
    deployment = deployed_stack(files, "orders", "pipeline", tmp_path)

    stages = deployment.one("aws:codepipeline/pipeline:Pipeline").inputs["stages"]
    assert [stage["name"] for stage in stages] == ["Source", "Build", "Deploy-test", "Deploy-prod"]
    assert deployment.all("aws:ecs/service:Service") == []


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("./orders/Dockerfile", {"service_dir": "orders", "dockerfile": "Dockerfile"}),
        ("Dockerfile", {"service_dir": ".", "dockerfile": "Dockerfile"}),
        ("{context: orders}", {"service_dir": "orders", "dockerfile": "Dockerfile"}),
        ("{dockerfile: a/b/D, context: .}", {"service_dir": ".", "dockerfile": "a/b/D"}),
        ("{dockerfile: ../D, context: .}", {"service_dir": "SERVICE_DIR", "dockerfile": "Dockerfile"}),
        (
            "{dockerfile: D, args: {VERSION: 010}, target: worker}",
            {"service_dir": ".", "dockerfile": "D", "build_arguments": {"VERSION": "010"}, "target_stage": "worker"},
        ),
        (
            "{dockerfile: ../D, context: ., target: worker}",
            {"service_dir": "SERVICE_DIR", "dockerfile": "Dockerfile", "target_stage": "worker"},
        ),
    ],
)
def test_what_is_built(build: str, expected: dict[str, Any], tmp_path: Path):
    files = converted(
        tmp_path, **{"orders/manifest.yml": MANIFEST % build, "pipelines/shop/manifest.yml": PIPELINE}
    ).files
    stack = yaml.safe_load(files["orders/Pulumi.pipeline.yaml"])["config"]["orders:pipeline"]

    assert {key: stack[key] for key in expected} == expected


def test_an_environment_that_builds_another_image_is_told(tmp_path: Path):
    manifest = MANIFEST % "{dockerfile: orders/Dockerfile, args: {A: b}}" + (
        "environments: {prod: {image: {build: {args: {A: c}}}}}\n"
    )
    files = {"orders/manifest.yml": manifest, "pipelines/shop/manifest.yml": PIPELINE}
    report = converted(tmp_path, **files).report

    told = "a pipeline builds one image, here as for prod: test needs its own"
    assert [found.outcome for found in report.findings if found.told == told] == [Outcome.BY_HAND]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("source: {provider: GitHubV1}", "source.provider", Outcome.BY_HAND),
        ("source: {provider: CodeCommit}", "source.provider", Outcome.BY_HAND),
        ("source: {provider: GitLab}", "source.provider", Outcome.NOT_UNDERSTOOD),
        ("source: {properties: {access_token_secret: x}}", "source.properties.access_token_secret", Outcome.DROPPED),
        ("source: {properties: {repository: 'a b'}}", "source.properties.repository", Outcome.NOT_UNDERSTOOD),
        ("build: {buildspec: b.yml}", "build.buildspec", Outcome.BY_HAND),
        ("build: {additional_policy: {a: b}}", "build.additional_policy", Outcome.BY_HAND),
        ("stages: [{name: a, require_approval: true}]", "stages[0].require_approval", Outcome.NOT_UNDERSTOOD),
        ("stages: [{name: a, pre_deployments: {x: {buildspec: b}}}]", "stages[0].pre_deployments", Outcome.BY_HAND),
        ("stages: [{name: a, deployments: {orders: {stack_name: s}}}]", "stages[0].deployments", Outcome.BY_HAND),
        ("stages: [{odd: 1}]", "stages[0]", Outcome.NOT_UNDERSTOOD),
        ("odd: 1", "odd", Outcome.NOT_UNDERSTOOD),
    ],
)
def test_what_a_pipeline_cannot_say_here_is_told(text: str, path: str, expected: Outcome):
    assert expected in outcomes(pipeline(f"version: 1\n{text}\n")[1])[path]


def test_another_version_of_a_pipeline_is_refused():
    with pytest.raises(OpsError, match=r"p\.yml:1:10: version: 2 is not 1"):
        pipeline("version: 2\n")


def test_addons_overrides_and_unknown_files_are_accounted_for(tmp_path: Path):
    report = converted(
        tmp_path,
        **{
            "orders/manifest.yml": MANIFEST % "Dockerfile",
            "orders/addons/table.yml": ADDON,
            "orders/addons/main.tf": "",
            "orders/overrides/cfn.patches.yml": "- {op: add}",
            "orders/notes.txt": "",
            "environments/addons/db.yml": "Resources: {}",
            "pipelines/shop/buildspec.yml": "version: 0.2",
            "pipelines/shop/manifest.yml": PIPELINE,
            "web/manifest.yml": "name: web\ntype: Backend Service\n",
            "web/addons/x.yml": "a: [",
        },
    ).report
    by_hand, dropped = Outcome.BY_HAND, Outcome.DROPPED

    assert said(report.findings, "orders/addons/table.yml") == [
        ("Parameters", dropped),
        ("Resources.Table", by_hand),
        ("Resources.Access", by_hand),
        ("Outputs.OrdersTableName", by_hand),
    ]
    assert "ORDERS_TABLE_NAME" in next(f.told for f in report.findings if f.path == "Outputs.OrdersTableName")
    assert said(report.findings, "orders/addons/main.tf") == [("", by_hand)]
    assert said(report.findings, "orders/overrides/cfn.patches.yml") == [("", by_hand)]
    assert said(report.findings, "orders/notes.txt") == [("", Outcome.NOT_UNDERSTOOD)]
    assert said(report.findings, "environments/addons/db.yml") == [("", dropped)]
    assert said(report.findings, "pipelines/shop/buildspec.yml") == [("", by_hand)]
    assert said(report.findings, "web/addons/x.yml") == []
