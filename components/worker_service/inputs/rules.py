"""Rules for single values: each says in words what it expects, and names what does not fit.

The components check their arguments with them, and the program checks the stack's config with the same ones, so a
value means the same wherever it is written.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, Self

_LONGEST_SHOWN_CHARACTERS = 40

#: Stands for an item of a list or map that is not known before it is deployed: nothing can be said of it yet.
UNKNOWN = object()

#: What is said of an Output where a plain value has to be.
OUT_OF_PLACE = "an Output is not a plain value, and shapes the resources too late"


class Rule(Protocol):
    """What a value must be; `str(rule)` says it in words."""

    def problems(self, name: str, value: Any) -> list[str]:
        """A sentence with name, value and what is allowed for each misfit; empty where the value fits."""
        ...


@dataclass(frozen=True)
class Whole:
    """A whole number in a closed range."""

    minimum: int
    maximum: int

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no int (a bool is none) or outside the range."""
        fits = isinstance(value, int) and not isinstance(value, bool) and self.minimum <= value <= self.maximum
        return _unless(fits, name, value, self)

    def __str__(self) -> str:
        return f"a whole number from {self.minimum} to {self.maximum}"


@dataclass(frozen=True)
class Multiple:
    """A whole multiple of a unit in a closed range."""

    unit: int
    minimum: int
    maximum: int

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no int (a bool is none), outside the range or no multiple."""
        fits = not Whole(self.minimum, self.maximum).problems(name, value) and value % self.unit == 0
        return _unless(fits, name, value, self)

    def __str__(self) -> str:
        return f"a multiple of {self.unit} from {self.minimum} to {self.maximum}"


@dataclass(frozen=True)
class Number:
    """A number, whole or not, in a closed range."""

    minimum: float
    maximum: float

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no number (a bool is none) or outside the range."""
        fits = isinstance(value, int | float) and not isinstance(value, bool) and self.minimum <= value <= self.maximum
        return _unless(fits, name, value, self)

    def __str__(self) -> str:
        return f"a number from {self.minimum} to {self.maximum}"


@dataclass(frozen=True)
class OneOf:
    """One of a closed set of values."""

    values: tuple[Any, ...]

    @classmethod
    def members_of(cls, choices: type[Enum]) -> Self:
        """One of the values of an enum."""
        return cls(tuple(choice.value for choice in choices))

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is not in the set; `True` is not 1 here."""
        return _unless(not isinstance(value, bool) and value in self.values, name, value, self)

    def __str__(self) -> str:
        return "one of " + ", ".join(str(value) for value in self.values)


@dataclass(frozen=True)
class Flag:
    """A boolean."""

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no bool."""
        return _unless(isinstance(value, bool), name, value, self)

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Text:
    """Text that fits a length and, where given, a regular expression that `words` describes."""

    minimum_characters: int
    maximum_characters: int
    pattern: str = ""
    words: str = ""

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no str, too short, too long or of another form."""
        fits = (
            isinstance(value, str)
            and self.minimum_characters <= len(value) <= self.maximum_characters
            # AWS's letters and digits are ASCII; a pattern that takes others says (?u:...).
            and (not self.pattern or re.fullmatch(self.pattern, value, re.ASCII) is not None)
        )
        return _unless(fits, name, value, self)

    def __str__(self) -> str:
        return self.words or f"text of {self.minimum_characters} to {self.maximum_characters} characters"


@dataclass(frozen=True)
class ListOf:
    """A list of items that each fit a rule, and are distinct unless the order of the same ones matters."""

    item: Rule
    minimum_items: int = 0
    maximum_items: int = 100
    is_distinct: bool = True

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no list, too short or too long, each item that does not fit, and each that stands twice."""
        if not isinstance(value, Sequence) or isinstance(value, str):
            return _unless(False, name, value, self)
        if not self.minimum_items <= len(value) <= self.maximum_items:
            return [f"{name}: {len(value)} items are not {self.minimum_items} to {self.maximum_items}"]
        known = [(i, item) for i, item in enumerate(value) if item is not UNKNOWN]
        misfits = [line for i, item in known for line in self.item.problems(f"{name}[{i}]", item)]
        twice = [f"{name}: {shown(item)} stands twice" for i, item in known if item in value[:i]]
        return misfits + twice if self.is_distinct else misfits

    def __str__(self) -> str:
        return f"a list whose items are each {self.item}"


