"""What the role in a target's account may do and who may assume it, as pure functions to policy documents.

What has a name is named: the resources of a program's components begin with the components' names. What AWS names by an
id that nobody knows beforehand is limited to account and region, and each such line says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from worker_service.policies.statements import Document, Statement, allow, policy_document

#: What Pulumi puts behind a name: seven random characters.
RANDOM = "???????"

#: What is done to EventBridge's rules and their targets.
RULE_ACTIONS = (
    "PutRule DeleteRule DescribeRule PutTargets RemoveTargets ListTargetsByRule ListTagsForResource TagResource"
    " UntagResource"
)


@dataclass(frozen=True)
class Account:
    """The place that is deployed to, and whose names the role may touch."""

    partition: str
    account_id: str
    region: str
    stack: str
    """The last part of the stack's name."""
    names: Sequence[str]
    """Names of the program's components."""
    log_group_prefix: str | None = None
    """What its log groups' names begin with, in front of the components'."""

    def arns(self, service: str, resource: str) -> list[str]:
        """ARNs of the resource for each component's name, which stands for {} in it."""
        return [self.arn(service, resource.format(name)) for name in self.names]

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource in the region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def roles(self) -> list[str]:
        """ARNs of the program's roles; IAM knows no regions."""
        return [f"arn:{self.partition}:iam::{self.account_id}:role/{name}-*" for name in self.names]


def allow_actions(sid: str, service: str, actions: str, resources: str | Sequence[str], **conditions: Any) -> Statement:
    """Allow actions of one service: `actions` are the service's, between spaces."""
    return allow(sid, [f"{service}:{action}" for action in actions.split()], resources, **conditions)


def pipeline_may_assume(*, partition: str, pipeline_account_id: str, role_prefix: str) -> Document:
    """Trust policy: roles of the pipeline's account whose name is the prefix and Pulumi's random characters.

    A role that is named as the principal must exist already. The pipeline in turn names this role in its key's policy,
    so one of the two has to trust a name that is still to come.
    """
    trusted = f"arn:{partition}:iam::{pipeline_account_id}"
    return policy_document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"{trusted}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:PrincipalArn": f"{trusted}:role/{role_prefix}-{RANDOM}"}},
        }
    )


def ecs_deploy_policy(*, account: Account, ecs_service: str, pipeline_account_id: str, pipeline_name: str) -> Document:
    """What CodePipeline's ECS action does: read its artifact, register a task definition, update the one service."""
    pipeline = f"arn:{account.partition}"
    task_definitions = account.arn("ecs", "task-definition/*")
    cluster = ecs_service.split("/", 1)[0]
    return policy_document(
        allow_actions(
            "UpdateService", "ecs", "DescribeServices UpdateService", account.arn("ecs", f"service/{ecs_service}")
        ),
        # ECS names a task when it starts it; which tasks a cluster has is asked of no resource.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
        allow_actions("LookAtTasks", "ecs", "DescribeTasks", account.arn("ecs", f"task/{cluster}/*")),
        allow_actions(
            "ListTasks", "ecs", "ListTasks", "*", ArnEquals={"ecs:cluster": account.arn("ecs", f"cluster/{cluster}")}
        ),
        # The service's task definition has any name; its tags go to what is registered, and to nothing else.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
        allow_actions("RegisterTaskDefinitions", "ecs", "RegisterTaskDefinition", task_definitions),
        allow_actions(
            "TagTaskDefinitions",
            "ecs",
            "TagResource",
            task_definitions,
            StringEquals={"ecs:CreateAction": "RegisterTaskDefinition"},
        ),
        _look_at_task_definitions(),
        pass_roles(account, "ecs-tasks"),
        # Pulumi names buckets in lower case. Their ARNs carry no account, so the condition tells the pipeline's from a
        # stranger's.
        allow_actions(
            "ReadArtifact",
            "s3",
            "GetObject GetObjectVersion",
            f"{pipeline}:s3:::{pipeline_name.lower()}-artifacts-{RANDOM}/*",
            StringEquals={"aws:ResourceAccount": pipeline_account_id},
        ),
        # The key's id is not known before the pipeline is made; the key's own policy lets this role decrypt with it.
        allow_actions(
            "DecryptArtifact",
            "kms",
            "Decrypt",
            f"{pipeline}:kms:{account.region}:{pipeline_account_id}:key/*",
            StringLike={"kms:ViaService": "s3.*"},
        ),
    )


def service_policy(*, account: Account) -> Document:
    """What `pulumi up` of Environment and WorkerService does to the account, the network left out; update and destroy
    included."""
    return policy_document(*_messaging(account), *_encryption(account), *_observation(account), *_computing(account))


def _messaging(account: Account) -> list[Statement]:
    topic = (
        "CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes ListTagsForResource TagResource UntagResource"
        " Subscribe GetSubscriptionAttributes SetSubscriptionAttributes ListSubscriptionsByTopic"
    )
    queue = (
        "CreateQueue DeleteQueue GetQueueAttributes SetQueueAttributes GetQueueUrl ListQueueTags TagQueue UntagQueue"
    )
    return [
        allow_actions("Topics", "sns", topic, account.arns("sns", "{}-*")),
        # It knows no resource, though a subscription has an ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
        allow_actions("EndSubscriptions", "sns", "Unsubscribe", "*"),
        allow_actions("Queues", "sqs", queue, account.arns("sqs", "{}-*")),
    ]


