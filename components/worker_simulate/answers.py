"""Answers: what came out, in words."""

from __future__ import annotations

from worker_simulate.summary import Spread, Summary


def answer(summary: Summary) -> str:
    """One load in a sentence or two."""
    load = summary.load
    sentence = _at_once(summary) if load.at_once_seconds is not None else _over_time(summary)
    return " ".join([sentence, *_warnings(summary)])


def seconds(spread: Spread) -> str:
    """`458 s (430 to 500)`."""
    digits = 0 if spread.most >= 10 else 1
    return f"{spread.typical:,.{digits}f} s ({spread.least:,.{digits}f} to {spread.most:,.{digits}f})"


def _at_once(summary: Summary) -> str:
    drained, usd = summary.spread("drained"), _known(summary, "usd")
    first_task, first_action = summary.spread("first_task"), summary.spread("first_action")
    done = f"drained in {seconds(drained)}" if drained else "not drained in every run"
    start = "no task was added"
    if first_task and first_action:
        start = (
            f"first new task after {first_task.typical:,.0f} s, of which {first_action.typical:,.0f} are CloudWatch's"
        )
    return f"{summary.load.what}: {done}, {start}; ${usd.typical:.2f}."


def _over_time(summary: Summary) -> str:
    usd, hours = _known(summary, "usd"), _known(summary, "task_hours")
    cost = f"{hours.typical:,.1f} task-hours, ${usd.typical:,.2f}"
    if not any(result.messages for result in summary.results):
        return f"{summary.load.name} ({summary.load.what}): {cost}."
    return f"{summary.load.name} ({summary.load.what}): p95 {seconds(_known(summary, 'p95'))}, {cost}."


def _warnings(summary: Summary) -> list[str]:
    said = {
        "left_over": "Up to {:,.0f} messages were left at the end: the tasks are too few, or none came.",
        "interrupted": "Up to {:,.0f} messages were interrupted by a scale-in and handled again: protect them.",
        "cuts": "Up to {:,.0f} tasks were taken away while more messages waited than tasks could hold.",
    }
    found = []
    for measure, text in said.items():
        most = _known(summary, measure).most
        # What arrives in the last seconds is always left.
        is_little = measure == "left_over" and most <= 0.01 * summary.results[0].messages
        if most > 0 and not is_little:
            found.append(text.format(most))
    return found


def _known(summary: Summary, measure: str) -> Spread:
    spread = summary.spread(measure)
    assert spread is not None  # noqa: S101 - every run has it
    return spread
