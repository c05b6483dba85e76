"""The operator's story, against the box's emulator and against moto's own server, which stands for an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.operator_story import Server, queue_on
from chaos.story import Story

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("server", Server)
def test_no_order_is_lost_while_commands_are_killed(server: Server, tmp_path: Path) -> None:
    with queue_on(server) as queue:
        # Counts, by reason too, are held exactly after each step.
        Story(queue, tmp_path, seed=1, kills_a_step=2).tell()
