"""The container of a manifest: its image, how it starts, its size and what it may do."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import Any

from worker_ops.errors import OpsError
from worker_ops.migrate.conversion import Conversion, Part, convert_parts
from worker_ops.migrate.field import Field

IMAGE = r"[A-Za-z0-9][A-Za-z0-9._-]*(:\d+)?(/[A-Za-z0-9._-]+)*(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?"
_ARCHITECTURES = {"amd64": "X86_64", "x86_64": "X86_64", "arm": "ARM64", "arm64": "ARM64"}
_RUNNING_IMAGE = (
    "begin with the image that runs now: pulumi config set image REPOSITORY@sha256:DIGEST (MIGRATION.md has the"
    " command), later with a pipeline (docs/pipeline.md)"
)
_OUT_OF_PLACE = "a pipeline builds a Dockerfile inside of its folder: move it there, and fill in service_dir"
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
_CPU_UNITS = (256, 512, 1024, 2048, 4096, 8192, 16384)
#: Copilot's defaults, and the ranges of ECS's health check.
_DEFAULT_CHECK = ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]
_HEALTH = {
    "interval": ("interval_seconds", 10, 5, 300),
    "timeout": ("timeout_seconds", 5, 2, 60),
    "retries": ("retries", 2, 1, 10),
    "start_period": ("start_period_seconds", 0, 0, 300),
}


def image(source: Field, conversion: Conversion) -> None:
    """`image`, but `depends_on`, which sidecars come before."""
    convert_parts(source, conversion, _IMAGE_PARTS)


def _location(source: Field, conversion: Conversion) -> None:
    location = conversion.word(source)
    if location is None:
        return
    if len(location) > 200 or not re.fullmatch(IMAGE, location):
        conversion.report.by_hand(source, f"{location!r} is no image that the input `image` takes; set that")
        return
    conversion.put(source, "image", location)


def _build(source: Field, conversion: Conversion) -> None:
    dockerfile = source if source.text is not None else source.get("dockerfile")
    context = source.get("context")
    folders = [field for field in (dockerfile, context) if field]
    conversion.build, conversion.build_source = _what_to_build(dockerfile, context), source
    for field in folders:
        if not conversion.has_pipeline:
            conversion.report.by_hand(field, _RUNNING_IMAGE)
        elif conversion.build:
            conversion.report.mapped(field, "service_dir, dockerfile")
        else:
            conversion.report.by_hand(field, _OUT_OF_PLACE)
    if arguments := source.get("args"):
        _build_arguments(arguments, conversion)
    if target := source.get("target"):
        _target_stage(target, conversion)
    if cache := source.get("cache_from"):
        conversion.report.dropped(cache, "a pipeline keeps a cache of its own")


def _build_arguments(source: Field, conversion: Conversion) -> None:
    """Names and values of ARG lines."""
    arguments: dict[str, str] = {}
    for name, field in source.fields.items():
        if not conversion.has_pipeline:
            conversion.report.by_hand(field, "write it into `build_arguments` of a pipeline")
        elif field.text is None or not re.fullmatch(r"[A-Za-z_]\w{0,99}", name):
            conversion.report.by_hand(field, f"{name!r} is no build argument that a pipeline takes")
        else:
            arguments[name] = field.text
            conversion.report.mapped(field, f"build_arguments.{name}")
    if arguments:
        conversion.build["build_arguments"] = arguments


def _target_stage(source: Field, conversion: Conversion) -> None:
    if not conversion.has_pipeline:
        conversion.report.by_hand(source, "write it into `target_stage` of a pipeline")
    elif stage := conversion.word(source):
        conversion.build["target_stage"] = stage
        conversion.report.mapped(source, "target_stage")


def _what_to_build(dockerfile: Field | None, context: Field | None) -> dict[str, Any]:
    """Folder and Dockerfile below it, as a pipeline takes them; nothing where the Dockerfile lies elsewhere.

    BuildConfig in internal/pkg/manifest/workload.go of aws/copilot-cli: the context is the Dockerfile's folder, and the
    Dockerfile stands in the context, unless the manifest says otherwise.
    """
    folder = posixpath.normpath((context and context.text) or posixpath.dirname((dockerfile and dockerfile.text) or ""))
    file = posixpath.normpath((dockerfile and dockerfile.text) or posixpath.join(folder, "Dockerfile"))
    below = posixpath.relpath(file, folder)
    is_inside = not any(path.startswith(("..", "/")) for path in (folder, file, below))
    return {"service_dir": folder, "dockerfile": below} if is_inside else {}


def _healthcheck(source: Field, conversion: Conversion) -> None:
    conversion.args["health_check"] = health_check(source, conversion, "health_check")


def health_check(source: Field, conversion: Conversion, key: str) -> dict[str, Any]:
    """A container's `healthcheck`, as the input of this key has it."""
    check: dict[str, Any] = {"enabled": True, "command": _exec_form(_DEFAULT_CHECK, is_text=False)}
    command = source.get("command")
    if command and (words := conversion.words(command)):
        check["command"] = _exec_form(words, is_text=command.text is not None)
        conversion.report.mapped(command, f"{key}.command")
    for name, (part, default, minimum, maximum) in _HEALTH.items():
        check[part] = default
        if found := source.get(name):
            number = conversion.whole(found) if name == "retries" else conversion.whole_seconds(found)
            if number is None:
                continue
            check[part] = conversion.within(found, f"{key}.{part}", number, minimum, maximum)
    return check


