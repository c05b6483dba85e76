"""The archive of a build context, as CodeBuild takes its source from S3.

A ZIP archive, for CodeBuild takes no other, with one tar archive in it, which the build unpacks.
"""

import stat
import tarfile
import zipfile
from collections.abc import Sequence
from typing import IO

from worker_service.pipeline.codebuild.image_buildspec import CONTEXT_TAR
from worker_service.pipeline.image.build_context import BuildContext, Entry

#: In whole days the earliest that a ZIP archive can state, whatever the time zone: wheels are ZIP archives too.
_TIME_SECONDS = 315_619_200
_NO_TIME = (1980, 1, 1, 0, 0, 0)
#: What tar adds to each entry at most, for names of a common length.
_HEADER_BYTES = 2_048
_NAMED_MOST = 10


def write_archive(context: BuildContext, target: IO[bytes]) -> None:
    """Write it; the same context gives the same bytes."""
    member = zipfile.ZipInfo(CONTEXT_TAR, _NO_TIME)
    member.compress_type = zipfile.ZIP_DEFLATED
    # Says whether the archive needs the form for more than 2 GiB.
    member.file_size = context.size_bytes + _HEADER_BYTES * len(context.entries)
    with (
        zipfile.ZipFile(target, "w") as archive,
        archive.open(member, "w") as file,
        tarfile.open(fileobj=file, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        for entry in context.entries:
            _add(tar, entry)


def summary(context: BuildContext) -> str:
    """How many files, how large, and what was left out."""
    files = sum(entry.is_file for entry in context.entries)
    left_out = f"left out: {_listed(context.left_out)}" if context.left_out else "nothing left out"
    return f"{files:,} {'file' if files == 1 else 'files'}, {context.size_bytes:,} bytes; {left_out}"


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    header = tarfile.TarInfo(entry.name)
    header.mode = stat.S_IMODE(entry.mode)
    header.mtime = _TIME_SECONDS
    if entry.is_file:
        header.size = entry.size_bytes
        with entry.path.open("rb") as content:
            tar.addfile(header, content)
        return
    header.type = tarfile.DIRTYPE if entry.is_folder else tarfile.SYMTYPE
    header.linkname = entry.link_target or ""
    tar.addfile(header)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_MOST
    return ", ".join(names[:_NAMED_MOST]) + (f" and {more:,} more" if more > 0 else "")
