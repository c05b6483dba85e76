"""What tests of both runners use."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Holds handlers until it is set; never beyond the test."""
    event = threading.Event()
    yield event
    event.set()
