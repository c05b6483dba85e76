"""Environment under mocks: what it makes, what it adopts, and what it refuses."""

from typing import Any

import pulumi
import pytest

from tests.support.aws_outputs import ANSWERS, ROUTE_TABLE_IDS
from tests.support.deploy import UNKNOWN, Deployment, deploy, remembered
from worker_service import Encryption, Environment, EnvironmentArgs, NatGateways, SubnetType

CLUSTER_ARN = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"
TAGS = {"team": "platform"}

CHILDREN = [
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "net-default-security-group"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "net-s3-endpoint"),
    ("aws:ecs/cluster:Cluster", "net-cluster"),
    ("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "net-capacity-providers"),
    ("awsx:ec2:Vpc", "net-vpc"),
    ("workers:index:Environment", "net"),
]


@remembered
def deployed(args: EnvironmentArgs, **options: Any) -> Deployment:
    return deploy(lambda: Environment("net", args), **options)


def outputs_of(deployment: Deployment) -> dict[str, Any]:
    return deployment.outputs_of(deployment.result)


def test_the_resources_are_exactly_these_and_all_its_own():
    deployment = deployed({})
    [component] = deployment.all("workers:index:Environment")

    assert deployment.names() == CHILDREN
    assert len(deployment.child_of(component.urn)) == len(CHILDREN) - 1


def test_the_vpc_is_protons():
    vpc = deployed({}).one("awsx:ec2:Vpc").inputs

    assert vpc == {
        "cidrBlock": "10.0.0.0/16",
        "numberOfAvailabilityZones": 2,
        "enableDnsHostnames": True,
        "natGateways": {"strategy": "OnePerAz"},
        "subnetStrategy": "Auto",
        "subnetSpecs": [{"type": "Public", "cidrMask": 18}, {"type": "Private", "cidrMask": 18}],
    }


@pytest.mark.parametrize(
    ("nat_gateways", "strategy"),
    [(NatGateways.NONE, "None"), (NatGateways.SINGLE, "Single"), (NatGateways.ONE_PER_ZONE, "OnePerAz")],
)
def test_nat_gateways_are_the_callers_choice(nat_gateways: NatGateways, strategy: str):
    vpc = deployed({"nat_gateways": nat_gateways}).one("awsx:ec2:Vpc")

    assert vpc.inputs["natGateways"] == {"strategy": strategy}


def test_the_default_security_group_of_the_new_vpc_is_left_without_rules():
    deployment = deployed({})
    group = deployment.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs

    assert group == {"vpcId": outputs_of(deployment)["vpc_id"]}


@pytest.mark.parametrize(("insights", "value"), [(None, "disabled"), (True, "enabled"), (False, "disabled")])
def test_the_cluster_has_container_insights_only_where_they_are_turned_on(insights: bool | None, value: str):
    args: EnvironmentArgs = {} if insights is None else {"container_insights": insights}
    cluster = deployed(args).one("aws:ecs/cluster:Cluster")

    assert cluster.inputs["settings"] == [{"name": "containerInsights", "value": value}]


def test_private_subnets_reach_s3_through_a_gateway_endpoint_of_the_new_vpc():
    deployment = deployed({})
    endpoint = deployment.one("aws:ec2/vpcEndpoint:VpcEndpoint").inputs
    [asked] = [call.args for call in deployment.calls if call.token == "aws:ec2/getRouteTables:getRouteTables"]

    assert asked["filters"] == [
        {"name": "association.subnet-id", "values": outputs_of(deployment)["private_subnet_ids"]}
    ]
    assert endpoint == {
        "vpcId": outputs_of(deployment)["vpc_id"],
        "serviceName": "com.amazonaws.eu-west-1.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": ROUTE_TABLE_IDS,
    }


def test_an_endpoint_for_no_route_table_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(ANSWERS, "aws:ec2/getRouteTables:getRouteTables", lambda _: {"ids": []})

    with pytest.raises(pulumi.RunError, match="AWS names no route table of the private subnets"):
        deploy(lambda: Environment("net", {}))


