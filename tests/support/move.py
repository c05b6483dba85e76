"""An old service and a new one in the emulator, for what `workers migrate verify` sees of both sides."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.support.emulator import Cloud, allow, policy, topic_policy
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.checks import checks
from worker_ops.places.place import Service, WorkQueue

PAGER = "arn:aws:sns:eu-west-1:123456789012:pager"


@dataclass(frozen=True)
class Pair:
    """A queue and its dead-letter queue."""

    url: str
    arn: str
    dead_url: str
    dead_arn: str


class Move:
    """An old service and a new one in a cluster, each with its queues; both get what a topic says."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.account = cloud.operator()
        self.topic_arn = cloud.topic()
        self.old, self.new = self.pair("old"), self.pair("new")
        self.more_queues: list[Pair] = []
        """Of the new service."""
        self.cluster_arn = cloud.admin("ecs").create_cluster(clusterName="shop")["cluster"]["clusterArn"]
        consuming = allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], self.old.arn)
        self.old_role = cloud.role(consuming)
        self.service("old", self.old_role, COPILOT_QUEUE_URI=self.old.url)
        self.new_role = cloud.role(allow("sqs:*", [self.new.arn, self.new.dead_arn]))
        self.service("new", self.new_role, QUEUE_URI=self.new.url)
        self.runs("new")

    def pair(self, name: str) -> Pair:
        """A queue that the topic delivers to."""
        pair = self.direct_pair(name)
        lets_in = {"Policy": topic_policy(pair.arn, self.topic_arn)}
        self.cloud.admin("sqs").set_queue_attributes(QueueUrl=pair.url, Attributes=lets_in)
        self.cloud.admin("sns").subscribe(TopicArn=self.topic_arn, Protocol="sqs", Endpoint=pair.arn)
        return pair

    def direct_pair(self, name: str, **attributes: str) -> Pair:
        """A queue that no topic delivers to."""
        dead_url, dead_arn = self.cloud.queue(f"{name}-dead", **attributes)
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})
        url, arn = self.cloud.queue(name, RedrivePolicy=redrive, **attributes)
        return Pair(url, arn, dead_url, dead_arn)

    def service(self, name: str, role_arn: str, cluster: str = "shop", **variables: str) -> None:
        ecs = self.cloud.admin("ecs")
        environment = [{"name": key, "value": value} for key, value in variables.items()]
        ecs.register_task_definition(
            family=name,
            taskRoleArn=role_arn,
            containerDefinitions=[{"name": "worker", "image": "w:1", "memory": 512, "environment": environment}],
        )
        ecs.create_service(cluster=cluster, serviceName=name, taskDefinition=name, desiredCount=1)

    def runs(self, name: str, tasks: int = 1) -> None:
        self.cloud.emulator.tell_running(self.cluster_arn, name, tasks)

    def right(self, role_arn: str, name: str, actions: str | list[str], resource: str) -> None:
        self.cloud.admin("iam").put_role_policy(
            RoleName=role_arn.rpartition("/")[2], PolicyName=name, PolicyDocument=policy(allow(actions, resource))
        )

    def alarm(
        self, name: str, queue_arn: str, metric: str = "ApproximateNumberOfMessagesVisible", **more: object
    ) -> None:
        self.cloud.admin("cloudwatch").put_metric_alarm(
            **{
                "AlarmName": name,
                "Namespace": "AWS/SQS",
                "MetricName": metric,
                "Dimensions": [{"Name": "QueueName", "Value": queue_arn.rpartition(":")[2]}],
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 1,
                "EvaluationPeriods": 1,
                "Period": 60,
                "Statistic": "Sum",
                "AlarmActions": [PAGER],
                **more,
            }
        )

    def filter(self, queue_arn: str, policy: object, **attributes: str) -> None:
        self.subscription(queue_arn, **attributes, FilterPolicy=json.dumps(policy))

    def subscription(self, queue_arn: str, **attributes: str) -> None:
        sns = self.cloud.admin("sns")
        there = sns.list_subscriptions_by_topic(TopicArn=self.topic_arn)["Subscriptions"]
        [arn] = [one["SubscriptionArn"] for one in there if one["Endpoint"] == queue_arn]
        for name, value in attributes.items():
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

    def of_topic(self, step: Step) -> list[tuple[bool, str]]:
        found = [check for check in self.checks() if check.subject == self.topic_arn and check.before == step]
        return [(check.is_met, check.told) for check in found]

    def taking(self) -> Service:
        named = {"main": self.new, **{f"more-{number}": pair for number, pair in enumerate(self.more_queues)}}
        queues = tuple(WorkQueue(name, pair.url, pair.dead_url) for name, pair in named.items())
        return Service("orders", queues, cluster_arn=self.cluster_arn, ecs_service_name="new")

    def checks(self, *named: tuple[str, str]) -> list[Check]:
        return checks(self.account, [self.old.url], self.taking(), named)

    def left(self, step: Step, *named: tuple[str, str]) -> dict[str, str]:
        """What is not met, by its subject, but for the subscription, which another test looks at."""
        found = self.checks(*named)
        return {
            check.subject: check.told
            for check in found
            if check.before == step and not check.is_met and check.subject != self.topic_arn
        }
