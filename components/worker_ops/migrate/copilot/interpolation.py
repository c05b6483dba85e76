"""Variables in a manifest, ${NAME}, which Copilot replaced by the shell's when it deployed.

internal/pkg/manifest/interpolate.go of aws/copilot-cli: names and values, in every text.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from worker_ops.errors import OpsError
from worker_ops.migrate.field import Field
from worker_ops.migrate.report import Report

#: What stands so in a stack file, the program has AWS answer.
_LOOK_UP = "${aws:"
_VARIABLE = re.compile(r"\$\{([_a-zA-Z][_a-zA-Z0-9]*)\}")


def interpolated(field: Field, variables: Mapping[str, str], report: Report) -> Field:
    """The field with the variables' values; a person is told of a variable that has none, which stays as it is.

    Raises OpsError for what the written program would take for a look-up of its own.
    """
    if isinstance(field.value, dict):
        fields = {
            _replaced(name, variables): interpolated(below, variables, report) for name, below in field.fields.items()
        }
        return dataclasses.replace(field, value=fields)
    if isinstance(field.value, list):
        return dataclasses.replace(field, value=[interpolated(item, variables, report) for item in field.items])
    if field.text is None:
        return field
    if _LOOK_UP in field.text:
        raise OpsError(f"{field.place}: {_LOOK_UP} is what the written program looks up: write the value another way")
    for name in dict.fromkeys(_VARIABLE.findall(field.text)):
        if name not in variables:
            report.by_hand(field, f"${{{name}}} was the shell's when Copilot deployed; give --variable {name}=VALUE")
    return dataclasses.replace(field, value=_replaced(field.text, variables))


def _replaced(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)
