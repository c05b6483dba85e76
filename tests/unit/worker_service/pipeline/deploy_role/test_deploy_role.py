"""DeployRole under mocks: whom it trusts, what it may do, what it refuses, and that it fits the pipeline."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any, cast

import pytest

from local.emulator.iam.pipeline_permissions import PIPELINE_JUDGES
from local.emulator.iam.policy_evaluation import Permission
from local.emulator.iam.policy_verdict import Principal, Request, Verdict, delegates_to_account, identity_verdict
from tests.support.aws_outputs import ACCOUNT
from tests.support.deploy import Deployment, deploy, remembered
from tests.support.pipelines import BY_ECS, GIT, PROD, STAGING, environment_of, pipeline, stages_of
from worker_service import DeployRole, DeployRoleArgs
from worker_service.pipeline.deploy_role.inputs import MAX_PROGRAM_NAMES
from worker_service.policies.deploy_role import Account, service_policy
from worker_service.policies.deploy_role_network import network_policy
from worker_service.policies.deploy_role_options import options_policy

ROOT = Path(__file__).parents[5]
ROLE = "aws:iam/role:Role"
PIPELINE = {"pipeline_account_id": ACCOUNT, "pipeline_region": "eu-west-1", "pipeline_name": "orders"}
TARGETS = [STAGING, PROD, BY_ECS]
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_INLINE_POLICY_CHARACTERS = 10_240
MAX_MANAGED_POLICY_CHARACTERS = 6_144


@remembered
def deploy_role(target: dict[str, Any], **changed: Any) -> Deployment:
    args = cast("DeployRoleArgs", {**PIPELINE, "target": target, **changed})
    return deploy(lambda: DeployRole("deploy", args))


def trust_of(deployment: Deployment) -> dict[str, Any]:
    return json.loads(deployment.one(ROLE).inputs["assumeRolePolicy"])


def policy_of(deployment: Deployment) -> list[dict[str, Any]]:
    """The statements of the role's policies, together."""
    policies = [*deployment.all("aws:iam/rolePolicy:RolePolicy"), *deployment.all("aws:iam/policy:Policy")]
    return [statement for policy in policies for statement in json.loads(policy.inputs["policy"])["Statement"]]


def pulumi_up_policies(account: Account) -> list[dict[str, Any]]:
    return [service_policy(account=account), network_policy(account=account), options_policy(account=account)]


def may_assume(target: dict[str, Any], caller_arn: str) -> bool:
    account = caller_arn.split(":")[4]
    caller = Principal(arns=(caller_arn,), account=account)
    request = Request(caller, "sts:AssumeRole", None, {"aws:PrincipalArn": caller_arn})
    return delegates_to_account(trust_of(deploy_role(target)), request)


