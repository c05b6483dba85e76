"""Which function creates a resource of which type."""

from __future__ import annotations

from collections.abc import Callable

from local.aws import Aws
from local.provisioner import autoscaling, cloudwatch, ec2, ecs, events, iam, kms, logs, sns, sqs
from local.provisioner.resource import Outputs, Resource

CREATORS: dict[str, Callable[[Aws, Resource], Outputs]] = {
    "aws:appautoscaling/policy:Policy": autoscaling.policy,
    "aws:appautoscaling/scheduledAction:ScheduledAction": autoscaling.scheduled_action,
    "aws:appautoscaling/target:Target": autoscaling.target,
    "aws:cloudwatch/dashboard:Dashboard": cloudwatch.dashboard,
    "aws:cloudwatch/eventRule:EventRule": events.rule,
    "aws:cloudwatch/logGroup:LogGroup": logs.log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": logs.metric_filter,
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch.metric_alarm,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2.default_security_group,
    "aws:ec2/securityGroup:SecurityGroup": ec2.security_group,
    "aws:ecs/cluster:Cluster": ecs.cluster,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": ecs.cluster_capacity_providers,
    "aws:ecs/service:Service": ecs.service,
    "aws:ecs/taskDefinition:TaskDefinition": ecs.task_definition,
    "aws:iam/role:Role": iam.role,
    "aws:iam/rolePolicy:RolePolicy": iam.role_policy,
    "aws:kms/key:Key": kms.key,
    "aws:kms/keyPolicy:KeyPolicy": kms.key_policy,
    "aws:sns/topic:Topic": sns.topic,
    "aws:sns/topicPolicy:TopicPolicy": sns.topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": sns.topic_subscription,
    "aws:sqs/queue:Queue": sqs.queue,
    "aws:sqs/queuePolicy:QueuePolicy": sqs.queue_policy,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": sqs.redrive_allow_policy,
    "aws:sqs/redrivePolicy:RedrivePolicy": sqs.redrive_policy,
    "awsx:ec2:Vpc": ec2.vpc,
}
