"""`make security`: what Checkov, parliament and Terraform say of everything that the components make.

They are tools that are run, the first two in an environment of their own, and no part of the project's. Findings that
stay have a reason in docs/security.md; any other one fails, and whatever Terraform finds invalid.
https://www.checkov.io, https://github.com/duo-labs/parliament, https://developer.hashicorp.com/terraform/cli/commands/validate
"""

# ruff: noqa: S603, T201 (what is run are the two tools, by a command for people)

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from scripts.declared_stacks import ROOT, changed_stacks, made_by_components, stacks
from scripts.terraform_plan import Declared, terraform_plan
from scripts.terraform_validate import TerraformError, terraform_problems

TOOLS = ROOT / ".security" / "venv" / "bin"
#: What holds an identity's policy; parliament reads no other.
_POLICIES = ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy")


class Finding(NamedTuple):
    """What a tool says of a resource."""

    rule: str
    resource: str
    words: str


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
            for said in map(json.loads, _remarks(resource.inputs["policy"])):
                yield Finding(said["issue"], resource.name, str(said["detail"]))


@functools.cache
def _remarks(policy: str) -> list[str]:
    command = [TOOLS / "parliament", "--string", policy, "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def main() -> int:
    """Print every finding, and whether docs/security.md gives its reason."""
    reasons = set(re.findall(r"CKV2?_AWS_\d+|\b[A-Z][A-Z_]{5,}\b", (ROOT / "docs" / "security.md").read_text()))
    declared = list(stacks())
    unexplained = sum(_unexplained(stack, made_by_components(resources), reasons) for stack, resources in declared)
    print(f"{unexplained} findings have no reason in docs/security.md")
    print("terraform validate of all of them, and of a change of every input ...", flush=True)
    try:
        invalid = list(terraform_problems(chain(declared, changed_stacks())))
    except TerraformError as error:
        print(f"not validated: {error}", file=sys.stderr)
        return 2
    for problem in invalid:
        print(f"  {problem}")
    print(f"{len(invalid)} problems")
    return 1 if unexplained or invalid else 0


def _unexplained(stack: str, resources: Sequence[Declared], reasons: Collection[str]) -> int:
    """Print the findings of a stack, and count those without a reason."""
    print(f"{stack}: {len(resources)} resources ...", flush=True)
    found = sorted({*checkov(resources), *parliament(resources)})
    for finding in found:
        print(f"  {'' if finding.rule in reasons else 'NEW '}{finding.rule} {finding.resource}: {finding.words}")
    return sum(finding.rule not in reasons for finding in found)


if __name__ == "__main__":
    sys.exit(main())
