"""Converted: what becomes of the input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker_ops.migrate.report import Report


@dataclass(frozen=True)
class Converted:
    """The account of all fields, and the projects."""

    report: Report
    files: Mapping[str, str]
    """The texts to write, by their paths."""
    scaling: str
    """The preset that behaves as the old scaling did."""
