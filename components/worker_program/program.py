"""A Pulumi program and a stack's config, read as the Pulumi CLI reads them: Pulumi.yaml, then Pulumi.<stack>.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker_program.config_text import config_text
from worker_program.declared_type import fits, type_name
from worker_program.errors import ProgramError
from worker_program.pulumi_yaml import load_yaml


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
    """Read a program and the config of a stack. Raises ProgramError with every problem that keeps it from being run."""
    try:
        return _read(root, stack)
    except OSError as error:
        raise ProgramError(f"{error.filename or root}: cannot be read: {error.strerror}") from None


def _read(root: Path, stack: str) -> Program:
    if not root.is_dir():
        raise ProgramError(f"there is no folder {root}: name the folder of a Pulumi program with --program")
    project_file = load_yaml(root / "Pulumi.yaml")
    project = _project(project_file)
    main = _main(root, project_file)
    stack_path = root / f"Pulumi.{stack}.yaml"
    if not stack_path.exists():
        raise ProgramError(f"there is no stack {stack!r}: {stack_path.name} does not exist; {_existing_stacks(root)}")
    own = load_yaml(stack_path).get("config") or {}
    if not isinstance(own, dict):
        raise ProgramError(f"{stack_path.name}: config must be a map of keys to values")
    declared = _declared(project_file, project)
    problems = [f"{key}: is not a key such as {project}:image" for key in own if not _is_key(key)]
    problems += _twice(filter(_is_key, own), project)
    own = {_full_key(key, project): value for key, value in own.items() if _is_key(key)}
    values = {**_defaults(declared), **own}
    problems += [problem for key, value in values.items() if (problem := _problem(key, value, declared.get(key, {})))]
    problems += [
        f"{key}: required, for Pulumi.yaml declares it without a default" for key in declared if key not in values
    ]
    if not values.get("aws:region"):
        problems.append("aws:region: required, for example eu-west-1")
    if problems:
        raise ProgramError(f"{stack_path.name} cannot be used:" + "".join(f"\n  {problem}" for problem in problems))
    config = {key: config_text(value) for key, value in values.items()}
    return Program(root, main, project, stack, config)


def _project(project_file: Mapping[str, Any]) -> str:
    runtime = project_file.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise ProgramError(f"Pulumi.yaml: runtime is {language or 'missing'}, and python alone is run here")
    if not project_file.get("name"):
        raise ProgramError("Pulumi.yaml: name is missing")
    config = project_file.get("config") or {}
    if not isinstance(config, dict):
        raise ProgramError("Pulumi.yaml: config must be a map of keys to what they are")
    for key, said in config.items():
        if isinstance(said, dict) and not isinstance(said.get("items") or {}, dict):
            raise ProgramError(f"Pulumi.yaml: {key}: items must be a map, such as type: string")
    return str(project_file["name"])


def _main(root: Path, project_file: Mapping[str, Any]) -> Path:
    """The file to run: main, which may be a folder, as the CLI takes it."""
    main = root / str(project_file.get("main") or ".")
    main = main / "__main__.py" if main.is_dir() else main
    if not main.is_file():
        raise ProgramError(f"{main} does not exist: it is the program that Pulumi.yaml names")
    return main


def _declared(project_file: Mapping[str, Any], project: str) -> dict[str, dict[str, Any]]:
    """What Pulumi.yaml says of each key; one that has a value and no more is declared by it."""
    return {
        _full_key(key, project): said if isinstance(said, dict) else {"default": said}
        for key, said in (project_file.get("config") or {}).items()
    }


def _defaults(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        key: said["value"] if "value" in said else said["default"]
        for key, said in declared.items()
        if "value" in said or "default" in said
    }


def _is_key(key: Any) -> bool:
    """Whether it is NAME, NAMESPACE:NAME or NAMESPACE:config:NAME."""
    parts = key.split(":") if isinstance(key, str) else []
    return len(parts) in (1, 2) or (len(parts) == 3 and parts[1] == "config")


def _full_key(key: Any, project: str) -> str:
    """The key with its namespace; one without belongs to the project."""
    namespace, _, name = str(key).rpartition(":")
    return f"{namespace.removesuffix(':config') or project}:{name}"


def _twice(keys: Iterable[str], project: str) -> list[str]:
    """One key written in several ways, of which the CLI takes any."""
    written: dict[str, list[str]] = {}
    for key in keys:
        written.setdefault(_full_key(key, project), []).append(key)
    return [f"{key}: stands twice, as {' and '.join(ways)}" for key, ways in written.items() if len(ways) > 1]


def _problem(key: str, value: Any, declared: Mapping[str, Any]) -> str | None:
    if _has_secret(value):
        return f"{key}: is encrypted, and there is no key to it here; use a stack without secrets, such as dev"
    try:
        text = config_text(value)
    except ValueError as error:
        return f"{key}: {error}"
    return None if fits(declared, value) else f"{key}: {text} is not of type {type_name(declared)}"


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return (set(value) == {"secure"} and isinstance(value["secure"], str)) or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _existing_stacks(root: Path) -> str:
    names = sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
    return f"there is {', '.join(names)}" if names else "no other stack file does either"
