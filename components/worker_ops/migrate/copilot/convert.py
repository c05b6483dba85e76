"""Converts a workspace: a report on every field, and a project for each Worker Service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from worker_ops.migrate.converted import Converted
from worker_ops.migrate.copilot.manifest import convert_manifest, service_name
from worker_ops.migrate.copilot.moving import moving_sections
from worker_ops.migrate.copilot.workspace import Workspace
from worker_ops.migrate.guide import guide
from worker_ops.migrate.project import project_files
from worker_ops.migrate.report import Report

_OTHER = "is no Worker Service: not converted here; it goes on in Copilot's stack until you move it another way"


def convert_workspace(workspace: Workspace, shell: Mapping[str, str]) -> Converted:
    """The projects of all Worker Services; `shell` are values of variables that Copilot took from there."""
    report = Report()
    files: dict[str, str] = {}
    for worker in workspace.workers:
        own = Report()
        name = service_name(worker)
        environments = {environment: dict(shell) for environment in workspace.environments}
        stacks = convert_manifest(worker, workspace.application, environments, own)
        written = project_files(name, "AWS Copilot", stacks, None)
        sections = moving_sections(workspace.application, name, list(environments))
        written["MIGRATION.md"] = guide(f"{name}: from AWS Copilot", own, sections)
        files |= {str(PurePosixPath(name) / file): text for file, text in written.items()}
        report.add(own)
    for other in workspace.others:
        report.by_hand(other, _OTHER)
    return Converted(report, files)