def _exec_form(words: list[str], *, is_text: bool) -> list[str]:
    """Program and arguments: the input knows no CMD and CMD-SHELL before them."""
    if is_text or words[:1] == ["CMD-SHELL"]:
        return ["/bin/sh", "-c", " ".join(words if is_text else words[1:])]
    return words[1:] if words[:1] == ["CMD"] else words


def _by_hand(how: str) -> Part:
    return lambda source, conversion: conversion.report.by_hand(source, how)


_IMAGE_PARTS: dict[str, Part] = {
    "location": _location,
    "build": _build,
    "healthcheck": _healthcheck,
    "credentials": _by_hand("copy the image to a repository in ECR: no input names credentials of another registry"),
    "labels": _by_hand("write them as LABEL into the Dockerfile, or as `tags`: no input sets labels"),
}


def command_words(key: str) -> Part:
    """`entrypoint` and `command`: a text is split as a shell does, a list is taken as it is."""

    def words(source: Field, conversion: Conversion) -> None:
        if given := command_texts(source, conversion):
            conversion.put(source, key, given)

    return words


def command_texts(source: Field, conversion: Conversion) -> list[str] | None:
    """The words of a command; where there are none, the report says so."""
    given = conversion.words(source)
    if given is None or source.text is None:
        return given
    try:
        return shlex.split(source.text)
    except ValueError as error:
        conversion.report.not_understood(source, f"{source.text!r} is no command: {error}")
    return None


def cpu(source: Field, conversion: Conversion) -> None:
    """`cpu`, in CPU units."""
    units = conversion.whole(source, 1)
    if units in _CPU_UNITS:
        conversion.put(source, "cpu", units)
    elif units is not None:
        conversion.report.by_hand(source, f"Fargate has no task of {units} CPU units; set `cpu` and `memory` yourself")


def memory(source: Field, conversion: Conversion) -> None:
    """`memory`, in MiB."""
    mib = conversion.whole(source, 1)
    if mib is not None:
        conversion.put(source, "memory", mib)


def platform(source: Field, conversion: Conversion) -> None:
    """`platform`: linux/arm64, or osfamily and architecture. Raises OpsError for Windows."""
    family, architecture = source.get("osfamily"), source.get("architecture")
    words = (source.text or "").lower().split("/")
    said = words if source.text else [(part.text if part else None) or "" for part in (family, architecture)]
    if said[0].lower().startswith("windows"):
        raise OpsError(f"{source.place}: {source.path}: a Windows container cannot be moved: workers run on Linux")
    named = _ARCHITECTURES.get([*said, ""][1].lower())
    if named is None or said[0].lower() != "linux":
        conversion.report.not_understood(source, "is not linux/x86_64 or linux/arm64")
        return
    conversion.put(source, "architecture", named)


def execute_command(source: Field, conversion: Conversion) -> None:
    """`exec`."""
    allowed = conversion.flag(source)
    if allowed is not None:
        conversion.put(source, "enable_execute_command", allowed)
