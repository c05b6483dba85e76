"""A resource that the program registered, and how its creators read it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime import rpc

Outputs = dict[str, Any]
"""camelCase state of a created resource beside its inputs; `id` is its physical id."""


@dataclass(frozen=True)
class Resource:
    """One registered resource. Inputs are camelCase, whole numbers int, secrets unwrapped."""

    type: str
    name: str
    """Logical name: the program's own."""
    inputs: dict[str, Any]

    def physical_name(self, key: str = "name") -> str:
        """The name given, or one made as Pulumi makes it: the logical name, a hyphen and seven hex digits."""
        suffix = ".fifo" if self.inputs.get("fifoQueue") or self.inputs.get("fifoTopic") else ""
        return self.inputs.get(key) or f"{self.name}-{secrets.token_hex(4)[:7]}{suffix}"

    def given(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The inputs that were given, under AWS's names: `names` maps the input's name to AWS's."""
        return {aws: self.inputs[key] for key, aws in names.items() if self.inputs.get(key) is not None}

    def attributes(self, names: Mapping[str, str]) -> dict[str, str]:
        """As `given`, with the values as the text that SQS and SNS take."""
        return {aws: _text(value) for aws, value in self.given(names).items()}

    def tags(self) -> dict[str, str]:
        """Tags as a map."""
        return self.inputs.get("tags") or {}

    def tag_list(self, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
        """Tags as the list that most services take; ECS and IAM differ in how they spell its keys."""
        return [{key: name, value: text} for name, text in self.tags().items()]


def plain(value: Any) -> Any:
    """`value` as its author wrote it: the mocks hand over whole numbers as floats, and secrets wrapped."""
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
