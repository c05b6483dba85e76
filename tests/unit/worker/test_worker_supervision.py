"""How long a supervisor waits for its processes."""

from __future__ import annotations

from worker_runtime import __main__, drain, processes


def test_no_process_is_killed_before_it_can_have_drained() -> None:
    polls = 2 * (drain._POLL_GRACE_SECONDS + drain._POLL_END_SECONDS)
    longest = polls + drain._FLUSH_SECONDS + __main__._LOG_FLUSH_SECONDS
    assert longest < processes._LATE_SECONDS
