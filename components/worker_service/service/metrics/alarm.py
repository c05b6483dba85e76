"""Alarm: a CloudWatch alarm as a plain value, before any resource is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from worker_service.service.metrics.metric import Metric


@dataclass(frozen=True)
class Alarm:
    """When CloudWatch raises an alarm.

    It goes off when the value compares to the threshold in all of `periods` periods. `metrics` are the inputs of
    `expression` by their ids; without an expression there is one metric, and its statistic is the value.
    """

    description: pulumi.Input[str]
    metrics: Mapping[str, Metric]
    threshold: float
    expression: str | None = None
    is_at_least: bool = True
    """Goes off at the threshold and above; otherwise at the threshold and below."""
    period_seconds: int = 60
    periods: int = 1
    missing_data: str = "missing"
    """What a period without data counts as: missing, ignore, breaching or notBreaching."""
