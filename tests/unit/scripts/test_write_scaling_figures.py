"""`make figures`, where it cannot write what it would take minutes for."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import write_scaling_figures


@pytest.mark.parametrize("content", ["no marks\n", None])
def test_a_page_that_is_no_place_for_figures_is_told_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    page = tmp_path / "page.md"
    if content is not None:
        page.write_text(content)
    monkeypatch.setattr(write_scaling_figures, "BLOCKS", ((page, "figures"),))
    monkeypatch.setattr(write_scaling_figures, "summaries", lambda *_: pytest.fail("simulated"))

    assert write_scaling_figures.main() == 2

    told = capsys.readouterr().err
    assert told.startswith("nothing was written: ")
    assert str(page) in told
    assert told.count("\n") == 1


def test_the_pages_have_their_places() -> None:
    for page, name in write_scaling_figures.BLOCKS:
        write_scaling_figures.check_block(page, name)
