"""What flow logs may do, to the letter."""

from worker_service.policies.flow_logs import flow_logs_may_assume, flow_logs_policy

LOG_GROUP = "arn:aws-cn:logs:cn-north-1:111122223333:log-group:net-flow-logs-1a2b3c4"


def test_flow_logs_of_this_account_and_region_alone_may_assume_the_role():
    assert flow_logs_may_assume(log_group_arn=LOG_GROUP)["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111122223333"},
                "ArnLike": {"aws:SourceArn": "arn:aws-cn:ec2:cn-north-1:111122223333:vpc-flow-log/*"},
            },
        }
    ]


def test_they_write_to_the_one_log_group():
    assert flow_logs_policy(log_group_arn=LOG_GROUP)["Statement"] == [
        {
            "Sid": "WriteLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{LOG_GROUP}:log-stream:*",
        },
        {
            "Sid": "FindStreams",
            "Effect": "Allow",
            "Action": "logs:DescribeLogStreams",
            "Resource": f"{LOG_GROUP}:*",
        },
        {
            "Sid": "FindLogGroups",
            "Effect": "Allow",
            "Action": "logs:DescribeLogGroups",
            "Resource": "arn:aws-cn:logs:cn-north-1:111122223333:log-group:*",
        },
    ]
