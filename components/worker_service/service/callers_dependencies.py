"""What the caller of a component wants to wait for."""

from collections.abc import Sequence
from typing import Any

import pulumi


def callers_dependencies(opts: pulumi.ResourceOptions | None) -> list[Any]:
    """What the caller wants to wait for: the SDK does not hand a component's depends_on to its grandchildren."""
    depends_on = opts.depends_on if opts and opts.depends_on is not None else []
    return list(depends_on) if isinstance(depends_on, Sequence) else [depends_on]