@dataclass(frozen=True)
class MapOf:
    """A map whose keys and values each fit a rule."""

    key: Rule
    value: Rule
    maximum_entries: int
    minimum_entries: int = 0

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no map, too small or too large a map, and each key and value that does not fit."""
        if not isinstance(value, Mapping):
            return _unless(False, name, value, self)
        misfits = []
        if len(value) < self.minimum_entries:
            misfits.append(f"{name}: {len(value)} entries are fewer than {self.minimum_entries}")
        if len(value) > self.maximum_entries:
            misfits.append(f"{name}: {len(value)} entries are more than {self.maximum_entries}")
        for key, item in value.items():
            misfits += self.key.problems(f"{name} key", key)
            misfits += self._item_problems(f"{name}.{_shown_key(key)}", item)
        return misfits

    def _item_problems(self, name: str, item: Any) -> list[str]:
        if item is not UNKNOWN:
            return self.value.problems(name, item)
        # Fields shape the resources: only some of them may be unknown, never all.
        return [f"{name}: {OUT_OF_PLACE}"] if isinstance(self.value, Fields) else []

    def __str__(self) -> str:
        return f"a map whose keys are each {self.key} and values {self.value}"


@dataclass(frozen=True)
class Fields:
    """A map with a fixed set of keys, each with its own rule."""

    rules: Mapping[str, Rule]
    required: tuple[str, ...]
    outputs: frozenset[str] = frozenset()
    """Keys whose values may be unknown before they are deployed."""

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no map, unknown and missing keys, and each value that does not fit."""
        if not isinstance(value, Mapping):
            return _unless(False, name, value, self)
        misfits = [f"{name}.{unknown_name(key, self.rules)}" for key in value if key not in self.rules]
        misfits += [f"{name}.{key}: required" for key in self.required if key not in value]
        for key in value:
            if key in self.rules and value[key] is not UNKNOWN:
                misfits += self.rules[key].problems(f"{name}.{key}", value[key])
            elif key in self.rules and key not in self.outputs:
                misfits.append(f"{name}.{key}: {OUT_OF_PLACE}")
        return misfits

    def __str__(self) -> str:
        return f"a map with {', '.join(self.required or self.rules)}"


@dataclass(frozen=True)
class AnyObject:
    """An object of any keys and values, whose own rules lie elsewhere: AWS takes it as JSON."""

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no object, or holds what JSON does not have."""
        if not isinstance(value, Mapping):
            return _unless(False, name, value, self)
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            return [f"{name}: is not {self}, as JSON has them: {error}"]
        return []

    def __str__(self) -> str:
        return "an object of keys and values"


def is_number(rule: Rule) -> bool:
    """Whether what fits the rule is a number."""
    if isinstance(rule, OneOf):
        return all(isinstance(value, int) for value in rule.values)
    return isinstance(rule, Whole | Multiple | Number)


def unknown_name(name: Any, known_names: Iterable[str]) -> str:
    """The sentence that says the name is unknown, with the nearest known one where one is near."""
    nearest = difflib.get_close_matches(name, list(known_names), n=1) if isinstance(name, str) else []
    return f"{_shown_key(name)}: unknown" + (f"; did you mean {nearest[0]}?" if nearest else "")


def _unless(fits: bool, name: str, value: Any, rule: Rule) -> list[str]:
    return [] if fits else [f"{name}: {shown(value)} is not {rule}"]


def _shown_key(key: Any) -> str:
    """A key as a part of a name: plain where it is text that can be shown."""
    return key if isinstance(key, str) and key.isprintable() and len(key) <= _LONGEST_SHOWN_CHARACTERS else shown(key)


def shown(value: Any) -> str:
    """A value as sentences show it: a long text is cut."""
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN_CHARACTERS:
        return f"{value[:_LONGEST_SHOWN_CHARACTERS]!r}... ({len(value)} characters)"
    return repr(value)
