"""What becomes of a message by the type of its handler's exception."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from worker_runtime.errors import Reject, Retry, WorkerError, text_of
from worker_runtime.handling.steps import Errors, Run, Step, declare
from worker_runtime.message import Message

_Function = TypeVar("_Function", bound=Callable[..., Any])
_SECONDS_MOST = 43_200


def retry_policy(
    *misplaced: Any,
    retry_on: Mapping[type[Exception], float | None] | None = None,
    reject_on: Sequence[type[Exception]] = (),
) -> Callable[[_Function], _Function]:
    """Declare what a handler's exceptions mean, by their type.

    An exception of a type in `retry_on` is as `Retry` with the delay named there, in seconds (0 to 43,200; None: the
    usual back-off); one in `reject_on` is as `Reject`, with its type and text as the reason. Of several types that fit,
    the nearest decides. Others, and what the handler raises as `Retry` or `Reject`, stay as they are. Raises
    ValueError naming every problem.
    """
    problems = [f"{given!r}: only retry_on and reject_on, by their names" for given in misplaced]
    problems += _problems(retry_on, reject_on)
    if problems:
        raise ValueError("; ".join(problems))
    delays = dict(retry_on or {})

    def decided(error: BaseException | None) -> BaseException | None:
        if error is None or isinstance(error, Retry | Reject):
            return error
        for kind in type(error).__mro__:
            if kind in reject_on:
                return _because(error, Reject(_reason(error)))
            if kind in delays:
                return _because(error, Retry(delays[kind], _reason(error)))
        return error

    def run(messages: list[Message]) -> Run:
        errors: Errors = yield messages
        return [decided(error) for error in errors]

    return lambda function: declare(function, Step(run))


def _because(error: BaseException, decision: WorkerError) -> WorkerError:
    decision.__cause__ = error
    return decision


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {text_of(error)}"


def _problems(retry_on: Any, reject_on: Any) -> list[str]:
    delays: Mapping[Any, Any] = retry_on if isinstance(retry_on, Mapping) else {}
    kinds: Sequence[Any] = reject_on if isinstance(reject_on, Sequence) and not isinstance(reject_on, str) else ()
    problems = []
    if delays is not retry_on and retry_on is not None:
        problems.append(f"retry_on: {retry_on!r} is not a dictionary of delays by types of exceptions")
    if kinds is not reject_on:
        problems.append(f"reject_on: {reject_on!r} is not a tuple of types of exceptions")
    problems += [
        f"{name}: {kind!r} is not a type of exceptions"
        for name, given in (("retry_on", delays), ("reject_on", kinds))
        for kind in given
        if not (isinstance(kind, type) and issubclass(kind, Exception))
    ]
    problems += [
        f"retry_on: {delay!r} is not None or a number of seconds from 0 to {_SECONDS_MOST}"
        for delay in delays.values()
        if delay is not None and not (type(delay) in (int, float) and 0 <= delay <= _SECONDS_MOST)
    ]
    problems += [f"{kind.__name__}: it is in retry_on and in reject_on" for kind in kinds if kind in delays]
    return problems
