"""The schema of the component package, as Pulumi's SDK generators read it."""

from __future__ import annotations

import json

from worker_service.plugin import WorkersProvider


def component_schema() -> str:
    """The schema's JSON."""
    return json.dumps(json.loads(WorkersProvider().schema or ""), indent=2) + "\n"
