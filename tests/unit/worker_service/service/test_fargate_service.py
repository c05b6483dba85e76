"""The task definition and the ECS service."""

import pulumi
import pulumi_aws as aws

from tests.support.deploy import deploy
from tests.support.worker_service import CLUSTER_ARN, REQUIRED, deployed, worker_service
from worker_service import WorkerService


def type_of(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def test_the_task_definition_is_fargates_and_its_old_revisions_are_kept():
    inputs = deployed(task_size="medium", architecture="ARM64").one("aws:ecs/taskDefinition:TaskDefinition").inputs

    assert (inputs["cpu"], inputs["memory"]) == ("1024", "2048")
    assert inputs["family"] == "worker-service-test-orders"
    assert inputs["requiresCompatibilities"] == ["FARGATE"]
    assert inputs["networkMode"] == "awsvpc"
    assert inputs["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}
    assert inputs["volumes"] == [{"name": "tmp"}]
    assert inputs["skipDestroy"] is True


def test_a_family_has_no_character_that_ecs_refuses():
    deployment = deploy(worker_service, project="acme.workers", stack="prod.eu")

    assert (
        deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["family"]
        == "acme-workers-prod-eu-orders-d3b6702"
    )


def test_cpu_and_memory_take_the_place_of_the_task_size():
    inputs = deployed(task_size="large", cpu=512, memory=3072).one("aws:ecs/taskDefinition:TaskDefinition").inputs

    assert (inputs["cpu"], inputs["memory"]) == ("512", "3072")


def test_the_service_rolls_back_tags_its_tasks_and_leaves_its_count_to_scaling():
    service = deployed(desired_count=3, assign_public_ip=True).one("aws:ecs/service:Service")

    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.inputs["propagateTags"] == "SERVICE"
    assert service.inputs["enableExecuteCommand"] is False
    assert "launchType" not in service.inputs
    assert service.inputs["cluster"] == CLUSTER_ARN
    assert service.inputs["desiredCount"] == 3
    assert service.ignore_changes == ("desiredCount",)
    assert service.inputs["networkConfiguration"]["assignPublicIp"] is True
    assert service.inputs["networkConfiguration"]["subnets"] == ["subnet-0a1b2c3d", "subnet-4e5f6a7b"]


def test_the_service_waits_for_its_roles_policies_and_its_queue():
    service = deployed().one("aws:ecs/service:Service")

    assert {type_of(urn) for urn in service.dependencies} >= {
        "aws:iam/rolePolicy:RolePolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
        "aws:sns/topicSubscription:TopicSubscription",
    }


def test_what_the_caller_waits_for_holds_the_service_and_the_first_delivery_back():
    def in_order() -> WorkerService:
        bucket = aws.cloudwatch.LogGroup("first")
        return WorkerService("orders", REQUIRED, pulumi.ResourceOptions(depends_on=[bucket]))

    deployment = deploy(in_order)
    [first] = [group.urn for group in deployment.all("aws:cloudwatch/logGroup:LogGroup") if group.name == "first"]
    assert first in deployment.one("aws:ecs/service:Service").dependencies
    assert first in deployment.one("aws:sns/topicSubscription:TopicSubscription").dependencies


def test_nothing_may_connect_and_tasks_reach_the_named_ports_alone():
    inputs = deployed(egress_ports=[443, 5432]).one("aws:ec2/securityGroup:SecurityGroup").inputs

    assert "ingress" not in inputs
    assert [(rule["protocol"], rule["fromPort"], rule["toPort"], rule["cidrBlocks"]) for rule in inputs["egress"]] == [
        ("tcp", 443, 443, ["0.0.0.0/0"]),
        ("tcp", 5432, 5432, ["0.0.0.0/0"]),
    ]


def test_a_service_starts_with_no_fewer_tasks_than_scaling_keeps():
    assert deployed(min_count=3).one("aws:ecs/service:Service").inputs["desiredCount"] == 3
