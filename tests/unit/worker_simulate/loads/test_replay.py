"""What CloudWatch exports, read as a load; and what is no export."""

from pathlib import Path

import pytest

from worker_simulate.errors import SimulateError
from worker_simulate.loads.replay import replay


def written(folder: Path, text: str) -> Path:
    path = folder / "sent.csv"
    path.write_text(text)
    return path


def test_minutes_are_spread_over_their_seconds_and_missing_ones_had_none(tmp_path: Path):
    load = replay(
        written(tmp_path, "Label,NumberOfMessagesSent\nid,m1\n2026-06-01T09:01:00Z,120\n2026-06-01T09:03:00Z,60\n")
    )

    assert load.seconds == 180
    assert [load.expected[second] for second in (0, 59, 60, 119, 120, 179)] == [2, 2, 0, 0, 1, 1]
    assert f"{load.begins:%Y-%m-%d %H:%M}" == "2026-06-01 09:01"


def test_the_consoles_own_way_to_write_a_moment_is_read(tmp_path: Path):
    load = replay(written(tmp_path, "2026/06/01 09:01:00,6\n2026/06/01 09:02:00,\n"))

    assert (load.seconds, load.expected.sum()) == (120, 6)


def test_every_bad_line_is_named(tmp_path: Path):
    path = written(tmp_path, "2026-06-01T09:01:00Z,x\n2026-06-01T09:02:00Z,5\nyesterday,5\n2026-06-01T09:03:00Z,-1\n")
    with pytest.raises(SimulateError) as refused:
        replay(path)

    assert [line.removeprefix(f"{path}, ") for line in refused.value.problems] == [
        "line 1: 'x' is not a number of messages",
        "line 3: 'yesterday' is not a moment",
        "line 4: '-1' is not a number of messages",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no line with a moment and a count"),
        ("2026-01-01T00:00:00Z,1\n2026-06-01T00:00:00Z,1\n", "minutes are above 44,640"),
        ("2026-01-01T00:00:00Z,99999999\n", "99,999,999 messages are above 10,000,000"),
    ],
)
def test_what_is_no_export_or_too_much_is_said(tmp_path: Path, text: str, problem: str):
    with pytest.raises(SimulateError) as refused:
        replay(written(tmp_path, text))

    assert problem in str(refused.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(SimulateError, match="cannot be read"):
        replay(tmp_path / "none.csv")
