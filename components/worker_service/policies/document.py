"""Turning a pure function's document into the JSON text that a resource takes."""

from collections.abc import Callable
from typing import Any

import pulumi


def document(build: Callable[..., dict[str, Any]], **inputs: pulumi.Input[Any]) -> pulumi.Output[str]:
    """The JSON of `build(**inputs)`, once the inputs are known; secret where one of them is."""
    return pulumi.Output.json_dumps(pulumi.Output.all(**inputs).apply(lambda known: build(**known)))
