"""The storage of a manifest: the task's own disk and file systems."""

from __future__ import annotations

import re
from typing import Any

from worker_ops.migrate.conversion import Conversion, convert_parts, slug
from worker_ops.migrate.field import Field

_FARGATES_OWN_GIB = 20
_MOST_GIB = 200
_MANAGED = (
    "the environment's stack owns this file system, and may delete it with its last service: keep it (Retain), make an"
    " access point, and name both in `efs_volumes`"
)
_SCRATCH = "an empty volume: let the image declare VOLUME for the path, or write below /tmp, which is one"


def storage(source: Field, conversion: Conversion) -> None:
    """`storage`."""
    convert_parts(source, conversion, {"ephemeral": _ephemeral, "readonly_fs": _readonly, "volumes": _volumes})


def _ephemeral(source: Field, conversion: Conversion) -> None:
    gib = conversion.whole(source, _FARGATES_OWN_GIB, _MOST_GIB)
    if gib == _FARGATES_OWN_GIB:
        conversion.report.dropped(source, "20 GiB are what every task on Fargate has")
    elif gib is not None:
        conversion.put(source, "ephemeral_storage_gib", gib)


def _readonly(source: Field, conversion: Conversion) -> None:
    readonly = conversion.flag(source)
    if readonly:
        conversion.report.mapped(source, "the root file system is always read-only")
    elif readonly is not None:
        conversion.report.by_hand(
            source, "the root file system is read-only here: declare VOLUME in the image where it writes beside /tmp"
        )


def _volumes(source: Field, conversion: Conversion) -> None:
    for name, volume in source.fields.items():
        _volume(name, volume, conversion)


def _volume(name: str, source: Field, conversion: Conversion) -> None:
    path, efs = source.get("path"), source.get("efs")
    if path and path.text:
        conversion.args.setdefault("mount_points", {})[name] = path.text
    if efs is None or efs.text in ("false", "False"):
        conversion.report.by_hand(source, _SCRATCH)
        return
    system, point = efs.get("id"), efs.get("auth", "access_point_id")
    ids = [field.text or "" for field in (system, point) if field]
    if system is None or point is None or not path or not re.fullmatch(r"fs-[0-9a-f]+ fsap-[0-9a-f]+", " ".join(ids)):
        conversion.report.by_hand(source, _MANAGED if system is None else _without_access_point(system))
        return
    key = f"efs_volumes.{slug(name, 40)}"
    if slug(name, 40) in conversion.args.get("efs_volumes", {}):
        conversion.report.by_hand(source, f"{key} is there already; give this one another name")
        return
    volume: dict[str, Any] = {"file_system_id": ids[0], "access_point_id": ids[1], "container_path": path.text}
    # Copilot mounts read-only unless it is told otherwise.
    read_only = source.get("read_only")
    volume["read_only"] = conversion.flag(read_only) is not False if read_only else True
    conversion.put(source, key, volume)
    if root := efs.get("root_dir"):
        conversion.report.by_hand(root, "the access point says which folder is seen: give it this one")


def _without_access_point(system: Field) -> str:
    said = system.text or "the exported file system"
    return f"`efs_volumes` goes by an access point: make one of {said} for the folder and user, and name both there"
