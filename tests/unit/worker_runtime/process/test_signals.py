"""Which signals ask the worker to leave."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from worker_runtime.process.signals import Signals


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_stop_is_told_by_its_name(number: signal.Signals) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with Signals() as signals:
        signals.collect()
        os.kill(os.getpid(), number)

        assert signals.wait(10) == number.name


def test_a_closed_terminal_is_told_once_though_shell_and_kernel_each_send_a_signal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with Signals() as signals:
        signals.collect()
        for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
            os.kill(os.getpid(), number)

        assert [signals.wait(10), signals.wait(10), signals.wait(0)] == ["SIGHUP", "SIGTERM", None]


def test_what_nohup_ignores_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Signals() as signals:
        signals.collect()
        os.kill(os.getpid(), signal.SIGHUP)

        assert signals.wait(0.1) is None


def test_a_handlers_module_may_have_a_use_of_its_own_for_sighup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    reloaded = []
    with Signals() as signals:
        signal.signal(signal.SIGHUP, lambda *_: reloaded.append(True))
        signals.collect()
        os.kill(os.getpid(), signal.SIGHUP)

        assert signals.wait(0.1) is None
    assert reloaded == [True]
