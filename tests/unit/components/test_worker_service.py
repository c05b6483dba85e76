"""WorkerService and its parts under mocks: what is registered, how it is wired, and what is refused."""

import json
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pytest

from worker_service import WorkerService, WorkerServiceArgs
from worker_service.service.limits import WORKER_SERVICE_RULES
from tests.support.deploy import UNKNOWN, Deployment, deploy, remembered

CLUSTER_ARN = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"
IMAGE = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64
TAGS = {"team": "orders", "stage": "test"}

REQUIRED: WorkerServiceArgs = {
    "cluster_arn": CLUSTER_ARN,
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
    "image": IMAGE,
}

#: Every child of a WorkerService, by type and logical name. Names are part of the contract: renaming one replaces the
#: resource of everyone who has it, so a new name needs an alias to the old one.
CHILDREN = [
    ("aws:appautoscaling/policy:Policy", "orders-demand-policy"),
    ("aws:appautoscaling/policy:Policy", "orders-quiet-policy"),
    ("aws:appautoscaling/target:Target", "orders-scalable-target"),
    ("aws:cloudwatch/dashboard:Dashboard", "orders-dashboard"),
    ("aws:cloudwatch/eventRule:EventRule", "orders-failed-tasks"),
    ("aws:cloudwatch/logGroup:LogGroup", "orders-log-group"),
    ("aws:cloudwatch/logMetricFilter:LogMetricFilter", "orders-receive-failures"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-age-alarm"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-dead-letter-alarm"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-delivery-failure-alarm"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-no-consumer-alarm"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-receive-failure-alarm"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-scaling-demand"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-scaling-quiet"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-task-failure-alarm"),
    ("aws:ec2/securityGroup:SecurityGroup", "orders-security-group"),
    ("aws:ecs/service:Service", "orders-service"),
    ("aws:ecs/taskDefinition:TaskDefinition", "orders-task-definition"),
    ("aws:iam/role:Role", "orders-execution-role"),
    ("aws:iam/role:Role", "orders-task-role"),
    ("aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy"),
    ("aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy"),
    ("aws:kms/key:Key", "orders-key"),
    ("aws:kms/keyPolicy:KeyPolicy", "orders-key-policy"),
    ("aws:sns/topic:Topic", "orders-topic"),
    ("aws:sns/topicPolicy:TopicPolicy", "orders-topic-policy"),
    ("aws:sns/topicSubscription:TopicSubscription", "orders-subscription"),
    ("aws:sqs/queue:Queue", "orders-dead-letter-queue"),
    ("aws:sqs/queue:Queue", "orders-queue"),
    ("aws:sqs/queuePolicy:QueuePolicy", "orders-dead-letter-queue-policy"),
    ("aws:sqs/queuePolicy:QueuePolicy", "orders-queue-policy"),
    ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "orders-redrive-allow-policy"),
    ("aws:sqs/redrivePolicy:RedrivePolicy", "orders-redrive-policy"),
    ("workers:index:FargateService", "orders"),
    ("workers:index:Monitoring", "orders"),
    ("workers:index:Notifications", "orders"),
    ("workers:index:Scaling", "orders"),
    ("workers:index:TaskRole", "orders"),
    ("workers:index:WorkAlarms", "orders"),
    ("workers:index:WorkQueue", "orders"),
    ("workers:index:WorkTopic", "orders"),
    ("workers:index:WorkerService", "orders"),
]

