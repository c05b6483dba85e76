"""Where things lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
BENCH = ROOT / "bench"
CONSUMERS = BENCH / "consumers"
RESULTS = BENCH / "results"
DOCS = ROOT / "docs"
#: Everything fetched or written in passing; git ignores it.
SCRATCH = ROOT / ".bench"
