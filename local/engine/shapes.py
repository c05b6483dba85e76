"""What AWS says of nested settings, in the shapes of the provider's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.engine.inputs import is_same


def camel_keys(value: Any) -> Any:
    """The provider spells these names as the API does, but for the first letter."""
    if isinstance(value, Mapping):
        return {key[0].lower() + key[1:]: camel_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [camel_keys(item) for item in value]
    return value


def fitted(live: Any, known: Any, defaults: Mapping[str, Any]) -> Any:
    """What is live, without the defaults that AWS adds and nobody gave, at any depth."""
    if isinstance(live, Mapping):
        given = known if isinstance(known, Mapping) else {}
        return {
            key: fitted(item, given.get(key), defaults)
            for key, item in live.items()
            if key in given or key not in defaults or item != defaults[key]
        }
    if isinstance(live, list):
        given = known if isinstance(known, list) else []
        return [fitted(item, given[at] if at < len(given) else None, defaults) for at, item in enumerate(live)]
    return live


def ordered(live: Sequence[Any], known: Sequence[Any] | None) -> list[Any]:
    """A set in the known order, what is new behind."""
    order = list(known or [])
    places = [next((at for at, one in enumerate(order) if is_same(one, item)), len(order)) for item in live]
    return [item for _, item in sorted(zip(places, live, strict=True), key=lambda pair: pair[0])]
