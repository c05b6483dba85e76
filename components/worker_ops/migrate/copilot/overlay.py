"""What an environment's own part of a manifest changes, merged as Copilot does.

internal/pkg/manifest/transform.go of aws/copilot-cli: maps are merged, all else is replaced whole, nothing changes
nothing, and of fields that exclude each other the environment's one wins.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from worker_ops.migrate.field import Field

_AUTOSCALING = ("range", "cooldown", "cpu_percentage", "memory_percentage", "queue_delay", "requests", "response_time")
_OWN_EFS = ("id", "root_dir", "auth")
_MANAGED_EFS = ("uid", "gid")
#: By the last part of a map's way: fields of the environment's that take away others of the base.
_EXCLUSIVE: dict[str, tuple[tuple[Collection[str], Collection[str]], ...]] = {
    "image": ((("build",), ("location",)), (("location",), ("build",))),
    "count": ((("spot",), _AUTOSCALING), (_AUTOSCALING, ("spot",))),
    "efs": ((_OWN_EFS, _MANAGED_EFS), (_MANAGED_EFS, _OWN_EFS)),
}


def overlaid(base: Field, over: Field, lost: list[Field]) -> Field:
    """The base with what `over` says in its place; fields of the base that no longer hold are added to `lost`."""
    if over.value is None:
        return base
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        lost += base.leaves()
        return over
    fields = dict(base.fields)
    for given, excluded in _EXCLUSIVE.get(base.parts[-1] if base.parts else "", ()):
        if any(over.get(name) for name in given):
            for name in fields.keys() & set(excluded):
                lost += fields.pop(name).leaves()
    for name, field in over.fields.items():
        fields[name] = overlaid(fields[name], field, lost) if name in fields else field
    return dataclasses.replace(base, value=fields)
