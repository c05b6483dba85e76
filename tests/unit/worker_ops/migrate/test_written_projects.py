"""Projects are written whole or not at all: what is there, a full disk, a kill and somebody else at the same time."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker_ops.errors import OpsError
from worker_ops.migrate.written_projects import write_projects

FILES = {
    "orders/Pulumi.yaml": "name: orders\n",
    "orders/MIGRATION.md": "# orders\n",
    "mails/Pulumi.yaml": "name: mails\n",
}
#: Kills itself before the call of this number, counted from 0, of a method of Path's.
KILLED = """\
import os, signal, sys
from pathlib import Path
from worker_ops.migrate.written_projects import write_projects
method, left = sys.argv[2], int(sys.argv[3])
call = getattr(Path, method)
def killed(*args, **options):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return call(*args, **options)
setattr(Path, method, killed)
write_projects({files!r}, Path(sys.argv[1]))
"""


def there(out: Path) -> dict[str, str]:
    return {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}


def test_all_are_written_and_nothing_else_is_left(tmp_path: Path):
    out = tmp_path / "a" / "b"

    assert write_projects(FILES, out) == [out / name for name in FILES]
    assert there(out) == FILES
    assert sorted(path.name for path in out.iterdir()) == ["mails", "orders"]


def test_an_empty_folder_is_filled(tmp_path: Path):
    (tmp_path / "orders").mkdir()
    write_projects(FILES, tmp_path)

    assert there(tmp_path) == FILES


@pytest.mark.parametrize("kind", ["folder", "file", "link to nothing", "link to a folder"])
def test_what_is_there_stays_and_nothing_is_written(kind: str, tmp_path: Path):
    out, mine = tmp_path / "out", tmp_path / "out" / "mails"
    out.mkdir()
    if kind == "folder":
        mine.mkdir()
        (mine / "mine.txt").write_text("mine")
    elif kind == "file":
        mine.write_text("mine")
    else:
        mine.symlink_to(tmp_path if kind == "link to a folder" else tmp_path / "nothing")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(OpsError, match="mails is there already; name another folder, or move it away"):
        write_projects(FILES, out)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("number", range(len(FILES)))
def test_a_full_disk_leaves_nothing(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    written: list[Path] = []
    write_text = Path.write_text

    def until_full(path: Path, text: str, encoding: str) -> int:
        written.append(path)
        if len(written) > number:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_text(path, text, encoding=encoding)

    monkeypatch.setattr(Path, "write_text", until_full)
    with pytest.raises(OpsError, match="cannot be written to, and nothing was: No space left on device"):
        write_projects(FILES, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(OpsError, match=r"--out: .*file.* cannot be written to: "):
        write_projects(FILES, tmp_path / "file" / "out")


def kill(out: Path, method: str, number: int) -> None:
    program = KILLED.replace("{files!r}", repr(FILES))
    done = subprocess.run([sys.executable, "-c", program, str(out), method, str(number)], check=False)
    assert done.returncode == -signal.SIGKILL


def finished(out: Path) -> dict[str, str]:
    return {name: text for name, text in there(out).items() if not name.startswith(".migrate-")}


@pytest.mark.parametrize(
    ("method", "number"), [*(("write_text", number) for number in range(len(FILES))), ("mkdir", 0), ("rename", 0)]
)
def test_what_is_killed_is_done_again_as_if_nothing_had_been(method: str, number: int, tmp_path: Path):
    kill(tmp_path, method, number)
    assert finished(tmp_path) == {}

    write_projects(FILES, tmp_path)
    assert finished(tmp_path) == FILES


def test_what_is_killed_between_two_projects_is_whole_and_named(tmp_path: Path):
    kill(tmp_path, "rename", 1)
    assert finished(tmp_path) == {name: text for name, text in FILES.items() if name.startswith("orders/")}

    with pytest.raises(OpsError, match="orders is there already; name another folder, or move it away"):
        write_projects(FILES, tmp_path)
    (tmp_path / "orders").rename(tmp_path / "orders-before")
    write_projects(FILES, tmp_path)
    assert {name: text for name, text in finished(tmp_path).items() if "before" not in name} == FILES


def test_of_two_at_once_one_is_refused_and_the_others_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The other one is done between this one's look and its moves."""
    other = {"mails/Pulumi.yaml": "the other's\n"}
    rename = Path.rename

    def late(path: Path, target: Path) -> Path:
        if not (tmp_path / "mails").exists():
            (tmp_path / "mails").mkdir()
            (tmp_path / "mails" / "Pulumi.yaml").write_text(other["mails/Pulumi.yaml"])
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(OpsError, match="cannot be written to, and nothing was: " + os.strerror(errno.ENOTEMPTY)):
        write_projects(FILES, tmp_path)
    assert there(tmp_path) == other
