"""What holds for every test."""

from __future__ import annotations

import functools
import gc

import botocore.session
import pytest
from botocore.loaders import Loader


def pytest_configure(config: pytest.Config) -> None:
    """Let pulumi_aws be imported: it warns of its own deprecated classes as soon as awsx loads them."""
    gc.disable()  # until all is imported
    config.addinivalue_line("filterwarnings", "ignore:.*has been deprecated in favor of:DeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore:Waiting for .*issues/7583:DeprecationWarning")
    botocore.session.create_loader = _loader


def pytest_collection_finish() -> None:
    """Keep all that was imported out of each garbage collection, which took a third of every deploy to look at it."""
    gc.freeze()
    # A deploy leaves thousands of tasks in circles, which is told soonest of the young; the old are seldom looked at.
    gc.set_threshold(5_000, 50, 100)
    gc.enable()


def _loader(search_path: str | None = None) -> Loader:
    """One for all sessions: each of moto's mocks makes its own, which would parse the descriptions of AWS anew."""
    loader = _known_loader(search_path)
    # boto3 adds its own folder for every session.
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)
    return loader


_known_loader = functools.cache(botocore.session.create_loader)
