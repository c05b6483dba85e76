"""What a command writes stands between its marks, and nothing else of the page changes."""

from pathlib import Path

import pytest

from scripts.marked_block import check_block, write_block


def test_a_block_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    begin, end = "<!-- figures: written by `make figures` -->", "<!-- /figures -->"
    page.write_text(f"before\n{begin}\nold\n{end}\nafter\n")

    write_block(page, "figures", "new\n")
    write_block(page, "figures", "newer\n")

    assert page.read_text() == f"before\n{begin}\nnewer\n{end}\nafter\n"


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing to see\n")

    with pytest.raises(ValueError, match=r"page\.md: '<!-- figures: written by .* -->' does not stand in it"):
        write_block(page, "figures", "new\n")
    with pytest.raises(ValueError, match=r"page\.md: '<!-- figures: written by .* -->' does not stand in it"):
        check_block(page, "figures")

    assert page.read_text() == "nothing to see\n"


def test_a_page_without_the_last_mark_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- figures: written by `make figures` -->\nold\n")

    with pytest.raises(ValueError, match=r"page\.md: '<!-- /figures -->' does not stand in it"):
        write_block(page, "figures", "new\n")

    assert page.read_text() == "<!-- figures: written by `make figures` -->\nold\n"
