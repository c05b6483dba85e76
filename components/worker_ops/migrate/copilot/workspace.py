"""A Copilot workspace: the folder `copilot` of a repository, and what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worker_ops.errors import OpsError
from worker_ops.migrate.copilot.manifest import (
    WORKER_SERVICE,
    checked_name,
    environment_names,
    manifest_type,
    service_name,
)
from worker_ops.migrate.field import Field
from worker_ops.migrate.read_yaml import read_yaml

_MANIFEST = "manifest.yml"
_ENVIRONMENTS, _PIPELINES = "environments", "pipelines"
_OTHER_TYPES = (
    "Load Balanced Web Service",
    "Backend Service",
    "Request-Driven Web Service",
    "Static Site",
    "Scheduled Job",
)


@dataclass(frozen=True)
class Workspace:
    """What was read of it."""

    root: Path
    """The folder that holds `copilot`."""
    folder: Path
    application: str
    workers: Sequence[Field]
    """Manifests of Worker Services."""
    others: Sequence[Field]
    """Manifests of other types that Copilot knows."""
    environments: dict[str, Field | None]
    """By name the manifests, where they have one; in the order of the files, then of the manifests' own parts."""
    pipelines: Sequence[Field]
    """Manifests of pipelines."""

    @property
    def files(self) -> set[str]:
        """What was read, by the paths that reports have."""
        manifests = [*self.workers, *self.others, *self.environments.values(), *self.pipelines]
        return {self.folder.name + "/.workspace", *(field.place.file for field in manifests if field)}


def read_workspace(directory: Path, *, application: str | None, environments: Sequence[str]) -> Workspace:
    """The workspace of a repository, or of its folder `copilot`; `environments` are further ones. Raises OpsError."""
    folder = _folder(directory)
    root = folder.parent
    manifests = [read_yaml(path, root) for path in sorted(folder.glob(f"*/{_MANIFEST}"))]
    workers = [manifest for manifest in manifests if _is_worker(manifest)]
    if not workers:
        types = ", ".join(f"{field.place.file}: {manifest_type(field)}" for field in manifests) or "no manifest at all"
        raise OpsError(f"{folder}: has no manifest of type {WORKER_SERVICE} ({types})")
    _refuse_same_names(workers)
    return Workspace(
        root,
        folder,
        checked_name("application", application or _application(folder, root)),
        workers,
        [manifest for manifest in manifests if not _is_worker(manifest)],
        _environments(folder, root, workers, environments),
        [read_yaml(path, root) for path in _pipelines(folder)],
    )


def _folder(directory: Path) -> Path:
    """The folder `copilot` itself, whichever of the two is named."""
    if not directory.is_dir():
        raise OpsError(f"{directory}: is not a folder")
    real = directory.resolve()
    if (real / "copilot").is_dir():
        return real / "copilot"
    if real.name == "copilot" or any(real.glob(f"*/{_MANIFEST}")):
        return real
    raise OpsError(f"{directory}: has no folder copilot; name the repository that Copilot was used in")


def _pipelines(folder: Path) -> list[Path]:
    """Manifests of pipelines, of the first layout too, which had one."""
    return [*sorted((folder / _PIPELINES).glob(f"*/{_MANIFEST}")), *folder.glob("pipeline.yml")]


def _is_worker(manifest: Field) -> bool:
    """Raises OpsError for a type that Copilot does not know."""
    found = manifest_type(manifest)
    if found not in (WORKER_SERVICE, *_OTHER_TYPES):
        kind = manifest.get("type")
        place = kind.place if kind else manifest.place
        raise OpsError(f"{place}: type: {found!r} is not one of {', '.join((WORKER_SERVICE, *_OTHER_TYPES))}")
    return found == WORKER_SERVICE


def _refuse_same_names(workers: Sequence[Field]) -> None:
    files: dict[str, str] = {}
    for worker in workers:
        name = service_name(worker)
        if name in files:
            raise OpsError(f"{worker.place.file}: name: {name} is the service of {files[name]} already")
        files[name] = worker.place.file


def _application(folder: Path, root: Path) -> str:
    path = folder / ".workspace"
    named = read_yaml(path, root).get("application") if path.exists() else None
    if named is None or not named.text:
        raise OpsError(f"{path.relative_to(root)}: names no application; give --application")
    return named.text


def _environments(
    folder: Path, root: Path, workers: Sequence[Field], further: Sequence[str]
) -> dict[str, Field | None]:
    found: dict[str, Field | None] = {}
    for path in sorted((folder / _ENVIRONMENTS).glob(f"*/{_MANIFEST}")):
        manifest = read_yaml(path, root)
        name = manifest.get("name")
        found[name.text if name and name.text else path.parent.name] = manifest
    for name in [*(name for worker in workers for name in environment_names(worker)), *further]:
        found.setdefault(name, None)
    for name, manifest in found.items():
        checked_name(f"{manifest.place.file}: name" if manifest else "environment", name)
    if not found:
        raise OpsError(f"{folder}: names no environment; give each with --environment, such as test and production")
    return found
