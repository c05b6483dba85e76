"""Converts a workspace: a report on every field, and a project for each Worker Service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from worker_ops.migrate.conversion import ROLE_MOST_CHARACTERS, Conversion, bounded
from worker_ops.migrate.converted import Converted
from worker_ops.migrate.copilot.environment import EnvironmentNetwork, convert_environment
from worker_ops.migrate.copilot.manifest import SCALING, Workplace, convert_manifest, service_name
from worker_ops.migrate.copilot.moving import moving_sections
from worker_ops.migrate.copilot.other_files import account_for_files
from worker_ops.migrate.copilot.pipeline import convert_pipeline
from worker_ops.migrate.copilot.workspace import Workspace
from worker_ops.migrate.field import Field
from worker_ops.migrate.guide import guide
from worker_ops.migrate.project import project_files
from worker_ops.migrate.report import Report
from worker_ops.migrate.scaling_figures import scaling_section

_OTHER = "is no Worker Service: not converted here; it goes on in Copilot's stack until you move it another way"


def convert_workspace(workspace: Workspace, shell: Mapping[str, str]) -> Converted:
    """The projects of all Worker Services; `shell` are values of variables that Copilot took from there."""
    shared = Report()
    networks = _networks(workspace, shared)
    pipelines = [convert_pipeline(source, workspace.application, shared) for source in workspace.pipelines]
    folders = [PurePosixPath(worker.place.file).parts[1] for worker in workspace.workers]
    for other in workspace.others:
        shared.by_hand(other, _OTHER)
    place = Workplace(workspace.application, networks, shell, has_pipeline=bool(pipelines))
    report = Report()
    files: dict[str, str] = {}
    account_for_files(workspace.folder, workspace.root, folders, workspace.files, shared)
    for worker in workspace.workers:
        own = Report()
        files |= _service(worker, place, pipelines, own, shared)
        report.add(own)
    report.add(shared)
    return Converted(report, files, SCALING)


def _networks(workspace: Workspace, report: Report) -> dict[str, EnvironmentNetwork]:
    return {
        name: convert_environment(source, workspace.application, name, report)
        for name, source in workspace.environments.items()
    }


def _service(
    worker: Field, place: Workplace, pipelines: Sequence[Mapping[str, Any]], own: Report, shared: Report
) -> dict[str, str]:
    """The files of one service's project."""
    name = service_name(worker)
    stacks = convert_manifest(worker, place, own)
    # The first one's build is every one's, unless an environment has an image of its own.
    built = next((stack for stack in stacks.values() if stack.build), None)
    _tell_other_builds(stacks.values(), built)
    written = project_files(name, "AWS Copilot", stacks, [_of_service(pipeline, name, built) for pipeline in pipelines])
    whole = Report()
    whole.add(own)
    whole.add(shared)
    sections = [scaling_section(SCALING), *moving_sections(place.application, name, stacks)]
    written["MIGRATION.md"] = guide(f"{name}: from AWS Copilot", whole, sections)
    return {str(PurePosixPath(name) / file): text for file, text in written.items()}


def _tell_other_builds(stacks: Iterable[Conversion], built: Conversion | None) -> None:
    """A pipeline builds one image for all of its targets."""
    for stack in stacks:
        if built and stack.build and stack.build != built.build and stack.build_source:
            told = f"a pipeline builds one image, here as for {built.environment}: {stack.environment} needs its own"
            stack.report.by_hand(stack.build_source, told)


def _of_service(pipeline: Mapping[str, Any], service: str, built: Conversion | None) -> dict[str, Any]:
    """The pipeline's arguments for one service."""
    build = {"service_dir": "SERVICE_DIR", "dockerfile": "Dockerfile", **(built.build if built else {})}
    architecture = {"architecture": built.args["architecture"]} if built and "architecture" in built.args else {}
    targets = [
        {**target, "deploy_role": bounded(f"{service}-{target['deploy_role']}", ROLE_MOST_CHARACTERS)}
        for target in pipeline["targets"]
    ]
    return {**pipeline, **build, **architecture, "program_dir": f"pulumi/{service}", "targets": targets}
