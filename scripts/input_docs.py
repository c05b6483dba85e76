"""What people read of the inputs, from the rows: Pulumi.yaml's config and docs/inputs.md."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import yaml

import stack_config
from worker_service import (
    DeployRoleArgs,
    Fifo,
    HealthCheck,
    LogRouter,
    OpenTelemetry,
    PipelineTarget,
    Publishers,
    PublishesTo,
    Queue,
    SharedTopic,
    Sidecar,
    Source,
    Topic,
    WorkerServiceArgs,
)
from worker_service import ScalingSchedule as Schedule
from worker_service.inputs.rows import Row
from worker_service.inputs.rules import Fields, Flag, ListOf, MapOf, Number, Rule, is_number
from worker_service.pipeline.deploy_role.inputs import DEPLOY_ROLE_ROWS
from worker_service.service.inputs import WORKER_SERVICE_ROWS

#: The first key of each section of a stack's config, and the section's title.
SECTIONS = {
    "image": "The worker",
    "desired_count": "How many tasks",
    "alarm_email": "Who is told",
    "visibility_timeout_seconds": "The queue",
    "log_retention_days": "Log, access, protection",
    "subnet_type": "Where it runs",
    "source": "The image and its pipeline (docs/pipeline.md)",
}

#: What a key means in a stack's config beside what it means to its component.
IN_A_STACK = {
    "image": "Required unless source builds it; the box runs the code in the folder that `--service` names.",
    "source": "Required by PipelineComponent; without it a stack has no pipeline.",
    "log_retention_days": "The logs of a pipeline too.",
    "protect": "Of a pipeline its key, image repository, bucket and log groups.",
    "tags": "Those of a pipeline too.",
}


def docstrings_of(args: type) -> dict[str, str]:
    """The docstring under each key of a TypedDict, on one line: Python itself does not keep them."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(args))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for key, text in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(key, ast.AnnAssign) and isinstance(text, ast.Expr):
            assert isinstance(key.target, ast.Name)
            assert isinstance(text.value, ast.Constant)
            found[key.target.id] = " ".join(str(text.value.value).split())
    return found


def config_docstrings() -> dict[str, str]:
    """The docstring of each key of a stack's config: that of the component whose row it has."""
    known: dict[str, str] = {}
    for args, rows in stack_config.OWNERS:
        texts = docstrings_of(args)
        known.update({key: _without_default(texts[key]) for key in rows if key not in known})
    return {key: " ".join(filter(None, (known[key], IN_A_STACK.get(key)))) for key in stack_config.ROWS}


def config_declaration() -> str:
    """The keys of Pulumi.yaml's config, as YAML two spaces deep."""
    texts = config_docstrings()
    lines: list[str] = []
    for key, row in stack_config.ROWS.items():
        if key in SECTIONS:
            lines += ["", f"  # {SECTIONS[key]}"]
        type_ = _config_type(row.rule)
        items = ["    items:", f"      type: {_items_type(row.rule)}"] if type_ == "array" else []
        lines += [
            f"  {key}:",
            f"    type: {type_}",
            *items,
            f"    default: {json.dumps(_config_default(row, type_))}",
            f"    description: {_scalar(_without_default(texts[key]))}",
        ]
    return "\n".join(lines[1:]) + "\n"


def inputs_page() -> str:
    """docs/inputs.md."""
    wired = {key: WORKER_SERVICE_ROWS[key] for key in stack_config.WIRED}
    parts = [
        "# Inputs",
        _INTRODUCTION,
        "## A stack's config, and the arguments of the components",
        *_sections(),
        "## What only the arguments of WorkerService have",
        "In a program of your own; this project's program passes them itself.",
        _table(wired, docstrings_of(WorkerServiceArgs)),
        "## DeployRole",
        "The role in a target's account: [pipeline.md](pipeline.md).",
        _table(DEPLOY_ROLE_ROWS, docstrings_of(DeployRoleArgs)),
        "## An entry of `topics`",
        _fields(Topic),
        "## `publishers` of a topic",
        _fields(Publishers),
        "## An entry of `queues`",
        _fields(Queue),
        "## An entry of `sources` of a queue",
        _fields(Source),
        "## An entry of `shared_topics`",
        _fields(SharedTopic),
        "## An entry of `publishes_to`",
        _fields(PublishesTo),
        "## `fifo`, also of a queue and of a shared topic",
        _fields(Fifo),
        "## `health_check`",
        _fields(HealthCheck),
        "## An entry of `sidecars`",
        _fields(Sidecar),
        "## `open_telemetry`",
        _fields(OpenTelemetry),
        "## `log_router`",
        _fields(LogRouter),
        "## An entry of `schedules`",
        _fields(Schedule),
        "## An entry of `targets`",
        _fields(PipelineTarget),
    ]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
