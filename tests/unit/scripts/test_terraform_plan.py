"""What a program declares, as Terraform would plan it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.terraform_plan import terraform_plan, terraform_type
from tests.support.deploy import deploy
from tests.support.everything import everything
from tests.support.worker_service import deployed


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("aws:sqs/queue:Queue", "aws_sqs_queue"),
        ("aws:sqs/redrivePolicy:RedrivePolicy", "aws_sqs_queue_redrive_policy"),
        ("aws:ec2/securityGroup:SecurityGroup", "aws_security_group"),
        ("aws:cloudwatch/logGroup:LogGroup", "aws_cloudwatch_log_group"),
        ("aws:codepipeline/pipeline:Pipeline", "aws_codepipeline"),
        ("aws:iam/rolePolicy:RolePolicy", "aws_iam_role_policy"),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws_s3_bucket_public_access_block"),
    ],
)
def test_types_have_terraforms_names(type_: str, expected: str):
    assert terraform_type(type_) == expected


def test_attributes_blocks_and_maps_are_terraforms():
    resources = deployed(tags={"CostCenter": "42"}).resources
    planned = {
        r["address"]: r["values"] for r in terraform_plan(resources)["planned_values"]["root_module"]["resources"]
    }

    service = planned["aws_ecs_service.orders_service"]
    assert service["network_configuration"][0]["assign_public_ip"] is False
    assert service["tags"] == {"CostCenter": "42"}
    [egress] = planned["aws_security_group.orders_security_group"]["egress"]
    assert (egress["from_port"], egress["cidr_blocks"]) == (443, ["0.0.0.0/0"])
    assert planned["aws_kms_key.orders_key"]["enable_key_rotation"] is True


def test_every_aws_resource_is_in_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    resources = deploy(lambda: everything("shop")).resources
    planned = terraform_plan(resources)["planned_values"]["root_module"]["resources"]

    assert len({resource["address"] for resource in planned}) == len(
        [r for r in resources if r.type.startswith("aws:")]
    )
