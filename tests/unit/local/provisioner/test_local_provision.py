"""The provisioner, with small programs of raw resources and the emulator."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.errors import BoxError
from local.provisioner import Created, provision

_HEADER = "import json, pulumi\nimport pulumi_aws as aws\n"


@pytest.fixture(scope="module")
def account() -> Iterator[Aws]:
    with Emulator() as emulator:
        yield Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)


def _provision(directory: Path, aws: Aws, code: str, created: list[Created] | None = None) -> dict[str, Any]:
    program = directory / "__main__.py"
    program.write_text(_HEADER + code)
    return provision(
        program,
        project="demo",
        stack="dev",
        config={"demo:count": "7"},
        aws=aws,
        on_created=(created if created is not None else []).append,
    ).exports


def test_outputs_are_the_emulators_own(tmp_path: Path, account: Aws) -> None:
    created: list[Created] = []
    exports = _provision(
        tmp_path,
        account,
        """
queue = aws.sqs.Queue(
    "orders", visibility_timeout_seconds=pulumi.Config().require_int("count"), tags={"stage": "dev"}
)
named = aws.sqs.Queue("named", name="fixed", sqs_managed_sse_enabled=False)
fifo = aws.sqs.Queue("fifo", fifo_queue=True)
topic = aws.sns.Topic("news")
pulumi.export("url", queue.url)
pulumi.export("names", [queue.name, named.name, fifo.name])
pulumi.export("topic", topic.arn)
pulumi.export("secret", pulumi.Output.secret("hidden"))
""",
        created,
    )

    sqs = account.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=exports["url"], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "7"
    assert sqs.list_queue_tags(QueueUrl=exports["url"])["Tags"] == {"stage": "dev"}
    name, fixed, fifo = exports["names"]
    assert (name[:7], len(name), fixed) == ("orders-", 14, "fixed")
    assert int(name[7:], 16) >= 0
    assert fifo.endswith(".fifo")
    assert account.client("sns").get_topic_attributes(TopicArn=exports["topic"])
    assert exports["secret"] == "hidden"
    assert sorted((entry.type, entry.name) for entry in created) == [
        ("aws:sns/topic:Topic", "news"),
        ("aws:sqs/queue:Queue", "fifo"),
        ("aws:sqs/queue:Queue", "named"),
        ("aws:sqs/queue:Queue", "orders"),
    ]


def test_attributes_set_one_after_the_other_all_stay(tmp_path: Path, account: Aws) -> None:
    exports = _provision(
        tmp_path,
        account,
        """
queue, dead = aws.sqs.Queue("queue"), aws.sqs.Queue("dead")
policy = queue.arn.apply(lambda arn: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"AWS": "*"}, "Action": "sqs:SendMessage", "Resource": arn}]}))
first = aws.sqs.QueuePolicy("policy", queue_url=queue.url, policy=policy)
aws.sqs.RedrivePolicy("redrive", queue_url=queue.url, redrive_policy=pulumi.Output.json_dumps(
    {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}), opts=pulumi.ResourceOptions(depends_on=first))
pulumi.export("url", queue.url)
""",
    )

    attributes = account.client("sqs").get_queue_attributes(QueueUrl=exports["url"], AttributeNames=["All"])
    assert json.loads(attributes["Attributes"]["RedrivePolicy"])["maxReceiveCount"] == 3
    assert json.loads(attributes["Attributes"]["Policy"])["Statement"][0]["Action"] == "sqs:SendMessage"


def test_a_security_group_has_its_own_rules_alone(tmp_path: Path, account: Aws) -> None:
    exports = _provision(
        tmp_path,
        account,
        """
import pulumi_awsx as awsx
vpc = awsx.ec2.Vpc("net", number_of_availability_zones=2, nat_gateways={"strategy": "None"})
group = aws.ec2.SecurityGroup("tasks", vpc_id=vpc.vpc_id, egress=[
    {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}])
default = aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.vpc_id)
pulumi.export("groups", [group.id, default.id])
pulumi.export("subnets", [vpc.public_subnet_ids, vpc.private_subnet_ids])
""",
    )

    groups = account.client("ec2").describe_security_groups(GroupIds=exports["groups"])["SecurityGroups"]
    rules = {group["GroupId"]: group["IpPermissionsEgress"] for group in groups}
    tasks, default = (rules[group_id] for group_id in exports["groups"])
    assert [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in tasks] == [("tcp", 443, 443)]
    assert default == []
    assert all(group["IpPermissions"] == [] for group in groups)
    subnets = [subnet for kind in exports["subnets"] for subnet in kind]
    found = account.client("ec2").describe_subnets(SubnetIds=subnets)["Subnets"]
    assert len({subnet["CidrBlock"] for subnet in found}) == 4


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            'aws.sns.SmsPreferences("texts")',
            "the box cannot create aws:sns/smsPreferences:SmsPreferences ('texts')",
        ),
        (
            'aws.sqs.Queue.get("old", "https://sqs.eu-west-1.amazonaws.com/123456789012/old")',
            "the box cannot create aws:sqs/queue:Queue by its id ('old'): it has only what the program makes in it",
        ),
        (
            'pulumi.export("ids", aws.ec2.get_vpcs_output().ids)',
            "the program calls aws:ec2/getVpcs:getVpcs, which the box cannot answer",
        ),
        (
            'aws.iam.RolePolicy("grants", policy="{", role=aws.iam.Role("role", assume_role_policy="{}").name)',
            "aws:iam/rolePolicy:RolePolicy ('grants') was not created: An error occurred (MalformedPolicyDocument)",
        ),
        (
            'raise pulumi.RunError("the config of stack dev has 2 problem(s):\\n  a\\n  b")',
            "the config of stack dev has 2 problem(s):\n  a\n  b",
        ),
        (
            'pulumi.StackReference("organization/network/dev")',
            "the program reads the outputs of stack organization/network/dev, and the box sees no other stack",
        ),
        (
            "import missing_library",
            "__main__.py failed: No module named 'missing_library'\n  at __main__.py:3\nThe box runs the program with",
        ),
        ("def broken(:", "__main__.py failed: SyntaxError: invalid syntax (__main__.py, line 3)"),
        ("import sys\nsys.exit()", "__main__.py ended itself with exit code 0\n  at __main__.py:4"),
        ("raise SystemExit(3)", "__main__.py ended itself with exit code 3\n  at __main__.py:3"),
        ("raise SystemExit('no image')", "__main__.py ended itself with exit code 1: no image\n  at __main__.py:3"),
        (
            "def end(_): raise SystemExit(4)\npulumi.export('never', pulumi.Output.from_input(1).apply(end))",
            "__main__.py ended itself with exit code 4\n  at __main__.py:3",
        ),
        (
            "import asyncio\nraise asyncio.CancelledError",
            "__main__.py failed: CancelledError: \n  at __main__.py:4",
        ),
        ("raise GeneratorExit('odd')", "__main__.py failed: GeneratorExit: odd\n  at __main__.py:3"),
        ("1 / 0", "__main__.py failed: ZeroDivisionError: division by zero\n  at __main__.py:3"),
    ],
)
def test_a_failure_is_told_in_a_sentence(tmp_path: Path, account: Aws, code: str, message: str) -> None:
    with pytest.raises(BoxError) as error:
        _provision(tmp_path, account, code)

    assert str(error.value).startswith(message)


def test_ctrl_c_is_no_failure_of_the_program(tmp_path: Path, account: Aws) -> None:
    with pytest.raises(KeyboardInterrupt):
        _provision(tmp_path, account, "raise KeyboardInterrupt")


def test_a_missing_library_is_installed_alone(tmp_path: Path, account: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/a checkout/.venv/bin/python")

    with pytest.raises(BoxError) as error:
        _provision(tmp_path, account, "import missing_library")

    assert str(error.value).splitlines()[2:] == [
        (
            "The box runs the program with its own Python, which has the components already; "
            "install there the missing library alone, by its name in requirements.txt:"
        ),
        "  '/a checkout/.venv/bin/python' -m pip install NAME",
    ]


def test_a_bucket_with_its_settings(tmp_path: Path, account: Aws) -> None:
    exports = _provision(
        tmp_path,
        account,
        """
