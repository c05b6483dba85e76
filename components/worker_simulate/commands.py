"""The commands: what each runs, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from worker_ops.screen import Screen
from worker_simulate.answers import answer
from worker_simulate.cloud.assumptions import Assumptions
from worker_simulate.conditions import Condition
from worker_simulate.definition.service_definition import ServiceDefinition
from worker_simulate.errors import SimulateError
from worker_simulate.loads.load import Load
from worker_simulate.loads.replay import replay
from worker_simulate.loads.usual_loads import spike, usual_loads
from worker_simulate.options import Options
from worker_simulate.peers.policies import PEERS, Work
from worker_simulate.runs import runs_of, summarize
from worker_simulate.stack import Stack
from worker_simulate.summary import Summary
from worker_simulate.tables import loads_table, policies_table
from worker_simulate.tune import cheapest, config_lines, front, settings_to_try

EXIT_CONDITION_MET = 1

#: The policies that `compare` knows beside the stack's own.
COMPARED = ("proton", *PEERS)

#: AWS Proton's scaling has nothing for these.
_PROTON = {
    "scaling": "proton",
    "fast_scaling": False,
    "ignore_delayed_retries": False,
    "limit_to_groups": False,
    "predictive_scaling": "",
    "scale_in_after_seconds": 0,
    "target_tracking": {},
    # It keeps a task, so nothing has to wake it.
    "fast_wake": False,
}
#: The loads that tell policies apart.
_COMPARED_LOADS = ("steady", "spike", "bursty")
_SPIKE_MOST = 10_000_000
#: A run of so many takes two minutes or so.
_USUAL_MOST = 100_000_000


def run_usual(options: Options, screen: Screen) -> int:
    """The stack under the usual loads."""
    stack, conditions = options.check()
    service = _service(stack, screen)
    loads = _usual_loads(service, stack)
    return _tell_loads(options, screen, stack, service, list(loads.values()), conditions)


def run_replay(options: Options, screen: Screen, path: Path) -> int:
    """The stack under what was sent."""
    read: list[Load] = []
    stack, conditions = options.check(lambda: read.append(replay(path)))
    return _tell_loads(options, screen, stack, _service(stack, screen), read, conditions)


def run_spike(options: Options, screen: Screen, messages: int) -> int:
    """The stack under much at once."""
    stack, conditions = options.check(lambda: _check_messages(messages))
    return _tell_loads(options, screen, stack, _service(stack, screen), [spike(messages)], conditions)


def run_compare(options: Options, screen: Screen, names: str) -> int:
    """The stack's own policy beside its peers'."""
    chosen = [name.strip() for name in names.split(",")]
    stack, conditions = options.check(lambda: _check_names(chosen))
    with screen.bar("Running the program under mocks", None):
        own = stack.service()
        peers, left_out = _possible({name: partial(_peer, name, own, stack) for name in chosen})
    services = {"this stack": own, **peers}
    for line in left_out:
        screen.say(line)
    loads = [load for name, load in _usual_loads(own, stack).items() if name in _COMPARED_LOADS]
    found = _summaries(options, screen, stack, services, loads)
    by_load = {
        load.name: {name: summaries[index] for name, summaries in found.items()} for index, load in enumerate(loads)
    }
    _document(options, screen, {load: _documents(summaries) for load, summaries in by_load.items()})
    if not options.as_json:
        for load, summaries in by_load.items():
            for name, summary in summaries.items():
                screen.say(f"{name}: {answer(summary)}")
            screen.table(*policies_table(load, summaries))
    _plot_costs(options, screen, by_load["bursty"], list(services), "bursty load")
    return _judge(found["this stack"], conditions, screen)


def run_tune(options: Options, screen: Screen, p95_seconds: float, load_name: str) -> int:
    """Cost against p95 over the inputs."""
    stack, conditions = options.check(lambda: _check_tune(p95_seconds, load_name))
    with screen.bar("Running the program under mocks", None):
        own = stack.service()
        tried = settings_to_try(own.min_count, own.max_count)
        services, left_out = _possible({name: partial(stack.service, settings) for name, settings in tried.items()})
    for line in left_out:
        screen.say(line)
    if not services:
        raise SimulateError(left_out)
    load = _usual_loads(own, stack)[load_name]
    found = {name: summaries[0] for name, summaries in _summaries(options, screen, stack, services, [load]).items()}
    best, chosen = front(found), cheapest(found, p95_seconds)
    lines = config_lines(tried[chosen]) if chosen else []
    document = {"front": best, "cheapest": chosen, "config": lines, "settings": _documents(found)}
    _document(options, screen, document)
    if not options.as_json:
        screen.say(_tuned(found, chosen, p95_seconds, load))
        for line in lines:
            screen.say(f"  {line}")
        shown = {f"* {name}" if name in best else name: summary for name, summary in found.items()}
        screen.table(*policies_table(f"{load.name}; * is on the front", shown))
    _plot_costs(options, screen, found, best, f"{load.name} load")
    return _judge([found[chosen]] if chosen else [], conditions, screen)


def _tuned(found: Mapping[str, Summary], chosen: str | None, p95_seconds: float, load: Load) -> str:
    if chosen is None:
        return f"No setting that was tried keeps p95 within {p95_seconds:g} s under {load.what} in every run."
    return f"{chosen} is the cheapest that keeps p95 within {p95_seconds:g} s in every run. {answer(found[chosen])}"


def _tell_loads(
    options: Options,
    screen: Screen,
    stack: Stack,
    service: ServiceDefinition,
    loads: list[Load],
    conditions: list[Condition],
) -> int:
    summaries = _summaries(options, screen, stack, {service.name: service}, loads)[service.name]
    _document(options, screen, {"service": service.name, "loads": _documents({s.load.name: s for s in summaries})})
    if not options.as_json:
        for summary in summaries:
            screen.say(answer(summary))
        screen.table(*loads_table(summaries))
    if options.plot:
        from worker_simulate.plots import plot_courses  # noqa: PLC0415 - matplotlib takes a second to load

        plot_courses(summaries, options.plot)
        screen.say(f"The plot is in {options.plot}.")
    return _judge(summaries, conditions, screen)


def _service(stack: Stack, screen: Screen) -> ServiceDefinition:
    with screen.bar("Running the program under mocks", None):
        return stack.service()


def _summaries(
    options: Options, screen: Screen, stack: Stack, services: Mapping[str, ServiceDefinition], loads: list[Load]
) -> dict[str, list[Summary]]:
    runs = len(services) * len(loads) * len(runs_of(options.seeds))
    with screen.bar("Simulating", runs) as bar:
        return {
            name: summarize(
                service,
                loads,
                options.handling(stack),
                options.seeds,
                Assumptions(),
                bar.advance,
            )
            for name, service in services.items()
        }


def _possible(
    makers: Mapping[str, Callable[[], ServiceDefinition]],
) -> tuple[dict[str, ServiceDefinition], list[str]]:
    """Those that the program takes, by name, and a line for each that it refuses: not every input goes with another."""
    made: dict[str, ServiceDefinition] = {}
    left_out = []
    for name, make in makers.items():
        try:
            made[name] = make()
        except SimulateError as refused:
            left_out.append(f"{name} is left out: {refused.problems[-1].strip()}")
    return made, left_out


def _peer(name: str, own: ServiceDefinition, stack: Stack) -> ServiceDefinition:
    if name == "proton":
        least = max(1, own.min_count)
        proton = stack.service({**_PROTON, "min_count": least, "desired_count": least})
        return replace(proton, scheduled_actions=())
    return PEERS[name](own, Work(stack.processing_seconds, stack.latency_seconds))


def _usual_loads(service: ServiceDefinition, stack: Stack) -> dict[str, Load]:
    """Sized by what the most tasks handle. Raises SimulateError where nobody would wait for their end."""
    most_per_second = service.max_count * service.task.slots / stack.processing_seconds
    loads = usual_loads(most_per_second)
    most = max(load.expected.sum() for load in loads.values())
    if most > _USUAL_MOST:
        problem = (
            f"max_count: {service.max_count} tasks handle {most_per_second:,.0f} messages a second, and a usual load of"
            f" {most:,.0f} is above {_USUAL_MOST:,}; simulate `spike N`, or `replay` what was sent"
        )
        raise SimulateError([problem])
    return loads


def _documents(summaries: Mapping[str, Summary]) -> dict[str, object]:
    return {name: summary.document() for name, summary in summaries.items()}


def _document(options: Options, screen: Screen, document: Mapping[str, object]) -> None:
    screen.document({"stack": options.stack, "seeds": options.seeds, **document})


def _plot_costs(
    options: Options, screen: Screen, summaries: Mapping[str, Summary], best: list[str], title: str
) -> None:
    if options.plot:
        from worker_simulate.plots import plot_costs  # noqa: PLC0415 - matplotlib takes a second to load

        plot_costs(summaries, best, title, options.plot)
        screen.say(f"The plot is in {options.plot}.")


def _judge(summaries: list[Summary], conditions: list[Condition], screen: Screen) -> int:
    met = [line for one in conditions for line in one.met_by(summaries)]
    for line in met:
        screen.say(line)
    return EXIT_CONDITION_MET if met else 0


def _check_messages(messages: int) -> None:
    if not 1 <= messages <= _SPIKE_MOST:
        raise ValueError(f"N: {messages} is not a whole number from 1 to {_SPIKE_MOST:,}")


def _check_names(names: list[str]) -> None:
    unknown = [name for name in names if name not in COMPARED]
    if unknown:
        raise ValueError(f"PEERS: {', '.join(map(repr, unknown))} is not one of {', '.join(COMPARED)}")


def _check_tune(p95_seconds: float, load: str) -> None:
    known = usual_loads(1)
    problems = []
    if not p95_seconds > 0:
        problems.append(f"--p95: {p95_seconds:g} is not above 0")
    if load not in known:
        problems.append(f"--load: {load!r} is not one of {', '.join(known)}")
    if problems:
        raise ValueError("\n".join(problems))
