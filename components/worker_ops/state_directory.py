"""Where the programs of this machine's user keep what outlives them."""

from __future__ import annotations

import os
from pathlib import Path


def state_directory() -> Path:
    """By the XDG rules: https://specifications.freedesktop.org/basedir-spec/latest/"""
    given = os.environ.get("XDG_STATE_HOME")
    return (Path(given) if given else Path.home() / ".local" / "state") / "workers"
