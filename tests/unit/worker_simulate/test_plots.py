"""Plots take their place whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from worker_simulate.plots import plot_costs


@pytest.mark.parametrize("name", ["plot.png", "plot.svg", "plot.pdf"])
def test_a_plot_that_is_not_drawn_to_its_end_leaves_the_one_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As Ctrl-C or a full disk would have it."""
    path = tmp_path / name
    plot_costs({}, [], "costs", path)
    before = path.read_bytes()
    assert len(before) > 500

    def write_half(_: Figure, file: Path, **_more: object) -> None:
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", write_half)
    with pytest.raises(KeyboardInterrupt):
        plot_costs({}, [], "costs", path)

    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(name, before)]
