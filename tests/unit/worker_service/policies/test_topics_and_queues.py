"""The policies of topics, queues and key, to the letter; tests/integration/test_policies_judged.py judges by them."""

from worker_service.policies import topics_and_queues as policies

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders-queue"

TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders-topic"
CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"


def refuse_plain_http(action: str, resource: str) -> dict[str, object]:
    return {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_the_topic_alone_may_send_to_a_queue():
    assert policies.queue_policy(queue_arn=QUEUE, topic_arns=[TOPIC]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DeliverFromTopic",
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
            },
            refuse_plain_http("sqs:*", QUEUE),
        ],
    }


def test_the_topic_refuses_plain_http():
    assert policies.topic_policy(topic_arn=TOPIC)["Statement"] == [refuse_plain_http("sns:Publish", TOPIC)]


def test_the_key_serves_the_account_and_the_one_topic():
    assert policies.key_policy(cluster_arn=CLUSTER, topic_arns=[TOPIC], encrypts_alarms=False) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AccountPoliciesDecide",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "DeliverFromTopic",
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": "*",
                "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
            },
        ],
    }


FROM_ALARMS = {
    "StringEquals": {"aws:SourceAccount": "111122223333"},
    "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*"},
}


def test_a_key_that_encrypts_alarms_serves_the_accounts_own_alarms_too():
    without = policies.key_policy(cluster_arn=CLUSTER, topic_arns=[TOPIC], encrypts_alarms=False)
    with_alarms = policies.key_policy(cluster_arn=CLUSTER, topic_arns=[TOPIC], encrypts_alarms=True)

    assert with_alarms["Statement"] == [
        *without["Statement"],
        {
            "Sid": "EncryptAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": FROM_ALARMS,
        },
    ]


def test_the_alarms_topic_takes_the_accounts_own_alarms_over_tls():
    publish, refuse = policies.alarm_topic_policy(topic_arn=TOPIC)["Statement"]

    assert publish == {
        "Sid": "PublishAlarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        "Condition": FROM_ALARMS,
    }
    assert (refuse["Effect"], refuse["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_queues_policy_with_every_sender_to_the_letter():
    rules = ["arn:aws:events:eu-west-1:111122223333:rule/a", "arn:aws:events:eu-west-1:111122223333:rule/shop/b"]
    policy = policies.queue_policy(queue_arn=QUEUE, topic_arns=[TOPIC, f"{TOPIC}-2"], rule_arns=rules)

    assert policy["Statement"] == [
        {
            "Sid": "DeliverFromTopic",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": QUEUE,
            "Condition": {"ArnEquals": {"aws:SourceArn": [TOPIC, f"{TOPIC}-2"]}},
            "Principal": {"Service": "sns.amazonaws.com"},
        },
        {
            "Sid": "DeliverFromRule",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": QUEUE,
            "Condition": {"ArnEquals": {"aws:SourceArn": rules}},
            "Principal": {"Service": "events.amazonaws.com"},
        },
        {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": QUEUE,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


def test_the_keys_policy_with_every_user_to_the_letter():
    publishers = {"main": {"account_ids": ["444455556666"], "services": ["s3"], "organization_id": "o-a1b2c3d4e5"}}
    policy = policies.key_policy(
        cluster_arn=CLUSTER, topic_arns=[TOPIC], encrypts_alarms=True, delivers_events=True, publishers=publishers
    )

    assert [(one["Sid"], one["Principal"], one.get("Condition")) for one in policy["Statement"]] == [
        ("AccountPoliciesDecide", {"AWS": "arn:aws:iam::111122223333:root"}, None),
        ("DeliverFromTopic", {"Service": "sns.amazonaws.com"}, {"ArnEquals": {"aws:SourceArn": TOPIC}}),
        (
            "EncryptAlarms",
            {"Service": "cloudwatch.amazonaws.com"},
            {
                "StringEquals": {"aws:SourceAccount": "111122223333"},
                "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*"},
            },
        ),
        ("DeliverFromRule", {"Service": "events.amazonaws.com"}, None),
        ("EncryptMainForAccounts", {"AWS": ["arn:aws:iam::444455556666:root"]}, None),
        (
            "EncryptMainForServices",
            {"Service": ["s3.amazonaws.com"]},
            {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        ),
        ("EncryptMainForOrganization", {"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    ]
    assert {tuple(one["Action"]) for one in policy["Statement"][1:]} == {("kms:Decrypt", "kms:GenerateDataKey")}
