"""A Pulumi program and a stack's config, read as the Pulumi CLI reads them: Pulumi.yaml, then Pulumi.<stack>.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.errors import BoxError

_KEY = re.compile(r"[\w.-]+:[\w.-]+")


@dataclass(frozen=True)
class Program:
    """A program, and what it gets for config."""

    root: Path
    """The folder of Pulumi.yaml."""
    main: Path
    """The file that is run."""
    project: str
    stack: str
    config: dict[str, str]
    """Full key -> value as text; lists and objects are JSON."""

    @property
    def region(self) -> str:
        """Where its resources are made."""
        return self.config["aws:region"]


def read_program(root: Path, stack: str) -> Program:
    """Read a program and the config of a stack. Raises BoxError with every problem that keeps the box from using it."""
    if not root.is_dir():
        raise BoxError(f"there is no folder {root}: name the folder of a Pulumi program with --program")
    project_file = _load(root / "Pulumi.yaml")
    project = _project(project_file)
    main = _main(root, project_file)
    stack_path = root / f"Pulumi.{stack}.yaml"
    if not stack_path.exists():
        raise BoxError(f"there is no stack {stack!r}: {stack_path.name} does not exist; {_existing_stacks(root)}")
    own = _load(stack_path).get("config") or {}
    if not isinstance(own, dict):
        raise BoxError(f"{stack_path.name}: config must be a map of keys to values")
    own = {_full_key(key, project): value for key, value in own.items()}
    problems = [problem for key, value in own.items() for problem in _problems(key, value)]
    if not own.get("aws:region"):
        problems.append("aws:region: required, for example eu-west-1")
    if problems:
        raise BoxError(f"the box cannot use {stack_path.name}:" + "".join(f"\n  {problem}" for problem in problems))
    config = {**_defaults(project_file, project), **{key: _as_text(value) for key, value in own.items()}}
    return Program(root, main, project, stack, config)


def _project(project_file: Mapping[str, Any]) -> str:
    runtime = project_file.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise BoxError(f"Pulumi.yaml: runtime is {language or 'missing'}, and the box runs programs in python alone")
    if not project_file.get("name"):
        raise BoxError("Pulumi.yaml: name is missing")
    if not isinstance(project_file.get("config") or {}, dict):
        raise BoxError("Pulumi.yaml: config must be a map of keys to what they are")
    return str(project_file["name"])


def _main(root: Path, project_file: Mapping[str, Any]) -> Path:
    """The file to run: main, which may be a folder, as the CLI takes it."""
    main = root / str(project_file.get("main") or ".")
    main = main / "__main__.py" if main.is_dir() else main
    if not main.is_file():
        raise BoxError(f"{main} does not exist: it is the program that Pulumi.yaml names")
    return main


def _defaults(project_file: Mapping[str, Any], project: str) -> dict[str, str]:
    """The defaults that Pulumi.yaml declares; keys without a namespace are the project's."""
    defaults = {}
    for key, declared in (project_file.get("config") or {}).items():
        full_key = _full_key(key, project)
        if not isinstance(declared, dict):
            defaults[full_key] = _as_text(declared)
        elif "default" in declared or "value" in declared:
            defaults[full_key] = _as_text(declared.get("value", declared.get("default")))
    return defaults


def _full_key(key: Any, project: str) -> str:
    """The key with its namespace; one without belongs to the project."""
    return str(key) if ":" in str(key) else f"{project}:{key}"


def _problems(key: str, value: Any) -> list[str]:
    if not _KEY.fullmatch(key):
        return [f"{key}: is not a key; it is a name of letters, digits, '.', '_' and '-', perhaps with a namespace"]
    if value is None:
        return [f"{key}: has no value"]
    if _has_secret(value):
        return [f"{key}: is encrypted, and the box has no key to it; use a stack without secrets, such as dev"]
    return []


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _existing_stacks(root: Path) -> str:
    names = sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
    return f"there is {', '.join(names)}" if names else "no other stack file does either"


class _Loader(yaml.SafeLoader):
    """YAML as Pulumi's Go reads it: dates and yes/no/on/off stay text, unlike in YAML 1.1."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own class attribute
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))


def _load(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        raise BoxError(
            f"{path.name} does not exist in {path.parent}; name the folder of a Pulumi program with --program"
        ) from None
    except UnicodeDecodeError:
        raise BoxError(f"{path.name} is not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise BoxError(f"{path.name} is not valid YAML: {_one_line(error)}") from None
    if not isinstance(content or {}, dict):
        raise BoxError(f"{path.name} must be a map, with a key config")
    return content or {}


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"{problem}, line {mark.line + 1}" if mark else problem
