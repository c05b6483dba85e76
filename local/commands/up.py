"""`up`: the whole stack on this machine, until Ctrl-C."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Any

from local.box import Box, open_box
from local.box_options import BoxOptions
from local.checkout import CHECKOUT
from local.emulator import ADMIN_CREDENTIALS
from local.emulator.iam.denial_log import Denial
from local.page import open_page, read_samples
from local.screen import Screen, printable, printable_lines
from local.workers.code_watch import CodeWatch
from local.workers.worker_process import Crash, Watcher

_LOOK_SECONDS = 1.0
#: Figures for CloudWatch, which nobody reads as they pass by.
_METRICS = "metrics"
_STYLES = {"WARNING": "yellow", "ERROR": "red"}
#: What says most about a line, the first that it has.
_DETAILS = ("error", "reason", "message", "handler", "signal", "exit_code")
_ORDER = """'{"order_id": "o-1", "customer": "Ada", "currency": "EUR", "lines": [{"sku": "tea", "quantity": 2, "unit_price": "3.50"}]}'"""  # noqa: E501


def run_up(options: BoxOptions, screen: Screen) -> int:
    """Run until Ctrl-C (or SIGTERM), then drain. Returns the exit code."""
    samples = read_samples(options.program.root)

    def on_line(worker: int, entry: dict[str, Any]) -> None:
        if entry.get("action") == _METRICS:
            return
        screen.say(log_line(worker, entry), _STYLES.get(str(entry.get("level")), ""))

    def on_crash(crash: Crash) -> None:
        screen.say(f"{printable_lines(str(crash))}\nIt is started again, as ECS would.", "red")

    with open_box(options, screen, Watcher(on_line, on_crash)) as box:
        screen.say(_how_to_use(box))
        try:
            with open_page(box, samples, options.port) as address:
                screen.say(f"The page, for a browser on this machine:\n\n  {address}\n", "bold")
                _stay(box, screen)
        except KeyboardInterrupt:
            screen.say("\nStopping: the workers finish what they hold. Ctrl-C again ends them at once.")
    return 0


def log_line(worker: int, entry: dict[str, Any]) -> str:
    """A worker's log line for people: time, worker, what happened, to which message, and the main detail."""
    at = str(entry.get("timestamp", ""))[11:23]
    detail = next((str(entry[name]) for name in _DETAILS if entry.get(name)), "")
    what = str(entry.get("action", entry.get("level", "")))
    return printable(f"{at:<12}  worker {worker}  {what:<22} {entry.get('message_id', ''):<36}  {detail}").rstrip()


def program_option(root: Path) -> str:
    """What a command needs that is to find the box of the program in `root`, as a shell takes it."""
    return "" if root == CHECKOUT else f" --program {shlex.quote(str(root))}"


def _stay(box: Box, screen: Screen) -> None:
    told: set[Denial] = set()
    watches = [CodeWatch(folder) for folder in sorted({running.folder for running in box.running})]
    while True:
        box.save()
        new = [denial for denial in box.emulator.denials if denial not in told]
        for denial in new:
            screen.say(f"denied: {denial}", "yellow")
        told.update(new)
        for watch in watches:
            _run_edited_code(watch, box, screen)
        time.sleep(_LOOK_SECONDS)


def _run_edited_code(watch: CodeWatch, box: Box, screen: Screen) -> None:
    """Restart the workers of a folder whose code was edited, but not with code that Python cannot read."""
    edit = watch.look()
    if edit is None:
        return
    for error in edit.syntax_errors:
        screen.say(f"{error}. The workers keep the code from before until this is mended.", "red")
    if not edit.syntax_errors:
        for running in box.running:
            if running.folder == watch.folder:
                running.workers.restart()
        screen.say(f"{', '.join(map(str, edit.files))} changed: restarting the workers", "green")


def _how_to_use(box: Box) -> str:
    exports = "\n".join(
        f"  export {name}={value}"
        for name, value in {
            "AWS_ENDPOINT_URL": box.aws.endpoint_url,
            **ADMIN_CREDENTIALS,
            "AWS_REGION": box.aws.region,
        }.items()
    )
    running = f"The box runs at {box.aws.endpoint_url}; Ctrl-C ends it."
    if not box.running:
        return f"\n{running} With the AWS CLI or boto3:\n\n{exports}\n  aws codepipeline list-pipelines\n"
    return f"\n{running} {_how_to_publish(box, exports)}"


def _how_to_publish(box: Box, exports: str) -> str:
    program = program_option(box.program.root)
    service = " --service NAME" if len(box.services) > 1 else ""
    message = "'MESSAGE'" if program else _ORDER
    topic_arn = box.services[0].topic_arn
    return f"""From a second terminal:

  python -m local publish{program}{service} {message}
  python -m local status{program}

With the AWS CLI:

{exports}
  aws sns publish --topic-arn {topic_arn} --message {message}

With boto3, after the same exports:

  boto3.client("sns").publish(TopicArn="{topic_arn}", Message="...")

The workers run edited code by themselves. Their logs, also in {box.program.root / ".box" / "logs"}:
"""
