"""Which signals end the box, and which of them have it hurry."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Tells what it hears of the signals that it sends itself.
_HEARS = """
import os, signal, sys
from local.cli import _listen_to_signals
# As at a terminal, wherever the tests run: in the background, SIGINT is ignored, and under nohup SIGHUP.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
_listen_to_signals()
for name in sys.argv[1:]:
    try:
        os.kill(os.getpid(), getattr(signal, name))
    except KeyboardInterrupt:
        print("heard")
    else:
        print("not heard")
"""


@pytest.mark.parametrize(
    ("signals", "heard"),
    [
        # Of one closed terminal, its shell and the kernel each send one.
        (["SIGHUP", "SIGHUP"], ["heard", "not heard"]),
        (["SIGINT", "SIGINT", "SIGTERM"], ["heard", "heard", "not heard"]),
        (["SIGTERM", "SIGHUP", "SIGINT"], ["heard", "heard", "not heard"]),
    ],
)
def test_the_first_signal_ends_the_box_and_a_second_has_it_hurry(signals: list[str], heard: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", _HEARS, *signals], stdout=subprocess.PIPE, text=True, check=True)

    assert done.stdout.splitlines() == heard