PARENTS = {
    ("aws:appautoscaling/policy:Policy", "workers:index:Scaling"),
    ("aws:appautoscaling/target:Target", "workers:index:Scaling"),
    ("aws:cloudwatch/dashboard:Dashboard", "workers:index:Monitoring"),
    ("aws:cloudwatch/eventRule:EventRule", "workers:index:Monitoring"),
    ("aws:cloudwatch/logGroup:LogGroup", "workers:index:WorkerService"),
    ("aws:cloudwatch/logMetricFilter:LogMetricFilter", "workers:index:WorkAlarms"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "workers:index:Monitoring"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "workers:index:Scaling"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "workers:index:WorkAlarms"),
    ("aws:ec2/securityGroup:SecurityGroup", "workers:index:FargateService"),
    ("aws:ecs/service:Service", "workers:index:FargateService"),
    ("aws:ecs/taskDefinition:TaskDefinition", "workers:index:FargateService"),
    ("aws:iam/role:Role", "workers:index:TaskRole"),
    ("aws:iam/rolePolicy:RolePolicy", "workers:index:TaskRole"),
    ("aws:kms/key:Key", "workers:index:WorkTopic"),
    ("aws:kms/keyPolicy:KeyPolicy", "workers:index:WorkTopic"),
    ("aws:sns/topic:Topic", "workers:index:WorkTopic"),
    ("aws:sns/topicPolicy:TopicPolicy", "workers:index:WorkTopic"),
    ("aws:sns/topicSubscription:TopicSubscription", "workers:index:WorkQueue"),
    ("aws:sqs/queue:Queue", "workers:index:WorkQueue"),
    ("aws:sqs/queuePolicy:QueuePolicy", "workers:index:WorkQueue"),
    ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "workers:index:WorkQueue"),
    ("aws:sqs/redrivePolicy:RedrivePolicy", "workers:index:WorkQueue"),
    ("workers:index:FargateService", "workers:index:WorkerService"),
    ("workers:index:Monitoring", "workers:index:WorkerService"),
    ("workers:index:Notifications", "workers:index:WorkerService"),
    ("workers:index:Scaling", "workers:index:WorkerService"),
    ("workers:index:TaskRole", "workers:index:WorkerService"),
    ("workers:index:WorkAlarms", "workers:index:WorkerService"),
    ("workers:index:WorkQueue", "workers:index:WorkerService"),
    ("workers:index:WorkTopic", "workers:index:WorkerService"),
    ("workers:index:WorkerService", "pulumi:pulumi:Stack"),
}

UNTAGGABLE = {
    "aws:appautoscaling/policy:Policy",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy",
}


def build(name: str = "orders", **args: Any) -> WorkerService:
    return WorkerService(name, cast("WorkerServiceArgs", {**REQUIRED, **args}))


@remembered
def deployed(**args: Any) -> Deployment:
    return deploy(lambda: build(**args))


