"""A kind of resource: what can be done with one that exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.aws import Aws
from local.provisioner.resource import Resource

Properties = dict[str, Any]
"""Inputs and outputs of a resource, camelCase as the provider names them."""

#: How services say that a thing is not there, as a part of the error's code.
_GONE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404")


@dataclass(frozen=True)
class Thing:
    """A resource that exists, as far as the engine knows."""

    id: str
    """Physical id."""
    known: Properties
    """What was known of it last: nothing but the id where it is to be imported."""


Retag = Callable[[Aws, Thing, dict[str, str], list[str]], object]
"""Sets tags, and takes away those of the names."""


@dataclass(frozen=True)
class Kind:
    """How resources of one type are read, deleted and changed in place; how they are created says local/provisioner."""

    read: Callable[[Aws, Thing], Properties]
    """Its properties as they are now, as far as they can be told. Raises as gone() says where it is not there."""
    delete: Callable[[Aws, Thing], object]
    update: Callable[[Aws, Thing, Resource], object] | None = None
    """Change in place the inputs that the Resource has: those that changed, but for tags. None: what creates it
    overwrites it."""
    retag: Retag | None = None
    """None: it has no tags, or they come with what creates it."""


def is_gone(error: Exception) -> bool:
    """Whether an error says that the thing is not there."""
    if isinstance(error, ClientError):
        return any(part in error.response["Error"]["Code"] for part in _GONE)
    return isinstance(error, LookupError)


def found(things: list[Any]) -> Any:
    """The one that was looked for. Raises LookupError where there is none."""
    if not things:
        raise LookupError("it is not there")
    return things[0]


def nothing(_aws: Aws, _thing: Thing) -> Properties:
    """For what can't be told (to read), or is not there to be deleted."""
    return {}
