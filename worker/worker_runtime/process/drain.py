"""Leaving: start nothing more, hand back what has not started, let the rest finish."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from worker_runtime.process.message_flow import MessageFlow
from worker_runtime.process.signals import WaitForSignal
from worker_runtime.process.work import Work
from worker_runtime.threads import start_thread

_Result = TypeVar("_Result")

EXIT_DRAINED = 0
#: Handlers had to be abandoned, or deletes were not confirmed: messages will come again.
EXIT_WORK_CUT = 1

_TICK_SECONDS = 0.05
#: After a signal a long poll may still bring messages: wait this long for it before taking its connection
#: away.
_POLL_GRACE_SECONDS = 0.3
#: And this long afterwards for what SQS has put on its way.
_POLL_END_SECONDS = 0.7
# Shares of the time that is left after the drain time, in which handlers finish.
#: Polls have less then: this share of it takes the place of a second.
_POLL_LATE_SHARE = 0.17
#: What is handed back or deleted at the end has this long to be confirmed: twice that for both.
_FLUSH_SHARE = 0.33
#: And this long where polls have used up the time.
_FLUSH_LEAST_SHARE = 0.08


class Drain:
    """One orderly end."""

    def __init__(
        self,
        work: Work,
        wait_for_signal: WaitForSignal,
        drain_seconds: float,
        late_seconds: float,
    ) -> None:
        self._work = work
        self._wait_for_signal = wait_for_signal
        self._deadline = time.monotonic() + drain_seconds
        self._late_seconds = late_seconds
        self._end = self._deadline + late_seconds
        self._hurry = False
        """Another signal came: do not wait for handlers."""
        self._handed_back = False
        """A receive that is still under way may bring it again."""
        self._poll_pace = 1.0
        """What polls have of their time."""

    def run(self) -> int:
        """Leave, and return the exit code: 0 only if nothing is held any more, and nothing had to be cut."""
        work = self._work
        work.runner.close()
        for flow in work.flows:
            flow.receivers.stop()
        for held in work.runner.running():
            held.message.must_end_by(self._deadline)
        self._let_polls_end()
        self._hand_back_unstarted()
        self._wait_until(self._handlers_are_done, self._deadline)
        self._poll_pace = min(1.0, _POLL_LATE_SHARE * self._late_seconds)
        if self._hurry:
            self._end = min(self._end, time.monotonic() + self._late_seconds)
        if work.runner.running() or self._handed_back:
            self._let_polls_end()
        abandoned = [flow for flow in work.flows if flow.settler.abandon_held()]
        if abandoned:
            self._together(abandoned, lambda flow: flow.acknowledger.flush_returns(self._flush_seconds(_FLUSH_SHARE)))
            # A poll that could not be ended takes them: it ends by that, and they go back once more.
            self._let_polls_end()
        self._hand_back_unstarted()
        confirmed = self._together(
            work.flows, lambda flow: flow.acknowledger.close(self._flush_seconds(2 * _FLUSH_SHARE))
        )
        for flow in work.flows:
            flow.leases.close()
        is_held = any(flow.leases.held() for flow in work.flows)
        return EXIT_WORK_CUT if abandoned or not all(confirmed) or is_held else EXIT_DRAINED

    def _flush_seconds(self, most_share: float) -> float:
        left = min(most_share * self._late_seconds, self._end - time.monotonic())
        return max(_FLUSH_LEAST_SHARE * self._late_seconds, left)

    def _wait_until(self, done: Callable[[], bool], deadline: float) -> None:
        """Wait until it is done, the deadline is over, or another signal demands to leave at once."""
        while not done() and not self._hurry and (remaining := deadline - time.monotonic()) > 0:
            self._work.runner.tick()
            self._hurry = self._wait_for_signal(min(_TICK_SECONDS, remaining)) is not None

    def _let_polls_end(self) -> None:
        """Wait for the receives under way: what is handed back meanwhile may only go to them, and cost a try."""
        for seconds, latest in ((_POLL_GRACE_SECONDS, math.inf), (_POLL_END_SECONDS, self._end)):
            end = min(time.monotonic() + self._poll_pace * seconds, latest)
            while self._work.polls and time.monotonic() < end:
                time.sleep(_TICK_SECONDS)
            for flow in self._work.flows:
                flow.queue.stop_waiting()

    def _handlers_are_done(self) -> bool:
        """Tell whether none runs; what a late receive has brought goes back as soon as there is no other."""
        if not self._work.polls:
            self._hand_back_unstarted()
        return not self._work.runner.running()

    def _hand_back_unstarted(self) -> None:
        for flow in self._work.flows:
            flow.settler.hand_back_waiting()
            unstarted = flow.run_queue.clear()
            if unstarted:
                self._handed_back = True
                flow.settler.hand_back(unstarted)

    @staticmethod
    def _together(flows: Sequence[MessageFlow], do: Callable[[MessageFlow], _Result]) -> list[_Result]:
        """Do it for all at the same time: one queue that does not answer must not use up the others' time."""
        futures: list[Future[_Result]] = [Future() for _ in flows]

        def run(flow: MessageFlow, future: Future[_Result]) -> None:
            try:
                future.set_result(do(flow))
            except BaseException as error:
                future.set_exception(error)

        for flow, future in list(zip(flows, futures, strict=True))[1:]:
            if not start_thread(partial(run, flow, future), "flush"):
                run(flow, future)
        run(flows[0], futures[0])
        return [future.result() for future in futures]