def test_flow_logs_are_kept_where_they_are_asked_for():
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
    deployment = deployed({"flow_log_retention_days": 90, "log_kms_key_arn": key, "tags": TAGS})
    log_group = deployment.one("aws:cloudwatch/logGroup:LogGroup")
    flow_log = deployment.one("aws:ec2/flowLog:FlowLog")

    assert log_group.inputs == {"retentionInDays": 90, "kmsKeyId": key, "tags": TAGS}
    arn = "arn:aws:logs:eu-west-1:111122223333:log-group:" + flow_log.inputs["logDestination"].rsplit(":", 1)[-1]
    assert flow_log.inputs == {
        "vpcId": outputs_of(deployment)["vpc_id"],
        "trafficType": "ALL",
        "logDestination": arn,
        "iamRoleArn": flow_log.inputs["iamRoleArn"],
        "tags": TAGS,
    }
    assert ":role/net-flow-logs-role-" in flow_log.inputs["iamRoleArn"]
    assert any("rolePolicy" in urn for urn in flow_log.dependencies)


@pytest.mark.parametrize(
    "existing", [{"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"]}, {"environment_stack": "acme/network/prod"}]
)
def test_flow_logs_of_an_existing_vpc_are_its_owners(existing: dict[str, Any]):
    with pytest.raises(ValueError, match="flow_log_retention_days: is for a VPC made here"):
        deployed(EnvironmentArgs(**{"flow_log_retention_days": 90, **existing}))


def test_the_cluster_has_both_fargate_capacity_providers():
    providers = deployed({}).one("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders")

    assert providers.inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert providers.inputs["clusterName"].startswith("net-cluster-")


def test_every_resource_that_takes_tags_has_them():
    custom = [
        resource for resource in deployed({"tags": TAGS}).resources if resource.type != "workers:index:Environment"
    ]

    assert [resource.type for resource in custom if resource.inputs.get("tags") != TAGS] == [
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
    ]


def test_the_outputs_are_registered():
    deployment = deployed({})
    [component] = deployment.all("workers:index:Environment")
    outputs = outputs_of(deployment)

    assert deployment.registered_outputs[component.urn] == outputs
    assert set(outputs) == {
        *("vpc_id", "public_subnet_ids", "private_subnet_ids", "cluster_arn", "cluster_name", "region"),
        *("namespace_arn", "shared_topic_arns", "shared_topic_key_arn", "execute_command_log_group_arn"),
    }
    assert (outputs["region"], outputs["cluster_name"]) == ("eu-west-1", outputs["cluster_arn"].split("/")[1])
    assert len(outputs["public_subnet_ids"]) == len(outputs["private_subnet_ids"]) == 2
    assert outputs["cluster_arn"].startswith("arn:aws:ecs:eu-west-1:111122223333:cluster/net-cluster-")


