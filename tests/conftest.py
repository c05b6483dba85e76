"""What holds for every test."""

from __future__ import annotations

import gc

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let pulumi_aws be imported: it warns of its own deprecated classes as soon as awsx loads them."""
    gc.disable()  # until all is imported
    config.addinivalue_line("filterwarnings", "ignore:.*has been deprecated in favor of:DeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore:Waiting for .*issues/7583:DeprecationWarning")


def pytest_collection_finish() -> None:
    """Keep all that was imported out of each garbage collection, which took a third of every deploy to look at it."""
    gc.freeze()
    gc.enable()
