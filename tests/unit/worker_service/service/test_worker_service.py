"""WorkerService under mocks: what is registered, protected, tagged and given."""

import json

import pulumi

from tests.support.deploy import UNKNOWN, deploy
from tests.support.worker_service import IMAGE, container, deployed, worker_service
from worker_service import WorkerService

TAGS = {"team": "orders", "stage": "test"}


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
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-new-dead-letters"),
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


def type_of(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def test_the_resources_are_exactly_these():
    assert deployed().names() == CHILDREN


def test_every_resource_has_its_component_as_parent():
    parents = {(resource.type, type_of(resource.parent)) for resource in deployed().resources}

    assert parents == PARENTS


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
    deployment = deploy(lambda: [worker_service("orders"), worker_service("invoices")])
    names = [name.replace("invoices", "orders") for _, name in deployment.names()]

    assert len(deployment.resources) == 2 * len(CHILDREN)
    assert sorted(names) == sorted(name for _, name in CHILDREN * 2)
    families = [item.inputs["family"] for item in deployment.all("aws:ecs/taskDefinition:TaskDefinition")]
    assert families == ["worker-service-test-invoices", "worker-service-test-orders"]


def test_a_preview_builds_with_everything_unknown():
    deployment = deploy(worker_service, preview=True)

    assert deployment.names() == CHILDREN
    assert deployment.one("aws:sqs/queuePolicy:QueuePolicy", "orders-queue-policy").inputs["policy"] is UNKNOWN
    assert deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"] is UNKNOWN


def test_inputs_may_be_outputs_of_other_resources():
    deployment = deploy(
        lambda: worker_service(
            image=pulumi.Output.from_input(IMAGE),
            subnet_ids=pulumi.Output.from_input(["subnet-1"]),
            environment={"BUCKET": pulumi.Output.from_input("orders-bucket")},
        )
    )

    assert container(deployment)["image"] == IMAGE
    assert {"name": "BUCKET", "value": "orders-bucket"} in container(deployment)["environment"]


def test_none_means_not_given():
    assert deploy(lambda: worker_service(handler=None, kms_key_arn=None, cpu=None)).names() == CHILDREN
