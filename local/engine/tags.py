"""Tags: every service has calls of its own for them, and its own shape."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.engine.kind import Retag, Thing

KEY_AND_VALUE = ("Key", "Value")


def tagging(
    service: str,
    resource: str,
    *,
    known_by: str = "id",
    calls: tuple[str, str] = ("tag_resource", "untag_resource"),
    parameters: tuple[str, str] = ("Tags", "TagKeys"),
    shape: tuple[str, str] | None = KEY_AND_VALUE,
) -> Retag:
    """Tag with a service's own calls.

    `resource` is the parameter that names the resource, by its property `known_by`. `shape` is how the list spells a
    tag's name and value; None is a map.
    """

    def retag(aws: Aws, thing: Thing, to_set: dict[str, str], to_remove: list[str]) -> None:
        client = aws.client(service)
        place = {resource: thing.id if known_by == "id" else thing.known[known_by]}
        tag, untag = calls
        tags, names = parameters
        if to_set:
            getattr(client, tag)(**place, **{tags: to_set if shape is None else tag_list(to_set, *shape)})
        if to_remove:
            getattr(client, untag)(**place, **{names: to_remove})

    return retag


def tag_list(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as the list that most services take."""
    return [{key: name, value: text} for name, text in tags.items()]


def tag_map(tags: list[dict[str, Any]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as the provider has them, of the list that most services give."""
    return {tag[key]: tag[value] for tag in tags}
