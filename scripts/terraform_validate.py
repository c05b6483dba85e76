"""Has Terraform hold what stacks declare against the schema and the rules of the aws provider."""

# ruff: noqa: S603 (what is run is Terraform)

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scripts.terraform_config import resource_schemas, terraform_config
from scripts.terraform_plan import Declared

_PROVIDERS = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}}


class TerraformError(Exception):
    """Terraform does not run here; the message says why."""


def terraform_problems(stacks: Iterable[tuple[str, Iterable[Declared]]]) -> Iterator[str]:
    """A sentence for each problem. Resources that several stacks declare alike are looked at once."""
    terraform = shutil.which("terraform") or shutil.which("tofu")
    if terraform is None:
        raise TerraformError("neither terraform nor tofu is on the PATH: install Terraform or OpenTofu")
    with tempfile.TemporaryDirectory() as directory:
        main = Path(directory) / "main.tf.json"
        main.write_text(json.dumps(_PROVIDERS))
        # Which the aws provider is downloaded for, or taken from a mirror that Terraform's own settings name.
        _output(terraform, directory, "init", "-input=false", "-no-color")
        schemas = resource_schemas(json.loads(_output(terraform, directory, "providers", "schema", "-json")))
        config, problems = terraform_config(_distinct(stacks), schemas)
        yield from problems
        main.write_text(json.dumps({**_PROVIDERS, **config}))
        done = _run(terraform, directory, "validate", "-json")
        yield from map(_sentence, json.loads(done.stdout)["diagnostics"])


def _distinct(stacks: Iterable[tuple[str, Iterable[Declared]]]) -> Iterator[tuple[str, Declared]]:
    seen: set[str] = set()
    for stack, resources in stacks:
        for resource in resources:
            key = json.dumps([resource.type, resource.inputs], sort_keys=True)
            if key not in seen:
                seen.add(key)
                yield stack, resource


def _sentence(diagnostic: dict[str, Any]) -> str:
    where = diagnostic.get("address") or (diagnostic.get("snippet") or {}).get("context") or "configuration"
    return f"{where}: {diagnostic['summary']}: {diagnostic.get('detail', '')}"


def _run(terraform: str, directory: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([terraform, *arguments], cwd=directory, capture_output=True, text=True, check=False)


def _output(terraform: str, directory: str, *arguments: str) -> str:
    done = _run(terraform, directory, *arguments)
    if done.returncode:
        raise TerraformError(f"terraform {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
