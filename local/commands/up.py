"""`up`: the whole stack on this machine, until Ctrl-C."""

from __future__ import annotations

import time
from typing import Any

from local.box import Box, open_box
from local.box_options import BoxOptions
from local.commands.how_to_use import how_to_use
from local.commands.log_feed import LogFeed
from local.emulator.iam.denial_log import Denial
from local.errors import BoxError
from local.new_services import NewServices
from local.page import Page, open_page, read_samples
from local.scaling.box_clock import BoxClock
from local.scaling.box_metrics import BoxMetrics
from local.scaling.box_scaling import BoxScaling
from local.screen import Screen, printable_lines
from local.service_follower import ServiceFollower
from local.workers.code_watch import CodeWatch
from local.workers.worker_process import Crash, Watcher

_LOOK_SECONDS = 1.0


def run_up(options: BoxOptions, screen: Screen) -> int:
    """Run until Ctrl-C, SIGTERM, or the end of whoever reads what is shown, then drain. Returns the exit code."""
    feed = LogFeed(screen.say, quiet=options.quiet)
    metrics = BoxMetrics()
    samples = read_samples(options.program.root)

    def on_line(worker: int, entry: dict[str, Any]) -> None:
        feed.add(worker, entry)
        metrics.add_line(entry)

    def on_crash(crash: Crash) -> None:
        # Its last lines stand above, unless lines were left out.
        told = f"{crash.summary}{crash.advice}" if feed.shows_all else printable_lines(str(crash))
        screen.say(f"{told}\nIt is started again, as ECS would.", "red")

    with open_box(options, screen, Watcher(on_line, on_crash)) as box:
        screen.say(how_to_use(box))
        try:
            clock, tell = BoxClock(options.speed), box.emulator.tell_scaling
            scaling = BoxScaling(box.aws, box.services, metrics, clock, screen.say, tell)
            with open_page(box, samples, options.port) as page:
                screen.say(f"The page, for a browser on this machine:\n\n  {page.address}\n", "bold")
                _stay(box, page, feed, scaling, screen)
        except KeyboardInterrupt:
            screen.say("\nStopping: the workers finish what they hold. Ctrl-C again ends them at once.")
    return 0


def _stay(box: Box, page: Page, feed: LogFeed, scaling: BoxScaling, screen: Screen) -> None:
    told: set[Denial] = set()
    unsaved: set[str] = set()
    followers = [ServiceFollower(running, box.runner, screen.say) for running in box.running]
    watches = {folder: CodeWatch(folder) for folder in sorted({running.folder for running in box.running})}
    new_services = NewServices(box, box.pulumi, screen.say) if box.pulumi else None
    while not screen.reader_left:
        added = new_services.look() if new_services else []
        for running in added:
            followers.append(ServiceFollower(running, box.runner, screen.say))
            watches.setdefault(running.folder, CodeWatch(running.folder))
            scaling.add(running.service)
        scaling.look()
        for follower in followers:
            follower.look(box.emulator)
        _save(box, screen, unsaved)
        if added:
            page.look_again()
        feed.summarize()
        new = [denial for denial in box.emulator.denials if denial not in told]
        for denial in new:
            screen.say(f"denied: {denial}", "yellow")
        told.update(new)
        for watch in watches.values():
            _run_edited_code(watch, box, screen)
        time.sleep(_LOOK_SECONDS)


def _save(box: Box, screen: Screen, told: set[str]) -> None:
    """Tell the other commands; a full disk keeps the news from them, and the workers from nothing."""
    try:
        box.save()
    except BoxError as error:
        if str(error) not in told:
            told.add(str(error))
            screen.say(f"other commands learn nothing new of this box: {error}", "red")


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
