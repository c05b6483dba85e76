"""A stack in the box under the real Pulumi engine: the program's own, or another one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.engine.engine import attached_engine
from local.engine.pulumi_cli import PulumiCli
from tests.support.engine import COMMAND_TIMEOUT_SECONDS, PROGRAM, copy_source
from worker_program.program import read_program


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    exit_code: int
    output: str


@dataclass(frozen=True)
class BoxStack:
    """A stack, and the account that it is deployed to."""

    aws: Aws
    program: Path
    cli: PulumiCli

    def run(self, *words: str) -> Done:
        """Run a command of the CLI."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.cli.project,
            env=self.cli.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout)

    def command(self, *words: str) -> list[str]:
        """The command as it is started."""
        return self.cli.command(*words, "--non-interactive", "--color", "never")

    def up(self, *options: str) -> Done:
        """Deploy."""
        return self.run("up", "--yes", "--skip-preview", *options)

    def killed_up(self, reached: Event, killed: Event, *options: str) -> None:
        """Deploy until a point is `reached`, kill -9, and tell by `killed` what waits there."""
        process = subprocess.Popen(
            self.command("up", "--yes", "--skip-preview", *options),
            cwd=self.cli.project,
            env=self.cli.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            while not reached.wait(0.1) and process.poll() is None:
                pass
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0]
            killed.set()
        assert reached.is_set(), output

    def deployed(self, *options: str) -> Done:
        """Deploy, which must go well."""
        done = self.up(*options)
        assert done.exit_code == 0, done.output
        return done

    def steps(self, *options: str) -> dict[str, str]:
        """What `up` would do: resource -> operation, but for what stays the same."""
        done = self.run("preview", "--json", *options)
        assert done.exit_code == 0, done.output
        planned = json.loads(done.output[done.output.index("{") :])["steps"]
        operations: dict[str, str] = {}
        for step in planned:
            _, _, types, name = step["urn"].split("::")
            if step["op"] != "same":
                operation = "replace" if "replace" in step["op"] else step["op"]
                resource = f"{types.rpartition('$')[2]} {name}"
                imported = operations.get(resource) == "import"
                operations[resource] = "import, update" if imported else operation
        return operations

    def set(self, key: str, value: str, *options: str) -> None:
        """Set a key of the stack's config."""
        done = self.run("config", "set", "--path", key, value, *options)
        assert done.exit_code == 0, done.output

    @contextmanager
    def changed(self, key: str, value: str) -> Iterator[None]:
        """With another value of a key, for a while."""
        settings = self.cli.project / f"Pulumi.{self.cli.stack}.yaml"
        before = settings.read_text()
        self.set(key, value)
        try:
            yield
        finally:
            settings.write_text(before)

    def outputs(self) -> dict[str, Any]:
        """What the program exported."""
        return json.loads(self.run("stack", "output", "--json").output)


@contextmanager
def box_stack(directory: Path, stack: str = "dev", program: Path | None = None) -> Iterator[BoxStack]:
    """A stack that has not been deployed, of a copy of this project's program or of another one."""
    if program is None:
        program = directory / "program"
        program.mkdir()
        for entry in PROGRAM:
            copy_source(entry, program)
    settings = read_program(program, stack)
    with Emulator() as emulator:
        aws = Aws(emulator.endpoint_url, settings.region, ADMIN_CREDENTIALS)
        with attached_engine(settings, aws, directory / "engine") as cli:
            yield BoxStack(aws, program, cli)


def everything(aws: Aws) -> dict[str, list[str]]:
    """Names of all that is in the account, but for what cannot be deleted: revisions, and keys that wait for it."""
    client = aws.client
    clusters = _active(aws, client("ecs").list_clusters()["clusterArns"])
    keys = client("kms").list_keys()["Keys"]
    states = {key["KeyId"]: client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in keys}
    found = {
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "topics": [topic["TopicArn"] for topic in client("sns").list_topics()["Topics"]],
        "subscriptions": [each["SubscriptionArn"] for each in client("sns").list_subscriptions()["Subscriptions"]],
        "keys": [key for key, state in states.items() if state != "PendingDeletion"],
        "aliases": [each["AliasName"] for each in client("kms").list_aliases()["Aliases"] if "TargetKeyId" in each],
        "log groups": [group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]],
        "alarms": [alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "dashboards": [each["DashboardName"] for each in client("cloudwatch").list_dashboards()["DashboardEntries"]],
        "roles": [role["RoleName"] for role in client("iam").list_roles()["Roles"]],
        "clusters": clusters,
        "services": [
            arn for cluster in clusters for arn in client("ecs").list_services(cluster=cluster)["serviceArns"]
        ],
        "repositories": [each["repositoryArn"] for each in client("ecr").describe_repositories()["repositories"]],
        "projects": client("codebuild").list_projects()["projects"],
        "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
        "networks": [vpc["VpcId"] for vpc in client("ec2").describe_vpcs()["Vpcs"]],
        "subnets": [subnet["SubnetId"] for subnet in client("ec2").describe_subnets()["Subnets"]],
        "security groups": [group["GroupId"] for group in client("ec2").describe_security_groups()["SecurityGroups"]],
        "scalable targets": [
            target["ResourceId"]
            for target in client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
                "ScalableTargets"
            ]
        ],
    }
    return {kind: sorted(names) for kind, names in found.items()}


def _active(aws: Aws, clusters: list[str]) -> list[str]:
    """ECS goes on describing those that are deleted, for a while."""
    described = aws.client("ecs").describe_clusters(clusters=clusters)["clusters"] if clusters else []
    return [cluster["clusterArn"] for cluster in described if cluster["status"] == "ACTIVE"]
