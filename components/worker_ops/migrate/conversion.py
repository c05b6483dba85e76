"""Conversion: the arguments that a service gets in one environment, and the reading of fields for them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from worker_ops.migrate.field import Field
from worker_ops.migrate.report import Report
from worker_ops.migrate.spans import go_seconds

#: As yaml.v3 takes them for a field that is a flag.
_YES = ("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y")
_NO = ("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N")
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_MOST_CHARACTERS = 64
_FLAGS: dict[str, bool] = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}


@dataclass
class Conversion:
    """One service in one environment."""

    application: str
    environment: str
    service: str
    report: Report
    args: dict[str, Any] = field(default_factory=dict)
    """Arguments of WorkerService, as plain values."""
    network: dict[str, Any] = field(default_factory=dict)
    """Arguments of WorkerService that say where it runs."""
    has_pipeline: bool = False
    """Whether a pipeline builds the image."""
    build: dict[str, Any] = field(default_factory=dict)
    """Arguments of PipelineComponent that say what it builds, and how."""
    build_source: Field | None = None
    """What says so."""

    def topic_arn(self, service: str, topic: str) -> str:
        """The ARN of a topic that a service of the application publishes to, by Copilot's rule for its name."""
        name = f"{self.application}-{self.environment}-{service}-{topic}"
        return f"arn:${{aws:partition}}:sns:${{aws:region}}:${{aws:account_id}}:{name}"

    def put(self, source: Field, key: str, value: Any) -> None:
        """Set an argument, by its dotted way, to what the field says."""
        *above, last = key.split(".")
        args = self.args
        for name in above:
            args = args.setdefault(name, {})
        args[last] = value
        self.report.mapped(source, key)

    def whole(self, source: Field, minimum: int = 0, maximum: int = 2**31) -> int | None:
        """The whole number that the field says; where it says none, the report does."""
        number = int(source.text) if source.text and re.fullmatch(r"[+-]?[0-9]{1,10}", source.text) else None
        if number is None or not minimum <= number <= maximum:
            return self._misread(source, f"a whole number from {minimum} to {maximum}")
        return number

    def within(self, source: Field, key: str, number: int, least: int, most: int) -> int:
        """The number, or the nearest one that the input `key` takes, which a person is told."""
        nearest = min(max(number, least), most)
        if nearest == number:
            self.report.mapped(source, key)
        else:
            self.report.by_hand(source, f"`{key}` takes {least} to {most}, so {nearest} is written: see that it fits")
        return nearest

    def flag(self, source: Field) -> bool | None:
        """Whether the field says true; where it says neither, the report does."""
        said = _FLAGS.get(source.text or "")
        return self._misread(source, "true or false") if said is None else said

    def word(self, source: Field) -> str | None:
        """The text of the field; of a map or a list there is none, and the report says so."""
        return self._misread(source, "a text") if source.text is None else source.text

    def words(self, source: Field) -> list[str] | None:
        """The texts of a list, or the one text."""
        if source.text is not None:
            return [source.text]
        texts = [item.text for item in source.items if item.text is not None]
        return texts if texts and len(texts) == len(source.items) else self._misread(source, "a list of texts")

    def seconds(self, source: Field) -> Decimal | None:
        """The seconds of a span of time; Copilot took for 0 what Go cannot read."""
        seconds = go_seconds(source.text) if source.text is not None else None
        if seconds is None:
            return self._misread(source, "a span such as 90s, 15m or 96h: Copilot took it for 0, so look at what runs")
        return seconds

    def whole_seconds(self, source: Field) -> int | None:
        """The same, without what is below a second, as Copilot's templates have it."""
        seconds = self.seconds(source)
        return None if seconds is None else int(seconds)

    def _misread(self, source: Field, wanted: str) -> None:
        said = "what stands here" if source.text is None else f"{source.text!r}"
        self.report.not_understood(source, f"{said} is not {wanted}")


Part = Callable[[Field, Conversion], None]


def convert_parts(source: Field, conversion: Conversion, parts: dict[str, Part]) -> None:
    """Convert each field of a map by the part of its name; fields without one are left to the report."""
    for name, part in parts.items():
        found = source.get(name)
        if found is not None:
            part(found, conversion)


def bounded(name: str, characters: int) -> str:
    """The name, or its beginning and a hash of it where it is longer: two that begin alike stay two."""
    if len(name) <= characters:
        return name
    return f"{name[: characters - 8].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:7]}"


def slug(text: str, characters: int) -> str:
    """A name of lower-case letters, digits and single hyphens, as inputs take it."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return (name if name[:1].isalpha() else f"n-{name}")[:characters].rstrip("-")
