"""A deployed stack in a plain moto server, which stands for an account; a program on PATH answers as the Pulumi CLI."""

from __future__ import annotations

import json
import os
import shlex
import time
from pathlib import Path
from typing import Any

import boto3

from tests.support.worker_queue import ANY_CREDENTIALS, REGION

_ACCOUNT = "123456789012"
_FILTER = {"tenant": ["t-1"]}


class StackAccount:
    """A worker service `orders` of a stack `dev`, and the folder of its program."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self._endpoint = endpoint
        self.folder = folder
        self._queues()
        self._topic()
        self._service()
        self._log()
        alarm = {"MetricName": "ApproximateNumberOfMessagesVisible", "Namespace": "AWS/SQS", "Statistic": "Sum"}
        self.client("cloudwatch").put_metric_alarm(
            AlarmName="orders-dead-letters",
            ComparisonOperator="GreaterThanThreshold",
            Dimensions=[{"Name": "QueueName", "Value": "orders-dead"}],
            EvaluationPeriods=1,
            Period=60,
            Threshold=0,
            **alarm,
        )
        self._pulumi()

    def client(self, service: str) -> Any:
        keys = {name.lower(): value for name, value in ANY_CREDENTIALS.items()}
        return boto3.client(service, region_name=REGION, endpoint_url=self._endpoint, **keys)

    def environment(self) -> dict[str, str]:
        """What a command runs with: this account alone, and the answering CLI."""
        return {
            **ANY_CREDENTIALS,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_ENDPOINT_URL": self._endpoint,
        }

    def add_letter(self, order_id: str, reason: str) -> str:
        """A dead letter as the worker's runtime leaves it; returns its id."""
        told = {"error_type": "Reject", "error_message": reason, "receive_count": "1", "task": "task-1"}
        return self.client("sqs").send_message(
            QueueUrl=self.dead_letter_url,
            MessageBody=json.dumps({"order_id": order_id}),
            MessageAttributes={
                f"worker.{name}": {"DataType": "String", "StringValue": text} for name, text in told.items()
            },
        )["MessageId"]

    def taken(self, url: str) -> list[str]:
        """The orders of a queue's messages, taken out of it."""
        sqs = self.client("sqs")
        found: list[str] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                body = json.loads(message["Body"])
                found.append(json.loads(body.get("Message", message["Body"]))["order_id"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return sorted(found)

    def _queues(self) -> None:
        sqs = self.client("sqs")
        self.dead_letter_url = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
        redrive = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{_ACCOUNT}:orders-dead", "maxReceiveCount": 3}
        attributes = {"RedrivePolicy": json.dumps(redrive)}
        self.queue_url = sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]

    def _topic(self) -> None:
        sns, queue_arn = self.client("sns"), f"arn:aws:sqs:{REGION}:{_ACCOUNT}:orders"
        self.topic_arn = sns.create_topic(Name="orders")["TopicArn"]
        sns.subscribe(
            TopicArn=self.topic_arn,
            Protocol="sqs",
            Endpoint=queue_arn,
            Attributes={"FilterPolicy": json.dumps(_FILTER)},
        )
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.topic_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("sqs").set_queue_attributes(QueueUrl=self.queue_url, Attributes={"Policy": policy})

    def _service(self) -> None:
        ecs = self.client("ecs")
        self.cluster_arn = ecs.create_cluster(clusterName="orders")["cluster"]["clusterArn"]
        ecs.register_task_definition(
            family="orders", containerDefinitions=[{"name": "worker", "image": "orders:1", "memory": 512}]
        )
        ecs.create_service(cluster="orders", serviceName="orders", taskDefinition="orders", desiredCount=2)
        self.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/orders/orders",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=9,
        )

    def _log(self) -> None:
        logs = self.client("logs")
        logs.create_log_group(logGroupName="orders")
        logs.create_log_stream(logGroupName="orders", logStreamName="worker/worker/task-1")
        line = {"action": "message_processed", "level": "INFO", "message_id": "m-1", "queue": "main"}
        event = {"timestamp": int(time.time() * 1_000), "message": json.dumps(line)}
        logs.put_log_events(logGroupName="orders", logStreamName="worker/worker/task-1", logEvents=[event])

    def _pulumi(self) -> None:
        outputs = {
            "queue_url": self.queue_url,
            "dead_letter_queue_url": self.dead_letter_url,
            "topic_arn": self.topic_arn,
            "cluster_arn": self.cluster_arn,
            "service_name": "orders",
            "log_group_name": "orders",
        }
        (self.folder / "Pulumi.yaml").write_text("name: orders\nruntime: python\n")
        program = self.folder / "bin" / "pulumi"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho {shlex.quote(json.dumps(outputs))}\n")
        program.chmod(0o700)
