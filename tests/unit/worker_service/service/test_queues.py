"""Several queues of one service: made here or existing; and what is refused of them."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from tests.support.deploy import Deployment, deploy
from tests.support.worker_service import container, deployed, document, problems_of, worker_service

QUEUE = "aws:sqs/queue:Queue"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LIVE = "arn:aws:sqs:eu-west-1:111122223333:live"
THEIRS = "arn:aws:sqs:eu-west-1:444455556666:theirs"
KEY = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd"


def existing(arn: str = LIVE, **more: Any) -> dict[str, Any]:
    return {"queue_arn": arn, "dead_letter_queue_arn": f"{arn}-dead", **more}


def outputs(deployment: Deployment) -> dict[str, Any]:
    return deployment.outputs_of(deployment.result)


def statements(policy: str) -> list[dict[str, Any]]:
    return json.loads(policy)["Statement"]


def test_a_second_queue_has_what_the_first_one_has():
    deployment = deployed(queues={"bulk": {"delay_seconds": 5, "dead_letter_retention_seconds": 864_000}})
    both = {"fifoQueue", "visibilityTimeoutSeconds", "messageRetentionSeconds"}

    assert [queue.name for queue in deployment.all(QUEUE)] == [
        "orders-bulk-dead-letter-queue",
        "orders-bulk-queue",
        "orders-dead-letter-queue",
        "orders-queue",
    ]
    main, bulk = (deployment.one(QUEUE, name).inputs for name in ("orders-queue", "orders-bulk-queue"))
    assert {key: bulk.get(key) for key in both} == {key: main.get(key) for key in both}
    assert (main.get("delaySeconds"), bulk["delaySeconds"]) == (None, 5)
    assert deployment.one(QUEUE, "orders-bulk-dead-letter-queue").inputs["messageRetentionSeconds"] == 864_000
    redrive = document(deployment, "aws:sqs/redrivePolicy:RedrivePolicy", "orders-bulk-redrive-policy", "redrivePolicy")
    assert redrive == {
        "deadLetterTargetArn": outputs(deployment)["queues"]["bulk"]["dead_letter_queue_arn"],
        "maxReceiveCount": 3,
    }
    # Nobody but the account's own principals sends to a queue without a topic.
    policy = document(deployment, "aws:sqs/queuePolicy:QueuePolicy", "orders-bulk-queue-policy")
    assert [statement["Effect"] for statement in policy["Statement"]] == ["Deny"]


def test_a_dead_letter_may_be_as_large_as_the_message_was():
    deployment = deployed(queues={"bulk": {"max_message_size_bytes": 1_048_576}})

    assert {queue.name: queue.inputs.get("maxMessageSize") for queue in deployment.all(QUEUE)} == {
        "orders-bulk-dead-letter-queue": 1_048_576,
        "orders-bulk-queue": 1_048_576,
        "orders-dead-letter-queue": None,
        "orders-queue": None,
    }


def test_a_topic_delivers_to_the_queue_that_it_names():
    deployment = deployed(queues={"bulk": {}}, topics={"main": {}, "audit": {"queue": "bulk"}})
    queues = outputs(deployment)["queues"]

    assert deployment.one(SUBSCRIPTION, "orders-subscription").inputs["endpoint"] == queues["main"]["queue_arn"]
    assert deployment.one(SUBSCRIPTION, "orders-audit-subscription").inputs["endpoint"] == queues["bulk"]["queue_arn"]
    policy = document(deployment, "aws:sqs/queuePolicy:QueuePolicy", "orders-bulk-queue-policy")
    assert (
        policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"] == outputs(deployment)["topic_arns"]["audit"]
    )


def test_a_fifo_queue_beside_a_standard_one_has_fifo_topics():
    deployment = deployed(
        queues={"ordered": {"fifo": {"high_throughput": True}}}, topics={"main": {}, "steps": {"queue": "ordered"}}
    )

    assert deployment.one(QUEUE, "orders-ordered-queue").inputs["fifoQueue"] is True
    assert deployment.one(QUEUE, "orders-ordered-dead-letter-queue").inputs["fifoQueue"] is True
    assert "fifoQueue" not in deployment.one(QUEUE, "orders-queue").inputs
    assert deployment.one("aws:sns/topic:Topic", "orders-steps-topic").inputs["fifoTopic"] is True
    assert "fifoTopic" not in deployment.one("aws:sns/topic:Topic", "orders-topic").inputs


def test_the_task_role_consumes_every_queue_and_rejects_to_its_own_dead_letter_queue():
    deployment = deployed(queues={"bulk": {}, "live": existing(kms_key_arn=KEY)})
    policy = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")
    by_sid = {statement["Sid"]: statement for statement in policy["Statement"]}
    queues = outputs(deployment)["queues"]

    assert by_sid["ConsumeQueue"]["Resource"] == [queue["queue_arn"] for queue in queues.values()]
    assert by_sid["RejectToDeadLetterQueue"]["Resource"] == [
        queue["dead_letter_queue_arn"] for queue in queues.values()
    ]
    assert by_sid["UseQueueKeys"]["Resource"] == [KEY]


def test_an_existing_queue_is_pointed_at_and_nothing_of_it_is_changed():
    deployment = deployed(queues={"live": existing()})

    assert [queue.name for queue in deployment.all(QUEUE)] == ["orders-dead-letter-queue", "orders-queue"]
    assert outputs(deployment)["queues"]["live"] == {
        "queue_url": "https://sqs.eu-west-1.amazonaws.com/111122223333/live",
        "queue_arn": LIVE,
        "dead_letter_queue_url": "https://sqs.eu-west-1.amazonaws.com/111122223333/live-dead",
        "dead_letter_queue_arn": f"{LIVE}-dead",
    }
    assert outputs(deployment)["required_policies"] == {}


def test_the_main_queue_may_be_an_existing_one():
    deployment = deployed(queues={"main": existing()}, topics={"shop": {}})
    variables = {entry["name"]: entry["value"] for entry in container(deployment)["environment"]}

    assert deployment.all(QUEUE) == []
    assert outputs(deployment)["queue_arn"] == LIVE
    assert variables["QUEUE_NAME"] == "live"
    assert variables["QUEUE_URI"] == "https://sqs.eu-west-1.amazonaws.com/111122223333/live"
    assert deployment.one(SUBSCRIPTION, "orders-shop-subscription").inputs["endpoint"] == LIVE


def test_what_an_existing_queues_policies_need_is_said_and_never_written():
    deployment = deployed(
        queues={"theirs": existing(THEIRS, kms_key_arn=KEY)}, topics={"main": {}, "shop": {"queue": "theirs"}}
    )
    required = outputs(deployment)["required_policies"]
    topic = outputs(deployment)["topic_arns"]["shop"]
    ours = {"AWS": "arn:aws:iam::111122223333:root"}
    delivering = {
        "Sid": "DeliverFromTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }

    assert sorted(required) == ["queues.theirs", "queues.theirs.dead_letter_queue", "queues.theirs.kms_key"]
    assert statements(required["queues.theirs"]) == [
        {**delivering, "Action": "sqs:SendMessage", "Resource": THEIRS},
        {
            "Sid": "ConsumeFrom111122223333",
            "Effect": "Allow",
            "Action": [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
            ],
            "Resource": THEIRS,
            "Principal": ours,
        },
    ]
    assert statements(required["queues.theirs.dead_letter_queue"]) == [
        {**delivering, "Action": "sqs:SendMessage", "Resource": f"{THEIRS}-dead"},
        {
            "Sid": "RejectFrom111122223333",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": f"{THEIRS}-dead",
            "Principal": ours,
        },
    ]
    assert [statement["Sid"] for statement in statements(required["queues.theirs.kms_key"])] == [
        "DeliverFromTopic",
        "ConsumeFrom111122223333",
    ]
    policies = [policy.name for policy in deployment.all("aws:sqs/queuePolicy:QueuePolicy")]
    assert policies == ["orders-dead-letter-queue-policy", "orders-queue-policy"]


def test_scaling_sums_the_demand_of_all_queues():
    deployment = deployed(queues={"bulk": {"acceptable_latency_seconds": 600, "message_processing_seconds": 2}})
    queries = deployment.one(ALARM, "orders-scaling-demand").inputs["metricQueries"]

    assert queries[-1]["expression"] == ("CEIL(v0 * 0.001666666666 + v1 * 0.0003333333333 + n0 * 0.125 + n1 * 0.125)")
    assert [query["id"] for query in queries[:-1]] == ["v0", "v1", "n0", "n1"]


def test_alarms_and_dashboard_have_each_queue():
    deployment = deployed(queues={"bulk": {"acceptable_latency_seconds": 600}})
    names = [alarm.name for alarm in deployment.all(ALARM)]
    body = document(deployment, "aws:cloudwatch/dashboard:Dashboard", "orders-dashboard", "dashboardBody")

    assert {"orders-bulk-age-alarm", "orders-bulk-dead-letter-alarm", "orders-bulk-no-consumer-alarm"} <= set(names)
    assert deployment.one(ALARM, "orders-bulk-age-alarm").inputs["threshold"] == 601
    assert deployment.one(ALARM, "orders-age-alarm").inputs["threshold"] == 61
    new = deployment.one(ALARM, "orders-new-dead-letters").inputs["metricQueries"]
    assert [query["id"] for query in new] == ["failed", "rejected", "failed1", "rejected1", "value"]
    backlog = next(w["properties"] for w in body["widgets"] if w["properties"]["title"].startswith("Backlog"))
    assert [line[-1]["label"] for line in backlog["metrics"]] == [
        *("waiting, main", "waiting, bulk", "in flight, main", "in flight, bulk", "dead letters, main"),
        "dead letters, bulk",
    ]
    service = deployment.one("aws:ecs/service:Service").inputs
    rollback = {alarm.inputs.get("name") or alarm.name for alarm in deployment.all(ALARM)}
    assert len(service["alarms"]["alarmNames"]) == 5, rollback  # of each queue two, and the workers' own count


def test_an_arn_may_be_an_output_and_nothing_else_of_a_queue():
    deployment = deploy(
        lambda: worker_service(
            queues={"live": existing(pulumi.Output.from_input(LIVE), dead_letter_queue_arn=f"{LIVE}-dead")}  # type: ignore[arg-type]
        )
    )
    assert outputs(deployment)["queues"]["live"]["queue_arn"] == LIVE
    refused = deploy(lambda: problems_of(queues={"bulk": {"delay_seconds": pulumi.Output.from_input(1)}})).result
    assert [problem.split(",")[0] for problem in refused] == [
        "queues.bulk.delay_seconds: an Output is not a plain value"
    ]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"queues": {"bulk": {"delay_second": 1}}}, "queues.bulk.delay_second: unknown; did you mean delay_seconds?"),
        (
            {"queues": {"bulk": {"delay_seconds": 901}}},
            "queues.bulk.delay_seconds: 901 is not a whole number from 0 to 900",
        ),
        (
            {"queues": {"main": {"max_message_size_bytes": 1_048_577}}},
            "queues.main.max_message_size_bytes: 1048577 is not a whole number from 1024 to 1048576",
        ),
        (
            {"queues": {"dead-letter": {}}},
            "queues key: 'dead-letter' is not 1 to 20 lower-case letters, digits and hyphens, not dead-letter",
        ),
        (
            {"queues": {"main": {"handler": "shop.handle"}}},
            "queues.main.handler: say it with the service's own input handler",
        ),
        (
            {"queues": {"main": {"fifo": {"high_throughput": True}}}},
            "queues.main.fifo: say it with the service's own input fifo",
        ),
        (
            {"queues": {"live": existing(max_receive_count=5)}},
            "queues.live.max_receive_count: is for a queue made here; whoever owns the existing one sets it",
        ),
        (
            {"queues": {"live": {"queue_arn": LIVE}}},
            (
                "queues.live.dead_letter_queue_arn: required with queue_arn; a queue without one tries a"
                " bad message for ever"
            ),
        ),
        ({"queues": {"bulk": {"kms_key_arn": KEY}}}, "queues.bulk.kms_key_arn: goes with queue_arn"),
        (
            {"queues": {"live": existing(LIVE.replace("eu-west-1", "eu-central-1"))}},
            (
                f"queues.live.queue_arn: {LIVE.replace('eu-west-1', 'eu-central-1')} is not in eu-west-1,"
                f" where the tasks run"
            ),
        ),
        (
            {"queues": {"live": existing(dead_letter_queue_arn=f"{LIVE}-dead.fifo")}},
            (
                f"queues.live.dead_letter_queue_arn: {LIVE}-dead.fifo is not of the account, region and"
                f" kind of {LIVE}, as SQS"
                " asks of a dead-letter queue"
            ),
        ),
        (
            {"queues": {"live": existing(dead_letter_queue_arn=LIVE)}},
            f"queues.live.dead_letter_queue_arn: {LIVE} is the queue itself",
        ),
        ({"queues": {"main": existing(), "live": existing()}}, f"queues: {LIVE} stands twice"),
        (
            {"queues": {"main": existing()}, "max_receive_count": 9},
            "max_receive_count: is for a queue made here, and queues.main.queue_arn names an existing one",
        ),
        (
            {"queues": {"bulk": {"dead_letter_retention_seconds": 60}}},
            (
                "queues.bulk.dead_letter_retention_seconds: 60 is below message_retention_seconds"
                " 345600; a dead letter would"
                " be gone before anybody sees it"
            ),
        ),
        (
            {"queues": {"bulk": {"visibility_timeout_seconds": 43_200, "message_retention_seconds": 90_000}}},
            (
                "queues.bulk.message_retention_seconds: 90000 is over before max_receive_count 3 tries of"
                " visibility_timeout_seconds 43200; raise it or lower one of them"
            ),
        ),
        (
            {"queues": {"bulk": {"message_processing_seconds": 90}}},
            (
                "queues.bulk.acceptable_latency_seconds: 60 is below message_processing_seconds 90; no"
                " number of tasks makes one"
                " message faster"
            ),
        ),
        (
            {"topics": {"main": {"queue": "bluk"}}, "queues": {"bulk": {}}},
            "topics.main.queue: bluk: unknown; did you mean bulk?",
        ),
        (
            {
                "topics": {"main": {"topic_arn": LIVE.replace("sqs", "sns"), "queue": "q"}},
                "queues": {"q": {"fifo": {"high_throughput": True}}},
            },
            (
                f"topics.main.topic_arn: {LIVE.replace('sqs', 'sns')} is not FIFO, and the queue is: its"
                f" messages would not be"
                " delivered"
            ),
        ),
        (
            {"queues": {f"q{number}": {} for number in range(5)}},
            "queues: 6 with the main one are more than 5, the most that scaling's alarm can read",
        ),
        (
            {"queues": {f"q{number}": {} for number in range(4)}, "fast_scaling": True},
            "queues: 5 with the main one are more than 4, the most that scaling's alarm can read with fast_scaling",
        ),
        (
            {"queues": {f"q{number}": {} for number in range(3)}, "ignore_delayed_retries": True},
            (
                "queues: 4 with the main one are more than 3, the most that scaling's alarm can read"
                " with ignore_delayed_retries"
            ),
        ),
        (
            {"queues": {"bulk": {}}, "scaling": "proton"},
            "queues: scaling proton knows the main queue alone; choose steady, bursty or batch",
        ),
    ],
)
def test_what_is_refused(args: dict[str, Any], problem: str):
    assert problems_of(**args) == [problem]
