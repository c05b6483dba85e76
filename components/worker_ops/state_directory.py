"""Where the programs of this machine's user keep what outlives them."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def state_directory() -> Path:
    """By the XDG rules: https://specifications.freedesktop.org/basedir-spec/latest/. Raises OSError where the user has
    no home."""
    given = os.environ.get("XDG_STATE_HOME")
    return (Path(given) if given else _home() / ".local" / "state") / "workers"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a container's user of a number alone, and no HOME
        raise FileNotFoundError(errno.ENOENT, "the user has no home folder", "HOME") from None
