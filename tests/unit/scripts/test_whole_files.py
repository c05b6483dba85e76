"""Files that are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.whole_files import write_whole


def test_texts_take_the_place_of_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")

    write_whole({tmp_path / "a": "new", tmp_path / "b": "küche"})

    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"a": "new", "b": "küche"}


def test_where_one_cannot_be_written_all_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")

    with pytest.raises(FileNotFoundError):
        write_whole({tmp_path / "a": "new", tmp_path / "missing" / "b": "new"})

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_half_a_text_takes_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C in the middle of it leaves one."""
    write = Path.write_text

    def write_half(path: Path, text: str, encoding: str) -> int:
        write(path, text[:2], encoding)
        raise KeyboardInterrupt

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(Path, "write_text", write_half)

    with pytest.raises(KeyboardInterrupt):
        write_whole({tmp_path / "a": "newer"})

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]