def test_subnets_are_chosen_by_type():
    def build() -> list[Any]:
        environment = Environment("net", {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"]})
        return [environment.subnet_ids(SubnetType.PUBLIC), environment.subnet_ids(SubnetType.PRIVATE)]

    assert deploy(build).result == [["subnet-1"], []]


def test_an_existing_vpc_and_cluster_are_adopted_and_nothing_is_made():
    deployment = deployed(
        {
            "vpc_id": "vpc-1",
            "public_subnet_ids": ["subnet-1"],
            "private_subnet_ids": ["subnet-2", "subnet-3"],
            "cluster_arn": CLUSTER_ARN,
        }
    )

    assert deployment.names() == [("workers:index:Environment", "net")]
    assert outputs_of(deployment) == {
        "vpc_id": "vpc-1",
        "public_subnet_ids": ["subnet-1"],
        "private_subnet_ids": ["subnet-2", "subnet-3"],
        "cluster_arn": CLUSTER_ARN,
        "cluster_name": "workers",
        "region": "eu-west-1",
        "namespace_arn": "",
        "execute_command_log_group_arn": "",
        "shared_topic_arns": {},
        "shared_topic_key_arn": "",
    }


def test_an_existing_cluster_is_adopted_with_a_new_vpc():
    deployment = deployed({"cluster_arn": CLUSTER_ARN})

    assert deployment.all("aws:ecs/cluster:Cluster") == []
    assert len(deployment.all("awsx:ec2:Vpc")) == 1


def test_another_stacks_outputs_are_adopted():
    outputs = {
        "vpc_id": "vpc-1",
        "public_subnet_ids": ["subnet-1"],
        "private_subnet_ids": ["subnet-2"],
        "cluster_arn": CLUSTER_ARN,
    }
    deployment = deployed({"environment_stack": "acme/network/prod"}, stack_outputs={"acme/network/prod": outputs})

    assert deployment.names() == [("workers:index:Environment", "net")]
    assert {key: outputs_of(deployment)[key] for key in outputs} == outputs
    assert outputs_of(deployment)["shared_topic_arns"] == {}


def test_another_stacks_shared_topics_are_known():
    outputs = {
        "vpc_id": "vpc-1",
        "public_subnet_ids": ["subnet-1"],
        "private_subnet_ids": [],
        "cluster_arn": CLUSTER_ARN,
        "shared_topic_arns": {"orders": "arn:aws:sns:eu-west-1:111122223333:orders"},
    }
    deployment = deployed({"environment_stack": "acme/network/prod"}, stack_outputs={"acme/network/prod": outputs})

    assert outputs_of(deployment)["shared_topic_arns"] == outputs["shared_topic_arns"]


def test_shared_topics_have_a_key_of_their_own_and_are_kept():
    deployment = deployed({"shared_topics": {"orders": {}, "steps": {"fifo": {"high_throughput": True}}}})
    topics = {topic.name: topic for topic in deployment.all("aws:sns/topic:Topic")}
    outputs = outputs_of(deployment)

    assert sorted(topics) == ["net-shared-orders-topic", "net-shared-steps-topic"]
    assert topics["net-shared-steps-topic"].inputs["fifoTopic"] is True
    assert sorted(outputs["shared_topic_arns"]) == ["orders", "steps"]
    assert topics["net-shared-orders-topic"].inputs["kmsMasterKeyId"] == outputs["shared_topic_key_arn"]
    assert all(topic.protect and topic.retain_on_delete for topic in topics.values())
    assert deployed({"shared_topics": {"a": {}}, "protect": False}).all("aws:sns/topic:Topic")[0].protect is False


def test_shared_topics_without_a_key_or_with_somebodys():
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
    managed = deployed({"shared_topics": {"orders": {}}, "encryption": Encryption.MANAGED})
    somebodys = deployed({"shared_topics": {"orders": {}}, "kms_key_arn": key})

    assert managed.all("aws:kms/key:Key") == somebodys.all("aws:kms/key:Key") == []
    assert outputs_of(managed)["shared_topic_key_arn"] == ""
    assert somebodys.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == key


def test_addresses_may_be_ones_own():
    subnets = {
        "public_subnet_cidrs": ["10.7.0.0/24", "10.7.1.0/24"],
        "private_subnet_cidrs": ["10.7.2.0/24", "10.7.4.0/22"],
    }
    vpc = deployed({"vpc_cidr": "10.7.0.0/20", **subnets}).one("awsx:ec2:Vpc").inputs

    assert vpc["cidrBlock"] == "10.7.0.0/20"
    assert [spec["cidrBlocks"] for spec in vpc["subnetSpecs"]] == list(subnets.values())
    assert [
        spec["cidrMask"] for spec in deployed({"vpc_cidr": "10.7.0.0/20"}).one("awsx:ec2:Vpc").inputs["subnetSpecs"]
    ] == [22, 22]


def test_a_namespace_is_the_clusters_too():
    deployment = deployed({"namespace": "shop.local"})
    namespace = deployment.one("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace").inputs

    assert (namespace["name"], namespace["vpc"]) == ("shop.local", outputs_of(deployment)["vpc_id"])
    cluster = deployment.one("aws:ecs/cluster:Cluster").inputs
    assert cluster["serviceConnectDefaults"] == {"namespace": outputs_of(deployment)["namespace_arn"]}


def test_a_preview_builds_with_everything_unknown():
    deployment = deployed({}, preview=True)

    assert deployment.names() == CHILDREN
    assert outputs_of(deployment)["vpc_id"] is UNKNOWN


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        (
            {"vpc_id": "10.0.0.0/16", "nat_gateways": "two", "container_insights": "yes"},
            [
                "vpc_id: '10.0.0.0/16' is not a VPC id such as vpc-0a1b2c3d4e5f67890",
                "nat_gateways: 'two' is not one of none, single, one_per_zone",
                "container_insights: 'yes' is not true or false",
            ],
        ),
        ({"vpc_id": "vpc-1"}, ["vpc_id: an existing VPC needs public_subnet_ids or private_subnet_ids"]),
        ({"private_subnet_ids": ["subnet-1"]}, ["private_subnet_ids: existing subnets need their vpc_id"]),
        (
            {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "net-2", "subnet-1"]},
            [
                "public_subnet_ids[1]: 'net-2' is not a subnet id such as subnet-0a1b2c3d4e5f67890",
                "public_subnet_ids: 'subnet-1' stands twice",
            ],
        ),
        (
            {"environment_stack": "prod", "cluster_arn": CLUSTER_ARN},
            ["environment_stack: brings cluster_arn itself; leave out the one or the others"],
        ),
        ({"vpcid": "vpc-1"}, ["vpcid: unknown; did you mean vpc_id?"]),
        (
            {"vpc_cidr": "10.0.0.0/8"},
            ["vpc_cidr: '10.0.0.0/8' is not a block of addresses such as 10.0.0.0/16, /16 to /28"],
        ),
        (
            {"vpc_cidr": "10.0.0.1/16"},
            ["vpc_cidr: '10.0.0.1/16' is not a block of addresses such as 10.0.0.0/16, /16 to /28"],
        ),
        (
            {"public_subnet_cidrs": ["10.0.0.0/24", "10.0.1.0/24"]},
            ["public_subnet_cidrs: give the public and the private ones, or neither"],
        ),
        (
            {
                "public_subnet_cidrs": ["10.0.0.0/24", "10.1.1.0/24"],
                "private_subnet_cidrs": ["10.0.2.0/24", "10.0.0.128/25"],
            },
            [
                "public_subnet_cidrs[1]: 10.1.1.0/24 is not in vpc_cidr 10.0.0.0/16",
                "private_subnet_cidrs[1]: 10.0.0.128/25 overlaps public_subnet_cidrs[0] 10.0.0.0/24",
            ],
        ),
        (
            {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"], "vpc_cidr": "10.1.0.0/16", "namespace": "a.b"},
            ["vpc_cidr: is for a VPC made here", "namespace: is for a VPC made here"],
        ),
        (
            {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"], "nat_gateways": "single"},
            ["nat_gateways: are for a VPC made here"],
        ),
        (
            {"cluster_arn": CLUSTER_ARN, "container_insights": True},
            ["container_insights: is for a cluster made here; whoever owns the existing one decides on its metrics"],
        ),
        (
            {"environment_stack": "a/b/c", "shared_topics": {"orders": {}}},
            ["shared_topics: are made by the stack that environment_stack names"],
        ),
        (
            {"encryption": "managed", "kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"},
            ["kms_key_arn: encryption 'managed' uses no customer's key; leave out the one or the other"],
        ),
    ],
)
def test_bad_arguments_are_refused_all_at_once(args: Any, problems: list[str]):
    with pytest.raises(ValueError, match="Environment 'net' has invalid arguments") as refused:
        Environment("net", args)

    assert str(refused.value).splitlines()[1:] == [f"  {problem}" for problem in problems]


def test_sessions_of_execute_command_are_logged_and_encrypted():
    key, log_key = "arn:aws:kms:eu-west-1:111122223333:key/1", "arn:aws:kms:eu-west-1:111122223333:key/2"
    deployment = deployed(
        {
            "execute_command_log_retention_days": 90,
            "execute_command_kms_key_arn": key,
            "log_kms_key_arn": log_key,
            "tags": TAGS,
        }
    )
    log_group = deployment.one("aws:cloudwatch/logGroup:LogGroup", "net-exec-sessions")
    configuration = deployment.one("aws:ecs/cluster:Cluster").inputs["configuration"]
    logged = configuration["executeCommandConfiguration"]["logConfiguration"]["cloudWatchLogGroupName"]

    assert logged.startswith("net-exec-sessions")
    assert log_group.inputs == {"retentionInDays": 90, "kmsKeyId": log_key, "tags": TAGS}
    assert configuration == {
        "executeCommandConfiguration": {
            "kmsKeyId": key,
            "logging": "OVERRIDE",
            "logConfiguration": {
                "cloudWatchLogGroupName": logged,
                "cloudWatchEncryptionEnabled": True,
            },
        }
    }
    assert outputs_of(deployment)["execute_command_log_group_arn"].endswith(f":log-group:{logged}")


def test_a_key_alone_encrypts_sessions():
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    configuration = deployed({"execute_command_kms_key_arn": key}).one("aws:ecs/cluster:Cluster").inputs
    assert configuration["configuration"] == {"executeCommandConfiguration": {"kmsKeyId": key, "logging": "DEFAULT"}}
