"""The schema of the component package, as Pulumi's SDK generators read it."""

from __future__ import annotations

import json

from pulumi.provider.experimental.component import ComponentProvider

from worker_service.plugin import COMPONENTS, PACKAGE_NAME, VERSION


def component_schema() -> str:
    """The schema's JSON."""
    provider = ComponentProvider(COMPONENTS, PACKAGE_NAME, version=VERSION)
    return json.dumps(json.loads(provider.schema or ""), indent=2) + "\n"
