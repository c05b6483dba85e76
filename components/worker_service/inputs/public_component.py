"""PublicComponent: what programs make, with its inputs in one map."""

import inspect
from typing import Any, Self

import pulumi

from worker_service.inputs.checking import InvalidArgumentsError


class PublicComponent(pulumi.ComponentResource):
    """A component of a name, a map of inputs, and options."""

    def __new__(cls, *positional: Any, **keywords: Any) -> Self:
        """Raise InvalidArgumentsError where inputs are keywords or missing, of which Python says less."""
        known = inspect.signature(cls.__init__).parameters
        problems = [f"{key}: inputs stand in one map, the second argument" for key in keywords if key not in known]
        if len(positional) < 2 and "args" not in keywords and not problems:
            problems = ["args: required, a map of inputs"]
        if problems:
            name = positional[0] if positional else keywords.get("name", "")
            raise InvalidArgumentsError(cls.__name__, str(name), problems)
        return super().__new__(cls)
