"""What is uploaded: a build context as CodeBuild takes it."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from worker_service.pipeline.image.build_context import BuildContext
from worker_service.pipeline.image.context_archive import summary, write_archive


@pytest.fixture
def folder(program: Path) -> Path:
    """With a Dockerfile of 13 bytes."""
    return program / "service"


def context(folder: Path) -> BuildContext:
    return BuildContext(str(folder), dockerfile="Dockerfile")


def written(folder: Path) -> bytes:
    target = io.BytesIO()
    write_archive(context(folder), target)
    return target.getvalue()


def test_it_holds_files_folders_and_links_as_they_are(folder: Path, tmp_path: Path) -> None:
    (folder / "bin").mkdir(mode=0o755)
    (folder / "bin" / "run").write_text("#!/bin/sh\n")
    (folder / "bin" / "run").chmod(0o750)
    (folder / "naïve").write_text("é")
    (folder / "start").symlink_to("bin/run")

    with zipfile.ZipFile(io.BytesIO(written(folder))) as archive:
        [name] = archive.namelist()
        tar = tarfile.open(fileobj=io.BytesIO(archive.read(name)))  # noqa: SIM115
    unpacked = tmp_path / "unpacked"
    # By the attribute: the argument is newer than Python 3.11.2, Debian's own.
    tar.extraction_filter = lambda member, _path: member
    tar.extractall(unpacked)  # noqa: S202 - the test wrote it

    assert sorted(path.name for path in unpacked.rglob("*")) == ["Dockerfile", "bin", "naïve", "run", "start"]
    assert (unpacked / "bin" / "run").stat().st_mode & 0o7777 == 0o750
    assert (unpacked / "start").readlink() == Path("bin/run")
    assert (unpacked / "naïve").read_text() == "é"
    assert {(member.uid, member.gid) for member in tar.getmembers()} == {(0, 0)}


def test_the_same_content_gives_the_same_bytes(folder: Path) -> None:
    before = written(folder)

    os.utime(folder / "Dockerfile", (1, 1))

    assert written(folder) == before


def test_the_summary_counts_and_names_what_is_left_out(folder: Path) -> None:
    assert summary(context(folder)) == "1 file, 13 bytes; nothing left out"

    for number in range(12):
        (folder / f"{number:02}.log").touch()
    (folder / ".dockerignore").write_text("*.log\n")
    said = summary(context(folder))

    named = ", ".join(f"{number:02}.log" for number in range(10))
    assert said == f"2 files, 19 bytes; left out: {named} and 2 more"
