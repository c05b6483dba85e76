"""An emulated account with the program's pipeline and the deploy roles of its targets, to be called as each role.

The account is the tools account and the targets' account at once, for the emulator has one. What this cannot show: that
AWS's services make these calls and no others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.provisioner import provision
from tests.support.emulator import ACCOUNT, REGION, policy
from worker_program.program import read_program

ROOT = Path(__file__).parents[2]
STAGING = {
    "stack": "example/worker-service/staging",
    "account_id": ACCOUNT,
    "region": REGION,
    "deploy_role": "staging-deploy",
    "approval": True,
}
EDGE = {"stack": "edge", "account_id": ACCOUNT, "deploy_role": "edge-deploy", "ecs_service": "workers/orders"}
DEPLOY_ROLES = """\
from worker_service import DeployRole
for name, target in {targets!r}.items():
    DeployRole(name, {{"pipeline_account_id": {account!r}, "pipeline_region": {region!r}, "target": target}})
"""
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})


@dataclass(frozen=True)
class PipelineAccount:
    """What was deployed, and clients of its roles."""

    aws: Aws
    exports: Mapping[str, Any]
    secret_arn: str
    _roles: dict[str, str] = field(default_factory=dict)

    def admin(self, service: str) -> Any:
        """A client that may do everything."""
        return self.aws.client(service)

    def role(self, stem: str) -> str:
        """ARN of the role whose name is the stem, perhaps with Pulumi's random characters behind it."""
        if not self._roles:
            roles = self.admin("iam").list_roles(MaxItems=100)["Roles"]
            self._roles.update({role["RoleName"]: role["Arn"] for role in roles})
        return next(arn for name, arn in self._roles.items() if name == stem or name[:-8] == stem)

    def name_of(self, service: str, stem: str) -> str:
        """Physical name of a project, repository or bucket."""
        names = {
            "codebuild": lambda: self.admin("codebuild").list_projects()["projects"],
            "ecr": lambda: [r["repositoryName"] for r in self.admin("ecr").describe_repositories()["repositories"]],
            "s3": lambda: [bucket["Name"] for bucket in self.admin("s3").list_buckets()["Buckets"]],
            "logs": lambda: [g["logGroupName"] for g in self.admin("logs").describe_log_groups()["logGroups"]],
        }[service]()
        return next(name for name in names if name[:-8] == stem)

    def deploy_service(self, stack: str, caller: Aws, **changed: str) -> dict[str, Any]:
        """Bring up the program's worker service as the caller, in a network of its own."""
        program = read_program(ROOT, "dev")
        own = {"source": "", "service_dir": "ecs-worker", "image": "nginx:1", **changed}
        values = {**program.config, **{f"{program.project}:{key}": value for key, value in own.items()}}
        return _deploy(ROOT / "__main__.py", stack, values, caller)

    def as_service_role(self, stem: str) -> Aws:
        """Calls as a role that an AWS service assumes, for which the root of the account stands here."""
        role_arn = self.role(stem)
        name = role_arn.rsplit("/", 1)[-1]
        iam = self.admin("iam")
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        standing_in = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy(*trust["Statement"], standing_in))
        return self.assumed(self.aws, role_arn)

    def assumed(self, caller: Aws, role_arn: str) -> Aws:
        """Calls as the role that the caller assumes."""
        got = caller.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
        credentials = {
            "AWS_ACCESS_KEY_ID": got["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": got["SecretAccessKey"],
            "AWS_SESSION_TOKEN": got["SessionToken"],
        }
        return Aws(self.aws.endpoint_url, REGION, credentials)


@contextmanager
def pipeline_account(directory: Path) -> Iterator[PipelineAccount]:
    """Deploy the deploy roles, then Pulumi.pipeline.yaml with targets of this account."""
    with Emulator() as emulator:
        aws = Aws(emulator.endpoint_url, REGION, ADMIN_CREDENTIALS)
        secret = aws.client("secretsmanager").create_secret(Name="pulumi-access-token", SecretString="token")
        program = read_program(ROOT, "pipeline")
        own = {
            "targets": json.dumps([STAGING, EDGE]),
            "connection_arn": f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/1a2b",
            "access_token_secret_arn": secret["ARN"],
            "environment_account_ids": "[]",
        }
        values = {**program.config, **{f"{program.project}:{key}": value for key, value in own.items()}}
        targets = {"staging": STAGING, "edge": EDGE}
        (directory / "deploy_roles.py").write_text(DEPLOY_ROLES.format(targets=targets, account=ACCOUNT, region=REGION))
        _deploy(directory / "deploy_roles.py", "pipeline", values, aws)
        exports = _deploy(ROOT / "__main__.py", "pipeline", values, aws)
        yield PipelineAccount(aws, exports, secret["ARN"])


def _deploy(program: Path, stack: str, values: Mapping[str, str], aws: Aws) -> dict[str, Any]:
    return provision(
        program, project="worker-service", stack=stack, config=values, aws=aws, on_created=lambda _created: None
    ).exports