def type_of(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def document(deployment: Deployment, type_: str, name: str, key: str = "policy") -> Any:
    return json.loads(deployment.one(type_, name).inputs[key])


def container(deployment: Deployment) -> dict[str, Any]:
    definitions = document(
        deployment, "aws:ecs/taskDefinition:TaskDefinition", "orders-task-definition", "containerDefinitions"
    )
    assert len(definitions) == 1
    return definitions[0]


def test_the_resources_are_exactly_these():
    assert deployed().names() == CHILDREN


def test_every_resource_has_its_component_as_parent():
    parents = {(resource.type, type_of(resource.parent)) for resource in deployed().resources}

    assert parents == PARENTS


def test_the_topic_and_both_queues_are_encrypted_with_the_services_own_rotating_key():
    deployment = deployed()
    key = deployment.one("aws:kms/key:Key")

    assert key.inputs["enableKeyRotation"] is True
    key_arn = deployment.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"]
    assert key_arn.startswith("arn:aws:kms:eu-west-1:111122223333:key/")
    assert [queue.inputs["kmsMasterKeyId"] for queue in deployment.all("aws:sqs/queue:Queue")] == [key_arn, key_arn]


def test_a_callers_key_takes_the_place_of_the_services_own():
    key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
    deployment = deployed(kms_key_arn=key_arn)

    assert deployment.all("aws:kms/key:Key") == []
    assert deployment.all("aws:kms/keyPolicy:KeyPolicy") == []
    assert deployment.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == key_arn


def test_the_queues_have_their_times_from_the_arguments():
    deployment = deployed(visibility_timeout_seconds=300, message_retention_seconds=7_200)
    queue = deployment.one("aws:sqs/queue:Queue", "orders-queue").inputs
    dead_letter_queue = deployment.one("aws:sqs/queue:Queue", "orders-dead-letter-queue").inputs

    assert queue["visibilityTimeoutSeconds"] == 300
    assert queue["messageRetentionSeconds"] == 7_200
    assert queue["receiveWaitTimeSeconds"] == 20
    assert dead_letter_queue["messageRetentionSeconds"] == 14 * 24 * 3_600


def test_physical_names_are_left_to_pulumi():
    named = [resource.name for resource in deployed().resources if "name" in resource.inputs]

    assert named == []


def test_failed_messages_move_to_the_dead_letter_queue_which_takes_them_from_this_queue_alone():
    deployment = deployed(max_receive_count=5)
    redrive = deployment.one("aws:sqs/redrivePolicy:RedrivePolicy")
    allow = deployment.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    outputs = service_outputs()

    assert json.loads(redrive.inputs["redrivePolicy"]) == {
        "deadLetterTargetArn": outputs["dead_letter_queue_arn"],
        "maxReceiveCount": 5,
    }
    assert redrive.inputs["queueUrl"] == outputs["queue_url"]
    assert json.loads(allow.inputs["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [outputs["queue_arn"]],
    }
    assert allow.inputs["queueUrl"] == outputs["dead_letter_queue_url"]


def test_the_subscription_waits_for_everything_without_which_a_message_would_be_lost():
    deployment = deployed()
    subscription = deployment.one("aws:sns/topicSubscription:TopicSubscription")
    outputs = service_outputs()

    assert subscription.inputs == {
        "topic": outputs["topic_arn"],
        "protocol": "sqs",
        "endpoint": outputs["queue_arn"],
        "redrivePolicy": json.dumps({"deadLetterTargetArn": outputs["dead_letter_queue_arn"]}),
    }
    assert {type_of(urn) for urn in subscription.dependencies} >= {
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
        "aws:kms/keyPolicy:KeyPolicy",
    }


def test_the_policies_stand_on_the_resources_own_arns():
    deployment = deployed()
    outputs = service_outputs()
    queue_policy = document(deployment, "aws:sqs/queuePolicy:QueuePolicy", "orders-queue-policy")
    dead_letter_policy = document(deployment, "aws:sqs/queuePolicy:QueuePolicy", "orders-dead-letter-queue-policy")
    task_policy = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")
    execution_policy = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-execution-role-policy")

    assert queue_policy["Statement"][0]["Resource"] == outputs["queue_arn"]
    assert dead_letter_policy["Statement"][0]["Resource"] == outputs["dead_letter_queue_arn"]
    for policy in (queue_policy, dead_letter_policy):
        assert policy["Statement"][0]["Condition"] == {"ArnEquals": {"aws:SourceArn": outputs["topic_arn"]}}
    assert [statement["Resource"] for statement in task_policy["Statement"]] == [
        outputs["queue_arn"],
        outputs["dead_letter_queue_arn"],
        outputs["topic_arn"],
        outputs["kms_key_arn"],
    ]
    assert [statement["Resource"] for statement in execution_policy["Statement"]] == [
        f"arn:aws:logs:eu-west-1:111122223333:log-group:{outputs['log_group_name']}:log-stream:*",
        "arn:aws:ecr:eu-west-1:444455556666:repository/worker",
        "*",
    ]


def test_each_policy_hangs_on_its_own_role_and_both_roles_trust_ecs_tasks_alone():
    deployment = deployed()
    outputs = service_outputs()
    task_policy = deployment.one("aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")

    assert task_policy.inputs["role"] == outputs["task_role_name"]
    for role in deployment.all("aws:iam/role:Role"):
        trust = json.loads(role.inputs["assumeRolePolicy"])
        assert [statement["Principal"] for statement in trust["Statement"]] == [{"Service": "ecs-tasks.amazonaws.com"}]


def test_the_container_is_confined():
    confined = container(deployed())

    assert confined["user"] == "10001"
    assert confined["privileged"] is False
    assert confined["readonlyRootFilesystem"] is True
    assert confined["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    assert confined["mountPoints"] == [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}]
    assert confined["stopTimeout"] == 120


def test_the_container_runs_the_image_and_logs_without_blocking():
    deployment = deployed()
    running = container(deployment)

    assert running["image"] == IMAGE
    assert running["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": service_outputs()["log_group_name"],
            "awslogs-region": "eu-west-1",
            "awslogs-stream-prefix": "worker",
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    }


def test_the_containers_environment_is_the_contract_and_the_users_variables():
    outputs = service_outputs()
    running = container(
        deployed(handler="app.orders.handle", environment={"STAGE": "test", "WORKER_LOG_LEVEL": "DEBUG"})
    )

    assert {item["name"]: item["value"] for item in running["environment"]} == {
        "QUEUE_NAME": outputs["queue_name"],
        "QUEUE_URI": outputs["queue_url"],
        "QUEUE_REGION": "eu-west-1",
        "SNS_TOPIC_ARN": outputs["topic_arn"],
        "WORKER_HANDLER": "app.orders.handle",
        "WORKER_STOP_TIMEOUT_SECONDS": "120",
        "WORKER_CONCURRENCY": "10",
        "WORKER_SCALE_IN_PROTECTION": "false",
        "STAGE": "test",
        "WORKER_LOG_LEVEL": "DEBUG",
    }


def test_without_a_handler_the_images_own_one_stands():
    names = [item["name"] for item in container(deployed())["environment"]]

    assert "WORKER_HANDLER" not in names


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
    deployment = deploy(build, project="acme.workers", stack="prod.eu")

    assert deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["family"] == "acme-workers-prod-eu-orders"


def test_cpu_and_memory_take_the_place_of_the_task_size():
    inputs = deployed(task_size="large", cpu=512, memory=3072).one("aws:ecs/taskDefinition:TaskDefinition").inputs

    assert (inputs["cpu"], inputs["memory"]) == ("512", "3072")


def test_the_service_rolls_back_tags_its_tasks_and_leaves_its_count_to_scaling():
    service = deployed(desired_count=3, assign_public_ip=True).one("aws:ecs/service:Service")

    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.inputs["propagateTags"] == "SERVICE"
    assert service.inputs["enableExecuteCommand"] is False
    assert service.inputs["launchType"] == "FARGATE"
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


def test_execute_command_opens_its_channels_and_the_root_file_system():
    deployment = deployed(enable_execute_command=True)
    statements = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")["Statement"]

    assert deployment.one("aws:ecs/service:Service").inputs["enableExecuteCommand"] is True
    assert container(deployment)["readonlyRootFilesystem"] is False
    assert statements[-1]["Sid"] == "ExecuteCommand"


def test_the_defaults_are_protons_and_the_field_s_safe_ones():
    deployment = deployed()
    queue = deployment.one("aws:sqs/queue:Queue", "orders-queue").inputs
    target = deployment.one("aws:appautoscaling/target:Target").inputs
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs

    assert (queue["visibilityTimeoutSeconds"], queue["messageRetentionSeconds"]) == (60, 345_600)
    assert (target["minCapacity"], target["maxCapacity"]) == (1, 10)
    assert (task_definition["cpu"], task_definition["memory"]) == ("256", "512")
    assert task_definition["runtimePlatform"]["cpuArchitecture"] == "X86_64"
    assert deployment.one("aws:ecs/service:Service").inputs["desiredCount"] == 1
    assert deployment.one("aws:ecs/service:Service").inputs["networkConfiguration"]["assignPublicIp"] is False
    assert deployment.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 365
    redrive = json.loads(deployment.one("aws:sqs/redrivePolicy:RedrivePolicy").inputs["redrivePolicy"])
    assert redrive["maxReceiveCount"] == 3


TRIES = "max_receive_count 3 tries of visibility_timeout_seconds 60"

STATEFUL = {
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:kms/key:Key",
    "aws:sns/topic:Topic",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queue:Queue",
}
ATTRIBUTES = {
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy",
}


def test_what_holds_messages_keys_and_logs_is_protected_and_retained():
    resources = deployed().resources

    assert {resource.type for resource in resources if resource.protect} == STATEFUL
    assert {resource.type for resource in resources if resource.retain_on_delete} == STATEFUL | ATTRIBUTES


def test_an_unprotected_service_can_be_deleted_yet_no_attribute_is_ever_cleared():
    resources = deployed(protect=False).resources

    assert [resource.name for resource in resources if resource.protect] == []
    assert {resource.type for resource in resources if resource.retain_on_delete} == ATTRIBUTES | {
        "aws:sns/topicSubscription:TopicSubscription"
    }


def test_every_resource_that_takes_tags_has_the_services_tags():
    custom = [resource for resource in deployed(tags=TAGS).resources if resource.custom]

    assert {resource.type for resource in custom if resource.inputs.get("tags") != TAGS} == UNTAGGABLE


def service_outputs() -> dict[str, Any]:
    deployment = deployed()
    return deployment.outputs_of(deployment.result)


def test_the_outputs_are_registered_and_are_the_resources_own():
    deployment = deployed()
    outputs = deployment.outputs_of(deployment.result)
    [component] = deployment.all("workers:index:WorkerService")

    assert deployment.registered_outputs[component.urn] == outputs
    assert set(outputs) == set(WorkerService.__annotations__)
    assert outputs["queue_arn"] == f"arn:aws:sqs:eu-west-1:111122223333:{outputs['queue_name']}"
    assert outputs["queue_url"] == f"https://sqs.eu-west-1.amazonaws.com/111122223333/{outputs['queue_name']}"
    assert outputs["queue_name"].startswith("orders-queue-")
    assert outputs["dead_letter_queue_name"].startswith("orders-dead-letter-queue-")
    assert outputs["topic_arn"].startswith("arn:aws:sns:eu-west-1:111122223333:orders-topic-")
    assert outputs["task_role_arn"] == f"arn:aws:iam::111122223333:role/{outputs['task_role_name']}"
    assert outputs["service_arn"].endswith(f"/workers/{outputs['service_name']}")
    assert outputs["task_definition_arn"].endswith(":task-definition/worker-service-test-orders:1")


def test_every_component_registers_its_outputs():
    deployment = deployed()
    components = {resource.urn for resource in deployment.resources if not resource.custom}

    assert set(deployment.registered_outputs) == components


def test_two_services_live_in_one_stack():
    deployment = deploy(lambda: [build("orders"), build("invoices")])
    names = [name.replace("invoices", "orders") for _, name in deployment.names()]

    assert len(deployment.resources) == 2 * len(CHILDREN)
    assert sorted(names) == sorted(name for _, name in CHILDREN * 2)
    families = [item.inputs["family"] for item in deployment.all("aws:ecs/taskDefinition:TaskDefinition")]
    assert families == ["worker-service-test-invoices", "worker-service-test-orders"]


def test_a_preview_builds_with_everything_unknown():
    deployment = deploy(build, preview=True)

    assert deployment.names() == CHILDREN
    assert deployment.one("aws:sqs/queuePolicy:QueuePolicy", "orders-queue-policy").inputs["policy"] is UNKNOWN
    assert deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"] is UNKNOWN


def test_inputs_may_be_outputs_of_other_resources():
    deployment = deploy(
        lambda: build(
            image=pulumi.Output.from_input(IMAGE),
            subnet_ids=pulumi.Output.from_input(["subnet-1"]),
            environment={"BUCKET": pulumi.Output.from_input("orders-bucket")},
        )
    )

    assert container(deployment)["image"] == IMAGE
    assert {"name": "BUCKET", "value": "orders-bucket"} in container(deployment)["environment"]


def test_a_secret_variable_stays_secret():
    deployment = deploy(lambda: build(environment={"TOKEN": pulumi.Output.secret("s3cr3t")}))
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition")

    assert "containerDefinitions" in task_definition.secret_inputs


def test_a_service_starts_with_no_fewer_tasks_than_scaling_keeps():
    assert deployed(min_count=3).one("aws:ecs/service:Service").inputs["desiredCount"] == 3


def test_none_means_not_given():
    assert deploy(lambda: build(handler=None, kms_key_arn=None, cpu=None)).names() == CHILDREN


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        ({"desired_count": -1}, ["desired_count: -1 is not a whole number from 0 to 5000"]),
        ({"desired_count": 11}, ["desired_count: 11 is above max_count 10"]),
        ({"min_count": 5, "max_count": 4}, ["min_count: 5 is above max_count 4"]),
        ({"cpu": 256}, ["cpu, memory: give both or neither"]),
        (
            {"cpu": 256, "memory": 4096},
            ["memory: 4096 does not go with cpu 256; Fargate allows 512, 1024, 2048"],
        ),
        (
            {"visibility_timeout_seconds": 29, "max_receive_count": 1},
            [
                "visibility_timeout_seconds: 29 is not a whole number from 30 to 43200",
                "max_receive_count: 1 is not a whole number from 2 to 1000",
            ],
        ),
        (
            {"message_retention_seconds": 180},
            [f"message_retention_seconds: 180 is over before {TRIES}; raise it or lower one of them"],
        ),
        (
            {"environment": {"QUEUE_URI": "x"}},
            ["environment: QUEUE_URI is set by the service itself; choose another name"],
        ),
        (
            {"environment": {"not-a-name": "x", "PORT": 80}},
            [
                "environment key: 'not-a-name' is not a name of letters, digits and underscores",
                "environment.PORT: 80 is not text of 0 to 32768 characters",
            ],
        ),
        ({"handler": "handle"}, ["handler: 'handle' is not a dotted path such as package.module.function"]),
        (
            {"tags": {"aws:x": "y"}},
            [
                "tags key: 'aws:x' is not 1 to 128 letters, digits, spaces and _.:/=+-@ that do not begin with aws:",
            ],
        ),
        (
            {"egress_ports": [0]},
            ["egress_ports[0]: 0 is not a whole number from 1 to 65535"],
        ),
        ({"subnet_ids": []}, ["subnet_ids: 0 items are not 1 to 16"]),
        (
            {"image": "https://registry/worker"},
            [f"image: 'https://registry/worker' is not {WORKER_SERVICE_RULES['image']}"],
        ),
        (
            {"environment": {"A": "x" * 30_000, "B": "x" * 30_000}},
            ["environment: 60002 characters are above 48000"],
        ),
        (
            {"task_size": "huge", "cpu": 256, "environment": {"QUEUE_URI": "x"}},
            [
                "task_size: 'huge' is not one of x-small, small, medium, large, x-large",
                "cpu, memory: give both or neither",
                "environment: QUEUE_URI is set by the service itself; choose another name",
            ],
        ),
        (
            {"cpu": 300, "memory": 512},
            ["cpu: 300 is not one of 256, 512, 1024, 2048, 4096, 8192, 16384"],
        ),
        ({"max_cuont": 3}, ["max_cuont: unknown; did you mean max_count?"]),
        ({"image": None, "vpc_id": None}, ["image: required", "vpc_id: required"]),
    ],
)
def test_bad_arguments_are_refused_all_at_once_and_register_nothing(args: dict[str, Any], problems: list[str]):
    with pytest.raises(ValueError, match="WorkerService 'orders' has invalid arguments") as refused:
        build(**args)

    assert sorted(str(refused.value).splitlines()[1:]) == sorted(f"  {problem}" for problem in problems)


@pytest.mark.parametrize(
    ("key", "value"), [("desired_count", 2), ("handler", "a.b"), ("environment", {"A": "b"}), ("protect", True)]
)
def test_what_shapes_the_resources_cannot_be_an_output(key: str, value: Any):
    def with_an_output() -> WorkerService:
        args: dict[str, Any] = {key: pulumi.Output.from_input(value)}
        return build(**args)

    with pytest.raises(ValueError, match=f"{key}: must be a plain value, for it shapes the resources"):
        deploy(with_an_output)


@pytest.mark.parametrize("name", ["", "1st", "with space", "x" * 41])
def test_a_name_that_aws_would_refuse_is_refused_at_once(name: str):
    with pytest.raises(ValueError, match=r"name: .* is not 1 to 40 letters, digits and hyphens"):
        build(name)
