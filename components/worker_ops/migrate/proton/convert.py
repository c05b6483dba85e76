"""Converts a service's spec and those of its environments: a report on every field, and a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker_ops.errors import OpsError
from worker_ops.migrate.conversion import ROLE_MOST_CHARACTERS, bounded
from worker_ops.migrate.converted import Converted
from worker_ops.migrate.field import Field
from worker_ops.migrate.guide import guide
from worker_ops.migrate.project import environment_files, project_files
from worker_ops.migrate.proton.environment_spec import convert_environment_spec
from worker_ops.migrate.proton.moving import moving_sections
from worker_ops.migrate.proton.service_spec import SCALING, ServiceSpec, convert_service_spec
from worker_ops.migrate.read_yaml import read_yaml
from worker_ops.migrate.report import Report
from worker_ops.migrate.scaling_figures import scaling_section

_ORIGIN = "AWS Proton"


@dataclass(frozen=True)
class Facts:
    """What no spec has: Proton's own API had it, which is gone."""

    service: str
    environment_stacks: Mapping[str, str]
    """CloudFormation stacks of the environments, by Proton's names of these."""
    source: Mapping[str, str]
    """connection_arn, repository_id and branch of the pipeline, as far as they are known."""


def convert_spec(path: Path, environment_specs: Mapping[str, Path], facts: Facts) -> Converted:
    """The project of a spec's service, and one for each environment whose spec is given. Raises OpsError."""
    report = Report()
    source = read_yaml(path, path.parent)
    spec = convert_service_spec(source, facts.service, facts.environment_stacks, report)
    if spec.pipeline is not None:
        spec.pipeline |= _pipeline(source.fields["pipeline"], spec, facts, report)
    pipelines = [spec.pipeline] if spec.pipeline is not None else []
    written = project_files(facts.service, _ORIGIN, spec.stacks, pipelines)
    instance = source.fields["instances"].items[0].fields["name"].text or ""
    files = {f"{facts.service}/{name}": text for name, text in written.items()}
    for environment, file in environment_specs.items():
        if environment == facts.service:
            raise OpsError(f"--environment-spec: {environment}: the service's project has this name already")
        args = convert_environment_spec(read_yaml(file, file.parent), report)
        files |= {f"{environment}/{name}": text for name, text in environment_files(environment, args).items()}
    sections = [scaling_section(SCALING), *moving_sections(facts.service, instance, next(iter(spec.stacks)))]
    files[f"{facts.service}/MIGRATION.md"] = guide(f"{facts.service}: from {_ORIGIN}", report, sections)
    return Converted(report, files, SCALING)


def _pipeline(source: Field, spec: ServiceSpec, facts: Facts, report: Report) -> dict[str, Any]:
    """The rest of the pipeline's arguments, with what a person has to fill in in capitals."""
    needed = {"connection_arn": "CONNECTION_ARN", "repository_id": "OWNER/REPOSITORY", "branch": "main"}
    missing = [key for key in needed if key not in facts.source]
    filled = [*missing, "targets[].account_id, region and deploy_role", "state_backend_url"]
    report.by_hand(
        source,
        f"fill in Pulumi.pipeline.yaml: {', '.join(filled)}"
        + ("; the deployed pipeline has connection, repository and branch: --pipeline NAME" if missing else ""),
    )
    return {
        "source": "connection",
        **needed,
        **facts.source,
        "program_dir": f"pulumi/{facts.service}",
        "state_backend_url": "STATE_BACKEND_URL",
        "targets": [
            {
                "stack": stack,
                "account_id": "ACCOUNT_ID",
                "region": "REGION",
                "deploy_role": bounded(f"{_of_the_service(stack, facts.service)}-deploy", ROLE_MOST_CHARACTERS),
            }
            for stack in spec.stacks
        ],
    }


def _of_the_service(stack: str, service: str) -> str:
    """A name of the stack's that no other service's has: several may deploy into one account."""
    return stack if stack.startswith(f"{service}-") else f"{service}-{stack}"
