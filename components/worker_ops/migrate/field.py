"""Field: what a file says in one place, with its path and place, so that it can be accounted for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something stands: a file, a line and a column, both from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, eq=False)
class Field:
    """A value of a file: a text as it was written, nothing, a map or a list."""

    place: Place
    parts: tuple[str, ...]
    """The way to it in its file, such as ("count", "range", "min"); an item of a list is "[0]"."""
    value: str | dict[str, Field] | list[Field] | None
    is_quoted: bool = False
    """A text in quotes or a block is a text, whatever it looks like."""
    tag: str | None = None
    """A function of CloudFormation's, such as !Ref, before the value."""

    @property
    def path(self) -> str:
        """The way to it, as a person writes it: subscribe.topics[0].name."""
        return ".".join(self.parts).replace(".[", "[")

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What tells it from any other one."""
        return self.place.file, self.parts

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of a map; none of anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Field]:
        """The items of a list; none of anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """The text of a scalar, as it was written; None of anything else."""
        return self.value if isinstance(self.value, str) else None

    @property
    def plain(self) -> str | int | float | bool | None:
        """What an untyped scalar stands for, by the core schema of YAML 1.2, as yaml.v3 has it."""
        text = self.text
        if text is None or self.is_quoted:
            return text
        if text.lower() in ("true", "false") and text in (text.lower(), text.upper(), text.capitalize()):
            return text.lower() == "true"
        if re.fullmatch(r"[-+]?(0|[1-9][0-9]{0,17})", text):
            return int(text)
        if not re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
            return text
        # What no number of JSON's readers holds stays a text.
        number = float(text)
        return number if math.isfinite(number) else text

    def get(self, *names: str) -> Field | None:
        """The field of this way below it, where it says something."""
        found = self
        for name in names:
            if name not in found.fields:
                return None
            found = found.fields[name]
        return None if found.value is None else found

    def leaves(self) -> Iterator[Field]:
        """All fields below it that hold no others; an empty map or list is one."""
        below = [*self.fields.values(), *self.items]
        if not below:
            yield self
        for field in below:
            yield from field.leaves()
