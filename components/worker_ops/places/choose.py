"""Chooses the place that a command works in, by its options or because only one is possible."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.places.box import box_place, box_runs, running_boxes
from worker_ops.places.place import Place
from worker_ops.places.queue import queue_place
from worker_ops.places.queue_url import checked_url, endpoint_of, region_of
from worker_ops.places.stack import has_cli, stack_names, stack_place


@dataclass(frozen=True)
class Where:
    """What the options say of the place."""

    box: bool = False
    stack: str | None = None
    queue: str | None = None
    program: Path | None = None
    """Folder of the Pulumi program; None: this folder, or the nearest above it that has one."""
    region: str | None = None
    profile: str | None = None


def choose_place(where: Where) -> Place:
    """The place. Raises OpsError where the options name two, or none and more than one is possible."""
    given = {"--box": where.box or None, "--stack": where.stack, "--queue": where.queue}
    named = [option for option, value in given.items() if value is not None]
    # As a script gives it whose variable is not set: that means no other place.
    empty = [option for option in named if given[option] == ""]
    if empty:
        raise OpsError(f"{' and '.join(empty)}: is empty; name a place, or leave it out")
    if len(named) > 1:
        raise OpsError(f"{' and '.join(named)}: name one place")
    program = where.program.resolve() if where.program else _program_above(Path.cwd())
    if where.queue:
        return _queue_place(where.queue, where)
    if where.stack:
        return stack_place(program, where.stack, region=where.region, profile=where.profile)
    if where.box:
        return box_place(program if where.program or box_runs(program) else _only_box() or program)
    return _only_place(program, where)


def _program_above(folder: Path) -> Path:
    """As the Pulumi CLI looks for it."""
    return next((above for above in (folder, *folder.parents) if (above / "Pulumi.yaml").exists()), folder)


def _only_box() -> Path | None:
    """The program of the only box on this machine; None where none runs. Raises OpsError where several do."""
    boxes = running_boxes()
    if len(boxes) > 1:
        listed = "".join(f"\n  --program {shlex.quote(str(box))}" for box in boxes)
        raise OpsError(f"{len(boxes)} boxes run on this machine: name the folder of one's program{listed}")
    return boxes[0] if boxes else None


def _queue_place(url: str, where: Where) -> Place:
    checked_url(url)
    account = Account(region=where.region or region_of(url), profile=where.profile, endpoint_url=endpoint_of(url))
    return queue_place(url, account)


def _only_place(program: Path, where: Where) -> Place:
    if box_runs(program):
        stacks = _stacks_beside_box(program)
        if stacks:
            raise OpsError(f"a box runs here, and there are stacks: name one with --box, or --stack {_listed(stacks)}")
        return box_place(program)
    stacks = stack_names(program)
    if len(stacks) == 1:
        return stack_place(program, stacks[0], region=where.region, profile=where.profile)
    if stacks:
        raise OpsError(f"the program has {len(stacks)} stacks: name one with --stack {_listed(stacks)}")
    box = None if where.program else _only_box()
    if box:
        return box_place(box)
    unknown = "" if has_cli() else " (the Pulumi CLI, which knows the stacks, is not on PATH)"
    raise OpsError(
        f"where? Neither a box nor a stack is here{unknown}: start a box (`make up`), go to the folder of a Pulumi "
        "program, or name a place with --stack NAME, --program FOLDER or --queue URL"
    )


def _stacks_beside_box(program: Path) -> list[str]:
    """Whoever only tries the box need not be logged in anywhere."""
    try:
        return stack_names(program)
    except OpsError:
        return []


def _listed(stacks: list[str]) -> str:
    return " | ".join(sorted(stacks))
