"""What runs before the first message and after the last, and what it makes for handlers: a pool, a client, a model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeVar, cast, get_type_hints

from worker_runtime.errors import SettingsError
from worker_runtime.handling.function_kind import kind_of

_HOOK = "_worker_hook"
_STARTUP, _SHUTDOWN = "@startup", "@shutdown"
_Function = TypeVar("_Function", bound=Callable[..., Any])

#: Calls a function where handlers run, and waits for it: on their event loop, where it may be a coroutine function.
CallInPlace = Callable[[Callable[[], Any]], Any]


def startup(function: _Function) -> _Function:
    """Declare that a function of the handler's module, or one that it imports, runs in each process before the first
    message. What it returns is handed to each handler and hook with a parameter of the type that it declares to return.

    Where it raises, the worker logs it and ends with exit code 1. It may be async where handlers are.
    """
    return _declared(function, _STARTUP)


def shutdown(function: _Function) -> _Function:
    """Declare that a function of the handler's module, or one that it imports, runs in each process after the last
    message. It gets what `@startup` functions have made, by its parameters' types, and has what is left of the stop
    timeout.

    What was made last is closed first. Where one raises or takes too long, the worker logs it and ends with exit code
    1.
    """
    return _declared(function, _SHUTDOWN)


def _declared(function: _Function, kind: str) -> _Function:
    outside, _, _ = getattr(function, "__qualname__", "").rpartition(".")
    if not isinstance(function, FunctionType) or (outside and not outside.endswith("<locals>")):
        raise TypeError(f"{kind}: {function!r} is not a function of a module")
    if kind_of(function).yields:
        raise TypeError(f"{kind}: {function.__qualname__} yields: return, and close by @shutdown")
    setattr(function, _HOOK, kind)
    return cast("_Function", function)


@dataclass(frozen=True)
class _Hook:
    function: Callable[..., Any]
    wants: Mapping[str, Any]
    """Types by parameter."""
    makes: Any
    """The type of what it returns; None where that is nothing."""

    @property
    def name(self) -> str:
        return self.function.__qualname__

    @classmethod
    def of(cls, function: Callable[..., Any]) -> _Hook:
        try:
            hints = get_type_hints(function)
        except NameError as error:
            raise TypeError(f"a function of a module whose hooks' types are known: {error}") from None
        wants = {name: hints.get(name) for name in inspect.signature(function).parameters}
        makes = hints.get("return")
        return cls(function, wants, None if makes is type(None) else makes)


class Hooks:
    """The hooks of one process, and what they have made, by its type. Methods that add raise TypeError, which says
    what a handler is, where a hook does not go together with the others."""

    def __init__(self) -> None:
        self.made: dict[Any, Any] = {}
        """What hooks have made, or what a test gives in its place."""
        self._proofs: list[Callable[[], None]] = []
        self._startups: list[_Hook] = []
        self._shutdowns: list[_Hook] = []

    def __bool__(self) -> bool:
        """There are some."""
        return bool(self._proofs or self._startups or self._shutdowns)

    def add(self, namespace: Mapping[str, Any], *, is_async: bool) -> dict[Any, Callable[[Any], Any]]:
        """Add the hooks among a module's names, unless they are here already; returns what hands over what they make,
        by its type."""
        for kind, known in ((_STARTUP, self._startups), (_SHUTDOWN, self._shutdowns)):
            for function in _hooks_of(namespace, kind):
                if function not in [hook.function for hook in known]:
                    known.append(self._checked(_Hook.of(function), kind, is_async=is_async))
        of_module = _hooks_of(namespace, _STARTUP)
        types = [hook.makes for hook in self._startups if hook.makes is not None and hook.function in of_module]
        return {type_: lambda _message, type_=type_: self.made[type_] for type_ in types}

    def prove_first(self, proof: Callable[[], None]) -> None:
        """Have the worker call something before all hooks, which raises SettingsError where it cannot work. Tests do
        without."""
        if proof not in self._proofs:
            self._proofs.append(proof)

    def prove(self) -> None:
        """Call what is to be called before all hooks. Raises SettingsError naming every problem."""
        problems: list[str] = []
        for proof in self._proofs:
            try:
                proof()
            except SettingsError as error:
                problems += error.problems
        if problems:
            raise SettingsError(problems)

    def start(self, call: CallInPlace) -> None:
        """Run what is to run before the first message, but for what a test has given. Raises what a hook raises."""
        for hook in self._startups:
            if hook.makes is None:
                call(lambda hook=hook: self._run(hook))
            elif hook.makes not in self.made:
                self.made[hook.makes] = call(lambda hook=hook: self._run(hook))

    def stop(self, call: CallInPlace) -> Iterator[tuple[str, BaseException]]:
        """Run what is to run after the last message, as far as what it wants was made; tells the names of those that
        failed, and why, one after the other."""
        for hook in sorted(self._shutdowns, key=self._made_last, reverse=True):
            if all(type_ in self.made for type_ in hook.wants.values()):
                try:
                    call(lambda hook=hook: self._run(hook))
                except BaseException as error:  # one that fails must not keep the others from running
                    yield hook.name, error

    def _run(self, hook: _Hook) -> Any:
        return hook.function(**{name: self.made[type_] for name, type_ in hook.wants.items()})

    def _made_last(self, hook: _Hook) -> int:
        """When the latest of what a hook wants was made; one that wants nothing runs while all is there."""
        order = [startup.makes for startup in self._startups]
        return max((order.index(type_) for type_ in hook.wants.values()), default=len(order))

    def _checked(self, hook: _Hook, kind: str, *, is_async: bool) -> _Hook:
        makes = [startup.makes for startup in self._startups]
        if inspect.iscoroutinefunction(hook.function) and not is_async:
            raise TypeError(f"an async handler, and its module's {kind} function {hook.name} is async")
        for name, type_ in hook.wants.items():
            if type_ is None or type_ not in makes:
                raise TypeError(
                    f"a function of a module whose hooks are in order: {name} of {hook.name} is of no type that a "
                    "@startup function before it returns"
                )
        if kind == _STARTUP and hook.makes is not None and hook.makes in makes:
            raise TypeError(
                f"a function of a module whose hooks are in order: {hook.name} is the second @startup function that "
                f"returns {getattr(hook.makes, '__name__', hook.makes)}"
            )
        return hook


def _hooks_of(namespace: Mapping[str, Any], kind: str) -> Sequence[Callable[..., Any]]:
    functions = [value for value in namespace.values() if inspect.isfunction(value)]
    return [function for function in dict.fromkeys(functions) if getattr(function, _HOOK, None) == kind]
