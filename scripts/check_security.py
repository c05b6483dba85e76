"""`make security`: what Checkov and parliament say of everything that the components make.

Both are tools that are run, in an environment of their own, and no part of the project's. Findings that stay have a
reason in docs/security.md; any other one fails. https://www.checkov.io, https://github.com/duo-labs/parliament
"""

# ruff: noqa: S603, T201 (what is run are the two tools, by a command for people)

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.terraform_plan import Declared, terraform_plan
from tests.support.deploy import deploy
from tests.support.everything import everything

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".security" / "venv" / "bin"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64
#: What holds an identity's policy; parliament reads no other.
_POLICIES = ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy")


class Finding(NamedTuple):
    """What a tool says of a resource."""

    rule: str
    resource: str
    words: str


def stacks() -> Iterator[tuple[str, list[Any]]]:
    """The resources of each stack that comes with the project, and of a program with everything."""
    for stack in ("dev", "production", "pipeline"):
        config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
        own = {key: value for key, value in config.items() if ":" not in key}
        image = {} if {"image", "source"} & own.keys() else {"image": IMAGE}
        yield stack, deploy(ROOT / "__main__.py", config={**own, **image}).resources
    # Any folder with a service will do.
    with contextlib.chdir(ROOT / "examples" / "secrets"):
        yield "everything", deploy(lambda: everything("shop")).resources


def checkov(resources: Iterable[Declared]) -> Iterator[Finding]:
    """Failed checks of Checkov."""
    with tempfile.TemporaryDirectory() as directory:
        plan = Path(directory) / "plan.json"
        plan.write_text(json.dumps(terraform_plan(resources)))
        command = [TOOLS / "checkov", "--file", plan, "--framework", "terraform_plan", "--output", "json", "--quiet"]
        done = subprocess.run([*command, "--soft-fail"], capture_output=True, text=True, check=True)
    for check in json.loads(done.stdout)["results"]["failed_checks"]:
        yield Finding(check["check_id"], check["resource"], check["check_name"])


def parliament(resources: Iterable[Declared]) -> Iterator[Finding]:
    """What parliament says of each policy of a role."""
    for resource in resources:
        if resource.type in _POLICIES:
            command = [TOOLS / "parliament", "--string", resource.inputs["policy"], "--json"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            for line in done.stdout.splitlines():
                said = json.loads(line)
                yield Finding(said["issue"], resource.name, str(said["detail"]))


def main() -> int:
    """Print every finding, and whether docs/security.md gives its reason."""
    reasons = set(re.findall(r"CKV2?_AWS_\d+|\b[A-Z][A-Z_]{5,}\b", (ROOT / "docs" / "security.md").read_text()))
    unexplained = 0
    for stack, resources in stacks():
        print(f"{stack}: {len(resources)} resources ...", flush=True)
        for finding in sorted({*checkov(resources), *parliament(resources)}):
            explained = finding.rule in reasons
            unexplained += not explained
            print(f"  {'' if explained else 'NEW '}{finding.rule} {finding.resource}: {finding.words}")
    print(f"{unexplained} findings have no reason in docs/security.md")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