def test_a_role_with_its_policies_and_nothing_else():
    deployment = deploy_role(STAGING, tags={"team": "orders"})

    assert deployment.names() == [
        ("aws:iam/policy:Policy", "deploy-network-policy"),
        ("aws:iam/policy:Policy", "deploy-options-policy"),
        (ROLE, "deploy-role"),
        ("aws:iam/rolePolicy:RolePolicy", "deploy-role-policy"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "deploy-network-policy-attachment"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "deploy-options-policy-attachment"),
        ("workers:index:DeployRole", "deploy"),
    ]
    attachments = [one.inputs for one in deployment.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")]
    assert {attachment["role"] for attachment in attachments} == {deployment.one(ROLE).inputs["name"]}
    attached = [attachment["policyArn"].rpartition("/")[2] for attachment in attachments]
    assert [name[: len("deploy-network-policy")] for name in attached] == [
        "deploy-network-policy",
        "deploy-options-policy",
    ]
    role = deployment.one(ROLE).inputs
    assert role["tags"] == {"team": "orders"}
    assert role["description"] == f"Deploys example/worker-service/staging for the pipeline in {ACCOUNT}"
    outputs = deployment.registered_outputs[deployment.one("workers:index:DeployRole").urn]
    assert outputs["role_name"] == "worker-deploy"
    assert outputs["role_arn"].endswith(":role/worker-deploy")


def test_it_has_the_name_that_the_pipeline_assumes():
    deployed = pipeline(GIT)

    for target in (STAGING, PROD):
        name = target["stack"].rsplit("/", 1)[-1]
        wanted = environment_of(deployed, f"orders-{name}-deploy")["DEPLOY_ROLE_ARN"]
        assert wanted == f"arn:aws:iam::{target['account_id']}:role/{deploy_role(target).one(ROLE).inputs['name']}"
    by_ecs = stages_of(deployed)[4]["actions"][1]["roleArn"]
    assert by_ecs == f"arn:aws:iam::{BY_ECS['account_id']}:role/{deploy_role(BY_ECS).one(ROLE).inputs['name']}"


@pytest.mark.parametrize(
    ("target", "assuming"),
    [(STAGING, "orders-staging-deploy-role"), (PROD, "orders-prod-deploy-role"), (BY_ECS, "orders-pipeline-role")],
)
def test_exactly_the_pipelines_role_for_the_target_may_assume_it(target: dict[str, Any], assuming: str):
    roles = [f"arn:aws:iam::{ACCOUNT}:role/{role.name}-1a2b3c4" for role in pipeline(GIT).all(ROLE)]
    assert f"arn:aws:iam::{ACCOUNT}:role/{assuming}-1a2b3c4" in roles

    assert [arn for arn in roles if may_assume(target, arn)] == [f"arn:aws:iam::{ACCOUNT}:role/{assuming}-1a2b3c4"]
    for stranger in (
        f"arn:aws:iam::999999999999:role/{assuming}-1a2b3c4",
        f"arn:aws:iam::{ACCOUNT}:role/{assuming}-of-somebody",
        f"arn:aws:iam::{ACCOUNT}:user/{assuming}-1a2b3c4",
        f"arn:aws:iam::{ACCOUNT}:root",
    ):
        assert not may_assume(target, stranger)


def test_the_trust_policy_to_the_letter():
    assert trust_of(deploy_role(STAGING))["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/orders-staging-deploy-role-???????"}
            },
        }
    ]


