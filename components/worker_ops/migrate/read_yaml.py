"""Reads YAML that nobody vouches for, and keeps where everything stands.

Scalars stay as they were written: what `no`, `010` or `12:30` means is for whoever reads the field to say. Copilot
reads YAML with Go's yaml.v3, which follows aliases and merge keys and refuses keys that stand twice; so does this.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from worker_ops.errors import OpsError
from worker_ops.migrate.field import Field, Place

#: A manifest of everything that Copilot knows has 10 KB, an addon's template perhaps 100.
MAX_FILE_BYTES = 1_048_576
MAX_DEPTH = 40
#: With what aliases stand for: a few lines of them can stand for billions.
MAX_FIELDS = 20_000

_NOTHING = ("", "~", "null", "Null", "NULL")
_MERGE = "<<"


def read_yaml(path: Path, root: Path) -> Field:
    """The document of a file below the folder `root`, whose path is told relative to it. Raises OpsError."""
    name = path.relative_to(root).as_posix()
    return parse_yaml(_text(path, root, name), name)


def parse_yaml(text: str, name: str) -> Field:
    """The document of a text, that is told by the name of its file. Raises OpsError."""
    try:
        _refuse_deep(text, name)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else name
        raise OpsError(f"{place}: is not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise OpsError(f"{name}: is not YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        return Field(Place(name, 1, 1), (), {})
    return _Reader(name).field(node, (), ())


def _text(path: Path, root: Path, name: str) -> str:
    """What the file says, where it is one of the folder's own files, of a size that a person writes."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise OpsError(f"{name}: is not there, or is a link to nothing") from None
    if not real.is_relative_to(root.resolve()):
        raise OpsError(f"{name}: is a link out of {root}; put the file itself there")
    if not real.is_file():
        raise OpsError(f"{name}: is not a file")
    try:
        with real.open("rb") as file:
            # Not what it says of its size: it may grow meanwhile.
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise OpsError(f"{name}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise OpsError(f"{name}: has over {MAX_FILE_BYTES} bytes, which are the most that are read")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise OpsError(f"{name}:{line}: is not text in UTF-8") from None


def _refuse_deep(text: str, name: str) -> None:
    """Before anything walks down into it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise OpsError(f"{_place(name, event)}: is nested over {MAX_DEPTH} deep")


def _place(name: str, node: Any) -> Place:
    return Place(name, node.start_mark.line + 1, node.start_mark.column + 1)


class _Reader:
    """Makes fields of one document's nodes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def field(self, node: yaml.Node, parts: tuple[str, ...], around: tuple[yaml.Node, ...]) -> Field:
        """The field of a node; `around` are the nodes that hold it."""
        place = _place(self._name, node)
        self._count += 1
        if self._count > MAX_FIELDS:
            raise OpsError(f"{place}: with its aliases the file has over {MAX_FIELDS} fields")
        if node in around:
            raise OpsError(f"{place}: refers to itself")
        tag = node.tag if node.tag.startswith("!") and node.tag != "!" else None
        inside = (*around, node)
        if isinstance(node, yaml.MappingNode):
            return Field(place, parts, self._fields(node, parts, inside), tag=tag)
        if isinstance(node, yaml.SequenceNode):
            items = [self.field(item, (*parts, f"[{index}]"), inside) for index, item in enumerate(node.value)]
            return Field(place, parts, items, tag=tag)
        self._refuse_half_characters(node)
        is_quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
        is_nothing = not is_quoted and tag is None and node.value in _NOTHING
        return Field(place, parts, None if is_nothing else node.value, is_quoted, tag)

    def _fields(
        self, node: yaml.MappingNode, parts: tuple[str, ...], inside: tuple[yaml.Node, ...]
    ) -> dict[str, Field]:
        """The map's own fields; what it merges in stands behind them."""
        own: dict[str, Field] = {}
        merged: dict[str, Field] = {}
        has_merged = False
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise OpsError(f"{_place(self._name, key)}: a key has to be a text")
            self._refuse_half_characters(key)
            is_merge = key.value == _MERGE and key.style is None
            if key.value in own or (is_merge and has_merged):
                raise OpsError(f"{_place(self._name, key)}: {key.value} stands twice")
            if is_merge:
                has_merged = True
                merged = dict(self._merged(value, parts, inside))
            else:
                own[key.value] = self.field(value, (*parts, key.value), inside)
        return {**{name: field for name, field in merged.items() if name not in own}, **own}

    def _refuse_half_characters(self, node: yaml.Node) -> None:
        """An escape such as \\ud800 alone is no character: no file could hold it."""
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise OpsError(f"{_place(self._name, node)}: has half of a character (\\ud800 to \\udfff)")

    def _merged(
        self, node: yaml.Node, parts: tuple[str, ...], inside: tuple[yaml.Node, ...]
    ) -> list[tuple[str, Field]]:
        """What a merge key brings: a map, or several, of which the first one that has a field gives it."""
        maps = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(one, yaml.MappingNode) for one in maps):
            raise OpsError(f"{_place(self._name, node)}: a merge key takes maps")
        brought: dict[str, Field] = {}
        for one in maps:
            for name, field in self.field(one, parts, inside).fields.items():
                brought.setdefault(name, field)
        return list(brought.items())
