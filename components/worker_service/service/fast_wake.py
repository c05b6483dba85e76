"""FastWake: starts the first task within a minute where none runs."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.policies import fast_wake as policies
from worker_service.policies.document import document
from worker_service.policies.topics_and_queues import queue_policy
from worker_service.service.scaling.wake_workflow import wake_workflow
from worker_service.service.subscription import subscription
from worker_service.service.topics import topic_resource_name
from worker_service.service.work_topic import WorkTopic

#: The shortest that SQS knows: an old message must not wake anybody.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_RETENTION_SECONDS = 60


class FastWake(pulumi.ComponentResource):
    """A second queue behind the topics, whose messages a pipe brings to a workflow that raises the minimum to 1."""

    def __init__(
        self,
        name: str,
        args: Mapping[str, Any],
        topic: WorkTopic,
        service_arn: pulumi.Output[str],
        target: aws.appautoscaling.Target,
        *,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`args` are the checked ones of the service, `target` is what scaling changes."""
        super().__init__("workers:index:FastWake", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        queue = self._queue(topic)
        workflow = aws.sfn.StateMachine(
            f"{name}-wake",
            type="EXPRESS",
            role_arn=self._role(
                "wake",
                document(policies.workflow_may_assume, queue_arn=queue.arn),
                document(policies.workflow_policy, target_arn=target.arn, service_arn=service_arn),
            ),
            definition=pulumi.Output.all(
                cluster_arn=args["cluster_arn"], service_arn=service_arn, resource_id=target.resource_id
            ).apply(lambda known: wake_workflow(**known)),
            tags=args["tags"],
            opts=self._child,
        )
        aws.pipes.Pipe(
            f"{name}-wake-pipe",
            role_arn=self._role(
                "wake-pipe",
                document(policies.pipe_may_assume, queue_arn=queue.arn),
                document(policies.pipe_policy, queue_arn=queue.arn, key_arn=topic.key_arn, workflow_arn=workflow.arn),
            ),
            source=queue.arn,
            target=workflow.arn,
            # One that fails is tried again while the message lasts.
            target_parameters={"step_function_state_machine_parameters": {"invocation_type": "REQUEST_RESPONSE"}},
            tags=args["tags"],
            opts=self._child,
        )
        self.register_outputs({})

    def _queue(self, topic: WorkTopic) -> aws.sqs.Queue:
        queue = aws.sqs.Queue(
            f"{self._name}-wake-queue",
            message_retention_seconds=_RETENTION_SECONDS,
            sqs_managed_sse_enabled=True if topic.key_arn is None else None,
            kms_master_key_id=topic.key_arn,
            tags=self._args["tags"],
            opts=self._child,
        )
        policy = aws.sqs.QueuePolicy(
            f"{self._name}-wake-queue-policy",
            queue_url=queue.url,
            policy=document(queue_policy, queue_arn=queue.arn, topic_arns=list(topic.topic_arns.values())),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        for key, of_topic in self._args["topics"].items():
            subscription(
                topic_resource_name(self._name, key, "wake-subscription"),
                of_topic,
                topic_arn=topic.topic_arns[key],
                queue_arn=queue.arn,
                # What is not delivered here is delivered to the service's own queue.
                dead_letter_queue_arn=None,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
        return queue

    def _role(self, kind: str, trust: pulumi.Output[str], policy: pulumi.Output[str]) -> pulumi.Output[str]:
        """A role with one policy; its ARN, once it has that."""
        path = self._args["role_path"]
        role = aws.iam.Role(
            f"{self._name}-{kind}-role",
            assume_role_policy=trust,
            path=path if path != "/" else None,
            permissions_boundary=self._args.get("permissions_boundary_arn"),
            tags=self._args["tags"],
            opts=self._child,
        )
        attached = aws.iam.RolePolicy(
            f"{self._name}-{kind}-role-policy", role=role.name, policy=policy, opts=self._child
        )
        # A pipe that starts before its role has its policy fails.
        return pulumi.Output.all(role.arn, attached.id).apply(lambda known: known[0])