def test_the_policy_for_ecs_to_the_letter():
    account = BY_ECS["account_id"]
    assert policy_of(deploy_role(BY_ECS)) == [
        {
            "Sid": "UpdateService",
            "Effect": "Allow",
            "Action": ["ecs:DescribeServices", "ecs:UpdateService"],
            "Resource": f"arn:aws:ecs:eu-west-1:{account}:service/workers/orders",
        },
        {
            "Sid": "LookAtTasks",
            "Effect": "Allow",
            "Action": ["ecs:DescribeTasks"],
            "Resource": f"arn:aws:ecs:eu-west-1:{account}:task/workers/*",
        },
        {
            "Sid": "ListTasks",
            "Effect": "Allow",
            "Action": ["ecs:ListTasks"],
            "Resource": "*",
            "Condition": {"ArnEquals": {"ecs:cluster": f"arn:aws:ecs:eu-west-1:{account}:cluster/workers"}},
        },
        {
            "Sid": "RegisterTaskDefinitions",
            "Effect": "Allow",
            "Action": ["ecs:RegisterTaskDefinition"],
            "Resource": f"arn:aws:ecs:eu-west-1:{account}:task-definition/*",
        },
        {
            "Sid": "TagTaskDefinitions",
            "Effect": "Allow",
            "Action": ["ecs:TagResource"],
            "Resource": f"arn:aws:ecs:eu-west-1:{account}:task-definition/*",
            "Condition": {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
        },
        {
            "Sid": "LookAtTaskDefinitions",
            "Effect": "Allow",
            "Action": ["ecs:DescribeTaskDefinition"],
            "Resource": "*",
        },
        {
            "Sid": "PassRoles",
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [f"arn:aws:iam::{account}:role/environment-*", f"arn:aws:iam::{account}:role/worker-*"],
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
        {
            "Sid": "ReadArtifact",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": "arn:aws:s3:::orders-artifacts-???????/*",
            "Condition": {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
        },
        {
            "Sid": "DecryptArtifact",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/*",
            "Condition": {"StringLike": {"kms:ViaService": "s3.*"}},
        },
    ]


def test_the_policy_for_pulumi_up_to_the_letter():
    expected = json.loads((Path(__file__).parent / "pulumi_up_policy.json").read_text())

    assert policy_of(deploy_role(PROD, program_names=["network", "orders"])) == expected


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("ecs:DescribeServiceDeployments", "ecs:{}:service-deployment/c/worker-service-1/d1", Verdict.ALLOW),
        ("ecs:ListServiceDeployments", "ecs:{}:service/c/worker-service-1", Verdict.ALLOW),
        ("ecs:DescribeServiceDeployments", "ecs:{}:service-deployment/c/invoices/d1", Verdict.NONE),
        ("ecs:RegisterTaskDefinition", "ecs:{}:task-definition/shop-prod-worker", Verdict.ALLOW),
        ("ecs:RegisterTaskDefinition", "ecs:{}:task-definition/shop-prod-invoices", Verdict.NONE),
        ("ecs:TagResource", "ecs:{}:task-definition/shop-prod-worker:7", Verdict.ALLOW),
        ("ecs:DescribeTasks", "ecs:{}:task/worker-cluster-1/0a1b", Verdict.ALLOW),
        ("ecs:StopTask", "ecs:{}:task/invoices-cluster-1/0a1b", Verdict.NONE),
        ("logs:GetLogEvents", "logs:{}:log-group:worker-log-group-1:log-stream:worker/worker/0a1b", Verdict.ALLOW),
        ("logs:GetLogEvents", "logs:{}:log-group:invoices-log-group-1:log-stream:worker/worker/0a1b", Verdict.NONE),
        ("ecs:UntagResource", "ecs:{}:task-definition/shop-prod-worker:7", Verdict.ALLOW),
        ("cloudwatch:PutMetricAlarm", "cloudwatch:{}:alarm:TargetTracking-service/c/worker-1-AlarmHigh", Verdict.ALLOW),
        ("cloudwatch:PutMetricAlarm", "cloudwatch:{}:alarm:invoices", Verdict.NONE),
        ("events:PutTargets", "events:{}:rule/worker-files-source-1", Verdict.ALLOW),
        ("events:PutTargets", "events:{}:rule/shop/worker-files-source-1", Verdict.ALLOW),
        ("events:PutTargets", "events:{}:rule/shop/invoices-source-1", Verdict.NONE),
        # A subscription's ARN is the topic's with an id behind it; Unsubscribe is judged on no resource.
        ("sns:GetSubscriptionAttributes", "sns:{}:worker-topic-1:0a1b", Verdict.ALLOW),
        ("sns:GetSubscriptionAttributes", "sns:{}:invoices-topic-1:0a1b", Verdict.NONE),
        ("sns:Unsubscribe", "sns:{}:worker-topic-1:0a1b", Verdict.ALLOW),
    ],
)
def test_what_pulumi_up_asks_of_aws_beside_making_and_deleting(action: str, resource: str, expected: Verdict):
    policies = pulumi_up_policies(Account("aws", "333344445555", "eu-west-1", "prod", ["worker"]))
    request = Request(Principal(account="333344445555"), action, f"arn:aws:{resource.format('eu-west-1:333344445555')}")

    assert identity_verdict(policies, request) is expected


def test_the_emulator_judges_a_service_deployment_by_its_arn():
    arn = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service-deployment/c/worker-service-1/d1"
    needs = PIPELINE_JUDGES["ecs"]("DescribeServiceDeployments", {"serviceDeploymentArns": [arn]}, "eu-west-1")

    assert needs == [Permission("ecs:DescribeServiceDeployments", arn)]


def test_every_resource_without_a_name_of_the_program_is_one_that_the_comments_justify():
    account = Account("aws", "333344445555", "eu-west-1", "prod", ["worker"])
    unnamed = {
        statement["Sid"]
        for policy in pulumi_up_policies(account)
        for statement in policy["Statement"]
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        if "worker" not in resource
    }

    assert unnamed == {
        "EndSubscriptions",
        "CreateKey",
        "AdministerKeys",
        "NameKeys",
        "FindLogGroups",
        "FindAlarms",
        "CheckWorkflows",
        "ForecastMetrics",
        "Alarms",
        "LookAtTaskDefinitions",
        "ServiceLinkedRoles",
        "Scaling",
        "FindScaling",
        "FindTasks",
        "ManageNetwork",
        "LookAtNetwork",
        "NameEndpoints",
        "Namespaces",
        "HostedZones",
    }


def test_no_action_has_a_wildcard_and_none_reads_messages_or_secrets():
    statements = policy_of(deploy_role(STAGING))
    actions = {action for statement in statements for action in statement["Action"]}

    assert [action for action in actions if "*" in action] == []
    for reading in (
        "sqs:ReceiveMessage",
        "sns:Publish",
        "kms:Decrypt",
        "secretsmanager:GetSecretValue",
        "s3:GetObject",
    ):
        assert reading not in actions


def test_the_largest_policies_fit_into_a_role():
    names = ["n" * 40 for _ in range(MAX_PROGRAM_NAMES)]
    account = Account("aws-us-gov", "333344445555", "us-gov-west-1", "s" * 100, names)
    inline, *managed = (len(json.dumps(policy, separators=(",", ":"))) for policy in pulumi_up_policies(account))

    assert inline <= MAX_INLINE_POLICY_CHARACTERS
    assert max(managed) <= MAX_MANAGED_POLICY_CHARACTERS


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_are_of_the_regions_partition(region: str, partition: str):
    deployment = deploy_role({**STAGING, "region": region}, pipeline_region=region)

    text = json.dumps([trust_of(deployment), policy_of(deployment)])
    assert set(re.findall(r"arn:([a-z-]+):", text)) == {partition}


def test_every_problem_is_told_at_once():
    args = {
        "pipeline_account_id": "1",
        "pipeline_nmae": "orders",
        "target": {**BY_ECS, "region": "eu-west-1"},
        "program_names": ["a b"],
    }
    with pytest.raises(ValueError, match=r"^DeployRole 'deploy' has invalid arguments:") as refused:
        deploy(lambda: DeployRole("deploy", cast("DeployRoleArgs", args)))

    assert [line.strip() for line in str(refused.value).splitlines()[1:]] == [
        "pipeline_nmae: unknown; did you mean pipeline_name?",
        "pipeline_region: required",
        "pipeline_account_id: '1' is not an AWS account id of 12 digits, in quotes",
        "program_names[0]: 'a b' is not 1 to 40 letters, digits and hyphens that begin with a letter",
        "target.region: ecs_service is deployed in the pipeline's own region; leave it out",
    ]


def test_the_program_in_the_guide_makes_the_role_that_pulumi_pipeline_yaml_names(tmp_path: Path):
    guide = (ROOT / "docs" / "pipeline.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "__main__.py").write_text(textwrap.dedent("   " + program.lstrip()))
    deployment = deploy(tmp_path / "__main__.py")

    role = deployment.one(ROLE).inputs
    assert role["name"] == "worker-deploy"
    assert "role/pipeline-staging-deploy-role-???????" in role["assumeRolePolicy"]
    assert deployment.exports["deploy_role_arn"].endswith(":role/worker-deploy")