def _encryption(account: Account) -> list[Statement]:
    keys = account.arn("kms", "key/*")
    administer = (
        "DescribeKey EnableKeyRotation DisableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags"
        " PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription"
    )
    aliases = [*account.arns("kms", "alias/{}-*"), keys]
    return [
        # Neither knows a resource.
        allow_actions("CreateKey", "kms", "CreateKey ListAliases", "*"),
        # A key has no name. Nothing here encrypts or decrypts.
        allow_actions("AdministerKeys", "kms", administer, keys),
        allow_actions("NameKeys", "kms", "CreateAlias DeleteAlias UpdateAlias", aliases),
    ]


def _observation(account: Account) -> list[Statement]:
    group = (
        "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey"
        " ListTagsForResource TagResource UntagResource PutMetricFilter DeleteMetricFilter DescribeMetricFilters"
        " GetLogEvents"
    )
    alarm = "PutMetricAlarm DeleteAlarms ListTagsForResource TagResource UntagResource"
    under = "" if account.log_group_prefix is None else f"{account.log_group_prefix}/"
    dashboard = f"arn:{account.partition}:cloudwatch::{account.account_id}:dashboard/*-{account.stack}-{{}}*"
    return [
        allow_actions("LogGroups", "logs", group, account.arns("logs", f"log-group:{under}{{}}-*")),
        # These two list: they are asked of all groups and all alarms.
        allow_actions("FindLogGroups", "logs", "DescribeLogGroups", account.arn("logs", "log-group:*")),
        allow_actions("FindAlarms", "cloudwatch", "DescribeAlarms", account.arn("cloudwatch", "alarm:*")),
        # Whoever puts a predictive policy must be able to read its metrics, which knows no resource.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/predictive-scaling-custom-metrics.html
        allow_actions("ForecastMetrics", "cloudwatch", "GetMetricData", "*"),
        # Target tracking makes its alarms as whoever puts the policy, under names of its own.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html
        allow_actions(
            "Alarms",
            "cloudwatch",
            alarm,
            [
                *account.arns("cloudwatch", "alarm:{}-*"),
                account.arn("cloudwatch", "alarm:TargetTracking-service/*"),
            ],
        ),
        allow_actions(
            "Dashboards",
            "cloudwatch",
            "PutDashboard GetDashboard DeleteDashboards",
            [dashboard.format(name) for name in account.names],
        ),
        allow_actions("Events", "events", RULE_ACTIONS, account.arns("events", "rule/{}-*")),
    ]


def _computing(account: Account) -> list[Statement]:
    cluster = (
        "CreateCluster DeleteCluster DescribeClusters UpdateCluster PutClusterCapacityProviders ListTagsForResource"
        " TagResource UntagResource"
    )
    service = (
        "CreateService DeleteService DescribeServices UpdateService ListServiceDeployments DescribeServiceDeployments"
        " ListTagsForResource TagResource UntagResource"
    )
    role = (
        "CreateRole DeleteRole GetRole UpdateRole UpdateAssumeRolePolicy PutRolePolicy GetRolePolicy DeleteRolePolicy"
        " ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole TagRole UntagRole"
    )
    scaling = (
        "RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy PutScheduledAction"
        " DeleteScheduledAction ListTagsForResource TagResource UntagResource"
    )
    linked = f"arn:{account.partition}:iam::{account.account_id}:role/aws-service-role/*"
    return [
        allow_actions("Clusters", "ecs", cluster, account.arns("ecs", "cluster/{}-*")),
        # service* is service-deployment too, which Pulumi follows until the service is steady.
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment-permissions.html
        allow_actions("Services", "ecs", service, account.arns("ecs", "service*/*/{}-*")),
        # What is registered has no revision yet, what is tagged has one.
        allow_actions(
            "TaskDefinitions",
            "ecs",
            "RegisterTaskDefinition RunTask TagResource UntagResource",
            account.arns("ecs", f"task-definition/*-{account.stack}-{{}}*"),
        ),
        _look_at_task_definitions(),
        *_tasks(account),
        allow_actions("Roles", "iam", role, account.roles()),
        pass_roles(account, "ecs-tasks"),
        allow_actions(
            "ServiceLinkedRoles",
            "iam",
            "CreateServiceLinkedRole",
            linked,
            StringEquals={
                "iam:AWSServiceName": ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"],
            },
        ),
        # A scalable target is named by an id; this account's services are what can be scaled.
        allow_actions(
            "Scaling", "application-autoscaling", scaling, account.arn("application-autoscaling", "scalable-target/*")
        ),
        # These know no resource.
        allow_actions(
            "FindScaling",
            "application-autoscaling",
            "DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions",
            "*",
        ),
    ]


def _tasks(account: Account) -> list[Statement]:
    """What is looked at after a deployment, and the task that runs a command before it."""
    return [
        # ECS names a task when it starts it.
        allow_actions("Tasks", "ecs", "DescribeTasks StopTask", account.arns("ecs", "task/{}-*/*")),
        # These know no resource but the cluster.
        allow_actions(
            "FindTasks",
            "ecs",
            "ListTasks ListServices",
            "*",
            ArnLike={"ecs:cluster": account.arns("ecs", "cluster/{}-*")},
        ),
    ]


def _look_at_task_definitions() -> Statement:
    # Describing knows no resource.
    return allow_actions("LookAtTaskDefinitions", "ecs", "DescribeTaskDefinition", "*")


def pass_roles(account: Account, *to: str) -> Statement:
    """The program's roles may be given to these services."""
    services = [f"{service}.amazonaws.com" for service in to]
    passed = {"iam:PassedToService": services[0] if len(services) == 1 else services}
    return allow_actions("PassRoles", "iam", "PassRole", account.roles(), StringEquals=passed)