bucket = aws.s3.Bucket("files", tags={"stage": "dev"})
aws.s3.BucketVersioning("versions", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
aws.s3.BucketLifecycleConfiguration("cycle", bucket=bucket.id, rules=[
    {"id": "old", "status": "Enabled", "filter": {"prefix": "a/"}, "expiration": {"days": 7}},
])
pulumi.export("bucket", bucket.bucket)
""",
    )

    s3, name = account.client("s3"), exports["bucket"]
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "stage", "Value": "dev"}]
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (rule["Filter"], rule["Expiration"]) == ({"Prefix": "a/"}, {"Days": 7})


def test_nothing_is_created_where_the_program_fails_first(tmp_path: Path, account: Aws) -> None:
    before = account.client("sns").list_topics()["Topics"]

    with pytest.raises(BoxError):
        _provision(tmp_path, account, 'raise pulumi.RunError("bad")\naws.sns.Topic("never")')

    assert account.client("sns").list_topics()["Topics"] == before


def test_components_and_providers_create_nothing(tmp_path: Path, account: Aws) -> None:
    created: list[Created] = []
    exports = _provision(
        tmp_path,
        account,
        """
class Pair(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("demo:index:Pair", name)
        child = pulumi.ResourceOptions(parent=self, provider=aws.Provider("elsewhere", region="eu-west-1"))
        self.arn = aws.sns.Topic(f"{name}-topic", opts=child).arn
        self.register_outputs({"arn": self.arn})
pulumi.export("arn", Pair("pair").arn)
""",
        created,
    )

    assert [(entry.type, entry.name) for entry in created] == [("aws:sns/topic:Topic", "pair-topic")]
    assert exports["arn"].startswith("arn:aws:sns:eu-west-1:123456789012:pair-topic-")


def test_endpoints_are_in_the_private_subnets_with_their_policies(tmp_path: Path, account: Aws) -> None:
    exports = _provision(
        tmp_path,
        account,
        """
from worker_service import Environment
net = Environment("net", {"vpc_endpoints": "worker"})
pulumi.export("vpc", net.vpc_id)
pulumi.export("subnets", net.private_subnet_ids)
""",
    )
    found = account.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    endpoints = {endpoint["ServiceName"].split(".", 3)[3]: endpoint for endpoint in found}

    assert sorted(endpoints) == ["ecr.api", "ecr.dkr", "logs", "s3", "sqs"]
    assert {endpoint["VpcId"] for endpoint in found} == {exports["vpc"]}
    assert sorted(endpoints["sqs"]["SubnetIds"]) == sorted(exports["subnets"])
    assert all('"aws:PrincipalAccount": "123456789012"' in endpoint["PolicyDocument"] for endpoint in found)


def test_a_program_runs_in_its_own_folder(tmp_path: Path, account: Aws) -> None:
    (tmp_path / "own_module.py").write_text("NAME = 'from beside the program'\n")
    (tmp_path / "name.txt").write_text("read")

    exports = _provision(
        tmp_path,
        account,
        """
from pathlib import Path
from own_module import NAME
pulumi.export("names", [NAME, Path("name.txt").read_text()])
""",
    )

    assert exports["names"] == ["from beside the program", "read"]
    assert str(tmp_path) not in sys.path
    assert Path.cwd() != tmp_path


def test_what_was_registered_is_told_with_its_state(tmp_path: Path, account: Aws) -> None:
    (tmp_path / "__main__.py").write_text(_HEADER + 'aws.sqs.Queue("orders", tags={"stage": "dev"})\n')

    provisioned = provision(
        tmp_path / "__main__.py", project="demo", stack="dev", config={}, aws=account, on_created=lambda _created: None
    )

    [queue] = provisioned.registered
    assert (queue.type, queue.name, queue.state["tags"]) == ("aws:sqs/queue:Queue", "orders", {"stage": "dev"})
    assert account.client("sqs").get_queue_attributes(QueueUrl=queue.state["url"])


def test_a_table_is_the_one_that_was_asked_for(tmp_path: Path, account: Aws) -> None:
    exports = _provision(
        tmp_path,
        account,
        """
table = aws.dynamodb.Table(
    "done",
    attributes=[{"name": "key", "type": "S"}],
    hash_key="key",
    billing_mode="PAY_PER_REQUEST",
    ttl={"attribute_name": "forget_at", "enabled": True},
    tags={"stage": "dev"},
)
pulumi.export("name", table.name)
pulumi.export("arn", table.arn)
""",
    )

    dynamodb = account.client("dynamodb")
    made = dynamodb.describe_table(TableName=exports["name"])["Table"]
    assert made["TableArn"] == exports["arn"]
    assert made["KeySchema"] == [{"AttributeName": "key", "KeyType": "HASH"}]
    ttl = dynamodb.describe_time_to_live(TableName=exports["name"])["TimeToLiveDescription"]
    assert ttl == {"AttributeName": "forget_at", "TimeToLiveStatus": "ENABLED"}
