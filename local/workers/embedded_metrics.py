"""Metrics in a line of a log, in CloudWatch's embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard


@dataclass(frozen=True)
class EmbeddedMetric:
    """One metric of a line."""

    namespace: str
    name: str
    dimensions: list[tuple[tuple[str, str], ...]]
    """Each set of dimensions that it is counted under, sorted."""
    value: float | Mapping[str, list[float]]
    """A number, or Values and Counts."""


def metrics_of(entry: Mapping[str, Any]) -> Iterator[EmbeddedMetric]:
    """Those of a line. Handlers write such lines too: what is not in the format is left out, as by CloudWatch."""
    for directive in _list(_map(entry.get("_aws")).get("CloudWatchMetrics")):
        namespace = _map(directive).get("Namespace")
        sets = [names for names in _list(_map(directive).get("Dimensions")) if _are_in(entry, names)]
        dimensions = [tuple(sorted((name, str(entry[name])) for name in names)) for names in sets]
        for metric in _list(_map(directive).get("Metrics")):
            name = _map(metric).get("Name")
            value = entry.get(name) if isinstance(name, str) else None
            if isinstance(namespace, str) and isinstance(name, str) and _is_value(value):
                yield EmbeddedMetric(namespace, name, dimensions, value)


def _are_in(entry: Mapping[str, Any], names: Any) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) and name in entry for name in names)


def _is_value(value: Any) -> TypeGuard[float | Mapping[str, list[float]]]:
    if isinstance(value, Mapping):
        values, counts = value.get("Values"), value.get("Counts")
        return _are_numbers(values) and _are_numbers(counts) and len(values) == len(counts)
    return _is_number(value)


def _are_numbers(values: Any) -> TypeGuard[list[float]]:
    return isinstance(values, list) and all(map(_is_number, values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
