"""YAML as the Pulumi CLI reads it: by Go's yaml.v3, which is neither YAML 1.1 nor 1.2.

`22:30` and `yes` are text, `014` and `0o14` are 12, `1e3` is 1000, and a date is a text with a time.
https://github.com/go-yaml/yaml/tree/v3#compatibility
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from worker_program.errors import ProgramError

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)")
_OCTAL = re.compile(r"[-+]?0[0-7]+")
#: Beyond what Go has whole numbers for.
_LONG_DECIMAL = re.compile(r"[-+]?[1-9][0-9]{20,}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])_(?=[0-9])")
_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})"
    r"(?:(?P<t>[Tt ])(?P<clock>[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})(?:[.,](?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_INT64_LEAST, _UINT64_MOST = -(2**63), 2**64 - 1
_PLAIN = "tag:pulumi-worker-service,2026:plain"
_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"


def load_yaml(path: Path) -> dict[str, Any]:
    """The map that the file holds. Raises ProgramError."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - made of SafeLoader
        json.dumps(content)  # a list or map may hold itself
    except FileNotFoundError:
        raise ProgramError(
            f"{path.name} does not exist in {path.parent}; name the folder of a Pulumi program with --program"
        ) from None
    except UnicodeDecodeError:
        raise ProgramError(f"{path.name} is not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise ProgramError(f"{path.name} is not valid YAML: {_one_line(error)}") from None
    except (ValueError, RecursionError):
        raise ProgramError(f"{path.name} has a value that contains itself, or is nested too deeply") from None
    if not isinstance(content or {}, dict):
        raise ProgramError(f"{path.name} must be a map, with a key config")
    return content or {}


def plain_scalar(text: str) -> Any:
    """What a scalar without quotes and tag is."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    time = _time(text)
    if time is not None:
        return time
    # Go reads what begins with a point by its own rule, where underscores stand between digits.
    number = _number(_BETWEEN_DIGITS.sub("", text) if text[0] == "." else text.replace("_", ""))
    return text if number is None else number


def _number(text: str) -> int | float | None:
    if _INTEGER.fullmatch(text) and not _LONG_DECIMAL.fullmatch(text):
        number = int(text, 8 if _OCTAL.fullmatch(text) else 0)
        if _INT64_LEAST <= number <= _UINT64_MOST:
            return number
    if _FLOAT.fullmatch(text) and not math.isinf(float(text)):
        return float(text)
    return None


def _time(text: str) -> str | None:
    """A time as Go prints it, or None where the text is none; one with a `T` needs its zone, one without has none."""
    match = _TIME.fullmatch(text)
    if not match or (match["clock"] and (match["t"] == " ") == bool(match["zone"])):
        return None
    zone = match["zone"] or "Z"
    try:
        time = datetime.strptime(f"{match['date']} {match['clock'] or '0:0:0'} {zone}", "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    offset = zone.replace(":", "")
    shown = "+0000 UTC" if zone == "Z" else f"{offset} {offset}"
    moment = time.replace(tzinfo=None).isoformat(sep=" ")  # %Y shows the year 1 with one digit
    return f"{moment}{'.' if fraction else ''}{fraction} {shown}"


class _Loader(yaml.SafeLoader):
    """Texts, lists, maps and plain scalars; any other tag is refused."""

    yaml_constructors = {  # noqa: RUF012 - PyYAML's own class attribute
        tag: constructor
        for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
        if tag in (None, _TEXT, "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")
    }

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """The tag of a node that has none."""
        if kind is not yaml.ScalarNode or not implicit[0]:
            return super().resolve(kind, value, implicit)
        return _MERGE if value == "<<" else _PLAIN

    def compose_mapping_node(self, anchor: Any) -> Any:
        """Refuse a key that stands twice, of which PyYAML takes the last."""
        node = super().compose_mapping_node(anchor)
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        seen = set()
        for key in keys:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
            if key.tag == _PLAIN and isinstance(_WORDS.get(key.value), bool):
                # Python takes True and 1 for one key.
                key.tag, key.value = _TEXT, key.value.lower()
        return node

    def construct_scalar(self, node: Any) -> Any:
        """Refuse half a character, which an escape may write and no other program reads."""
        text = super().construct_scalar(node)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise yaml.constructor.ConstructorError(
                None, None, "found invalid Unicode character escape code", node.start_mark
            )
        return text


def _construct_plain(loader: _Loader, node: Any) -> Any:
    return plain_scalar(loader.construct_scalar(node))


_Loader.add_constructor(_PLAIN, _construct_plain)
_Loader.add_constructor(_MERGE, _Loader.construct_scalar)


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"{problem}, line {mark.line + 1}" if mark else problem
