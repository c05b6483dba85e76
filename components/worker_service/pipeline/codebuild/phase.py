"""One phase of a buildspec."""

from typing import Any


def phase(*commands: str) -> dict[str, Any]:
    """The commands, one after the other; the first that fails ends the build."""
    # Without ABORT a failed build still runs post_build, which would report an older image.
    return {"on-failure": "ABORT", "commands": list(commands)}
