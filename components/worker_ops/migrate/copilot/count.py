"""The count of a manifest: how many tasks run, on which capacity, and what they follow."""

from __future__ import annotations

import math
import re
from typing import Any

from worker_ops.migrate.conversion import Conversion
from worker_ops.migrate.field import Field

_MOST_TASKS = 5_000
_TRACKING = "target_tracking"


def count(source: Field, conversion: Conversion) -> None:
    """`count`: a number, or a range with what scaling follows."""
    if source.text is not None:
        _fixed(source, conversion)
        return
    if spot := source.get("spot"):
        _all_on_spot(spot, conversion)
    if found := source.get("range"):
        _range(found, conversion)
    for name in ("cpu_percentage", "memory_percentage"):
        if found := source.get(name):
            _percentage(found, conversion, name.removesuffix("_percentage"), source.get("cooldown"))
    if found := source.get("queue_delay"):
        _queue_delay(found, conversion, source.get("cooldown"))
    if cooldown := source.get("cooldown"):
        _shared_cooldown(cooldown, conversion)


def _shared_cooldown(source: Field, conversion: Conversion) -> None:
    if _TRACKING in conversion.args:
        conversion.report.mapped(source, f"{_TRACKING}.*.scale_in_cooldown_seconds, scale_out_cooldown_seconds")
    else:
        conversion.report.dropped(source, "nothing scales: there is no metric beside it")


def _fixed(source: Field, conversion: Conversion) -> None:
    number = conversion.whole(source, 0, _MOST_TASKS)
    if number is not None:
        set_count(conversion, number)
        conversion.report.mapped(source, "min_count, desired_count, max_count")


def set_count(conversion: Conversion, number: int) -> None:
    """So many tasks, whatever happens."""
    conversion.args |= {"min_count": number, "desired_count": number, "max_count": max(number, 1)}


def _all_on_spot(source: Field, conversion: Conversion) -> None:
    number = conversion.whole(source, 0, _MOST_TASKS)
    if number is not None:
        set_count(conversion, number)
        conversion.put(source, "spot", {"on_demand_base": 0, "on_demand_weight": 0, "spot_weight": 1})


def _range(source: Field, conversion: Conversion) -> None:
    """The bounds, in one text or by their names."""
    if source.text is None:
        _named_range(source, conversion)
        return
    bounds = re.fullmatch(r"([0-9]{1,4})-([0-9]{1,4})", source.text)
    if not bounds:
        conversion.report.not_understood(source, f"{source.text!r} is not a range such as 1-10")
    elif _bounds(source, conversion, int(bounds[1]), int(bounds[2])):
        conversion.report.mapped(source, "min_count, desired_count, max_count")


def _named_range(source: Field, conversion: Conversion) -> None:
    """The bounds, and from which task on they run on Spot."""
    lower, upper, spot = (source.get(name) for name in ("min", "max", "spot_from"))
    if lower is None or upper is None:
        conversion.report.not_understood(source, "needs min and max")
        return
    least, most = (conversion.whole(field, 0, _MOST_TASKS) for field in (lower, upper))
    if least is None or most is None or not _bounds(source, conversion, least, most):
        return
    conversion.report.mapped(lower, "min_count, desired_count")
    conversion.report.mapped(upper, "max_count")
    if spot and (spot_from := conversion.whole(spot, 0, _MOST_TASKS)) is not None:
        # Copilot's own rule: below the minimum everything runs on Spot.
        base = spot_from - 1 if spot_from >= max(least, 1) else 0
        conversion.put(spot, "spot", {"on_demand_base": base, "on_demand_weight": 0, "spot_weight": 1})


def _bounds(source: Field, conversion: Conversion, least: int, most: int) -> bool:
    """Whether they are bounds; where they are none, the report says so."""
    if least > most:
        conversion.report.not_understood(source, f"the least count, {least}, is over the most, {most}")
        return False
    conversion.args |= {"min_count": least, "desired_count": least, "max_count": max(most, 1)}
    return True


def _percentage(source: Field, conversion: Conversion, metric: str, shared: Field | None) -> None:
    value = source if source.text is not None else source.get("value")
    percent = conversion.whole(value, 1, 100) if value else None
    if value and percent is not None:
        conversion.put(value, f"{_TRACKING}.{metric}.percent", percent)
        _cooldowns(conversion, metric, source.get("cooldown"), shared)


def _queue_delay(source: Field, conversion: Conversion, shared: Field | None) -> None:
    latency, time = source.get("acceptable_latency"), source.get("msg_processing_time")
    if latency is None or time is None:
        conversion.report.not_understood(source, "needs acceptable_latency and msg_processing_time")
        return
    acceptable, processing = conversion.seconds(latency), conversion.seconds(time)
    if not acceptable or not processing:
        return
    if processing > acceptable:
        conversion.report.not_understood(time, f"is longer than acceptable_latency, {latency.text}")
        return
    target = {"messages_per_task": math.ceil(acceptable / processing)}
    conversion.args.setdefault(_TRACKING, {})["backlog"] = target
    # For the alarm on the oldest message, and for a scaling that follows the messages.
    conversion.args["acceptable_latency_seconds"] = max(1, math.ceil(acceptable))
    conversion.args["message_processing_seconds"] = float(processing)
    told = f"{_TRACKING}.backlog.messages_per_task"
    conversion.report.mapped(latency, f"{told}, acceptable_latency_seconds")
    conversion.report.mapped(time, f"{told}, message_processing_seconds")
    _cooldowns(conversion, "backlog", source.get("cooldown"), shared)


def _cooldowns(conversion: Conversion, metric: str, own: Field | None, shared: Field | None) -> None:
    """`in` is for scaling in: so Copilot's template has it, whatever its documentation says."""
    target: dict[str, Any] = conversion.args[_TRACKING][metric]
    for name in ("in", "out"):
        for cooldown in (own, shared):
            if found := cooldown.get(name) if cooldown else None:
                seconds = conversion.whole_seconds(found)
                if seconds is not None:
                    target[f"scale_{name}_cooldown_seconds"] = seconds
                if cooldown is own:
                    conversion.report.mapped(found, f"{_TRACKING}.{metric}.scale_{name}_cooldown_seconds")
                break