Written by `make docs` from the rows in `components/worker_service/`; a test fails where the two differ.

In a stack set a key with `pulumi config set KEY VALUE`, or in `Pulumi.<stack>.yaml`; entries of lists and maps with
`--path`: `pulumi config set --path 'egress_ports[1]' 5432`, `pulumi config set --path tags.team orders`. In a program
pass the same names as arguments; other Pulumi languages spell them in their own way (`maxCount`). Everything is checked
at once, before anything is created."""


def _sections() -> Iterable[str]:
    texts = config_docstrings()
    rows = stack_config.ROWS
    starts = [key for key in rows if key in SECTIONS]
    keys = list(rows)
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        chosen = keys[keys.index(start) : None if end is None else keys.index(end)]
        yield f"### {SECTIONS[start]}"
        yield _table({key: rows[key] for key in chosen}, texts, required="-")


def _table(rows: Mapping[str, Row], texts: Mapping[str, str], required: str = "required") -> str:
    """`required` is what stands for the default of a required one: in a stack what else is given decides."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    lines += [
        f"| `{key}` | {_shown(row, required)} | {_cell(_without_default(texts[key]))} |" for key, row in rows.items()
    ]
    return "\n".join(lines)


def _fields(args: type) -> str:
    required: frozenset[str] = args.__required_keys__  # pyright: ignore[reportAttributeAccessIssue]
    lines = ["| key | | meaning |", "|---|---|---|"]
    for key, text in docstrings_of(args).items():
        lines.append(f"| `{key}` | {'required' if key in required else ''} | {_cell(text)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shown(row: Row, required: str) -> str:
    if row.default in (None, (), {}):
        return required if row.is_required else "-"
    return f"`{default_text(row.default)}`"


def default_text(default: Any) -> str:
    """The default as a docstring writes it: enums by their values, lists joined, numbers with commas."""
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int | float):
        return f"{default:,}"
    if isinstance(default, tuple | dict):
        return " and ".join(map(default_text, default))
    return str(default)


def _without_default(text: str) -> str:
    """The docstring without its last sentence, where a column says the same."""
    before, sentence, after = text.rpartition(" Default ")
    return before if sentence and ":" not in after and "," not in after.rstrip(".") else text


def _config_type(rule: Rule) -> str:
    """The type that the CLI checks; it has none for numbers that are not whole."""
    if is_number(rule) and not isinstance(rule, Number):
        return "integer"
    kinds = {Flag: "boolean", ListOf: "array", MapOf: "object", Fields: "object"}
    return kinds.get(type(rule), "string")


def _items_type(rule: Rule) -> str:
    assert isinstance(rule, ListOf)
    return _config_type(rule.item)


def _config_default(row: Row, type_: str) -> Any:
    """The default as Pulumi.yaml says it; the CLI asks for one of every key, so an empty one means "not given"."""
    if row.default is None:
        return {"integer": 0, "boolean": False, "array": [], "object": {}}.get(type_, "")
    if isinstance(row.default, tuple):
        return [getattr(item, "value", item) for item in row.default]
    default = getattr(row.default, "value", row.default)
    return str(default) if type_ == "string" else default


def _scalar(text: str) -> str:
    return yaml.safe_dump(text, width=10_000, allow_unicode=True, default_flow_style=True).splitlines()[0]
