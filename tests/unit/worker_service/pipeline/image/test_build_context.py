"""The folder that an image is built from."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.image.build_context import BuildContext


@pytest.fixture
def folder(program: Path) -> Path:
    folder = program / "service"
    write(folder, "Dockerfile", "FROM scratch\nCOPY . .\n")
    write(folder, "app/main.py", "print()\n")
    return folder


def write(folder: Path, name: str, text: str = "x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
    return path


def context(folder: Path, dockerfile: str = "Dockerfile") -> BuildContext:
    return BuildContext(str(folder), dockerfile=dockerfile)


def names(folder: Path, dockerfile: str = "Dockerfile") -> list[str]:
    return [entry.name for entry in context(folder, dockerfile).entries]


def tag(folder: Path, dockerfile: str = "Dockerfile") -> str:
    return context(folder, dockerfile).tag(Architecture.X86_64)


def test_files_empty_folders_and_links_are_entries(folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "current").symlink_to("app")
    (folder / "dangling").symlink_to("app/absent.py")

    assert names(folder) == ["Dockerfile", "app", "app/main.py", "current", "dangling", "empty"]
    assert context(folder).problems == []


def test_node_modules_are_a_part_unless_they_are_ignored(folder: Path) -> None:
    write(folder, "node_modules/a/index.js")
    assert "node_modules/a/index.js" in names(folder)

    write(folder, ".dockerignore", "node_modules\n")
    assert "node_modules/a/index.js" not in names(folder)
    assert context(folder).left_out == ["node_modules/"]


def test_what_is_ignored_is_left_out_and_said(folder: Path) -> None:
    write(folder, ".dockerignore", ".env\ntests\n")
    write(folder, ".env")
    write(folder, "tests/test_main.py")
    write(folder, "app/__pycache__/main.pyc")

    assert names(folder) == [".dockerignore", "Dockerfile", "app", "app/main.py"]
    assert context(folder).left_out == [".env", "app/__pycache__/", "tests/"]


def test_exceptions_below_an_ignored_folder_are_a_part(folder: Path) -> None:
    write(folder, ".dockerignore", "*\n!app/main.py\n")
    write(folder, "app/other.py")

    assert names(folder) == [".dockerignore", "Dockerfile", "app/main.py"]
    assert context(folder).left_out == ["app/other.py"]


def test_the_dockerfile_and_the_ignore_file_are_always_there(folder: Path) -> None:
    write(folder, ".dockerignore", "*\n")
    write(folder, "build/app.Dockerfile")
    write(folder, "build/app.Dockerfile.dockerignore", "**\n")

    assert names(folder) == [".dockerignore", "Dockerfile"]
    assert names(folder, "build/app.Dockerfile") == ["build/app.Dockerfile", "build/app.Dockerfile.dockerignore"]


def test_a_dockerfile_with_an_ignore_file_of_its_own_does_without_the_folders(folder: Path) -> None:
    write(folder, ".dockerignore", "app\n")
    write(folder, "Dockerfile.dockerignore", "docs\n")
    write(folder, "docs/a.md")

    assert names(folder) == [".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "app", "app/main.py"]


def change_text(folder: Path) -> None:
    write(folder, "app/main.py", "print(1)\n")


def rename(folder: Path) -> None:
    (folder / "app" / "main.py").rename(folder / "app" / "app.py")


def make_executable(folder: Path) -> None:
    (folder / "app" / "main.py").chmod(0o755)


def close_to_others(folder: Path) -> None:
    (folder / "app" / "main.py").chmod(0o600)


def add_an_empty_folder(folder: Path) -> None:
    (folder / "spool").mkdir()


def link_elsewhere(folder: Path) -> None:
    (folder / "current").unlink()
    (folder / "current").symlink_to("v2")


def make_the_link_a_file(folder: Path) -> None:
    (folder / "current").unlink()
    write(folder, "current", "v1")


def change_the_dockerfile(folder: Path) -> None:
    write(folder, "Dockerfile", "FROM scratch\n")


def ignore_more(folder: Path) -> None:
    write(folder, ".dockerignore", "*.log\n.dockerignore\nDockerfile\napp/main.py\n")


@pytest.mark.parametrize(
    "change",
    [
        change_text,
        rename,
        make_executable,
        close_to_others,
        add_an_empty_folder,
        link_elsewhere,
        make_the_link_a_file,
        change_the_dockerfile,
        ignore_more,
    ],
)
def test_what_could_change_the_image_changes_its_tag(folder: Path, change: object) -> None:
    write(folder, ".dockerignore", "*.log\n.dockerignore\nDockerfile\n")
    (folder / "current").symlink_to("v1")
    before = tag(folder)

    change(folder)  # type: ignore[operator]

    assert tag(folder) != before


def touch(folder: Path) -> None:
    os.utime(folder / "app" / "main.py", (1, 1))


def change_what_is_ignored(folder: Path) -> None:
    write(folder, "debug.log", "more")


def leave_caches(folder: Path) -> None:
    write(folder, "app/__pycache__/main.pyc")
    write(folder, ".git/HEAD")


def comment_on_the_ignored_ignore_file(folder: Path) -> None:
    write(folder, ".dockerignore", "# logs\n*.log\n.dockerignore\n")


@pytest.mark.parametrize("change", [touch, change_what_is_ignored, leave_caches, comment_on_the_ignored_ignore_file])
def test_what_cannot_change_the_image_keeps_its_tag(folder: Path, change: object) -> None:
    write(folder, ".dockerignore", "*.log\n.dockerignore\n")
    write(folder, "debug.log")
    before = tag(folder)

    change(folder)  # type: ignore[operator]

    assert tag(folder) == before


def test_the_architecture_and_the_dockerfiles_name_are_parts_of_the_tag(folder: Path) -> None:
    write(folder, "Containerfile", "FROM scratch\nCOPY . .\n")

    assert tag(folder) != tag(folder, "Containerfile")
    assert tag(folder) != context(folder).tag(Architecture.ARM64)


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "app/../../secret", "up/../secret", "../service/app"])
def test_a_link_out_of_the_folder_is_refused_by_name(folder: Path, target: str) -> None:
    write(folder.parent, "secret")
    (folder / "up").symlink_to(".")
    (folder / "link").symlink_to(target)

    assert context(folder).problems == [
        (
            f"'link' is a link to {target!r}, out of the folder: the build cannot follow it;"
            " put a copy there, or list the link in .dockerignore"
        )
    ]
    write(folder, ".dockerignore", "link\n")
    assert context(folder).problems == []


def test_a_link_that_leads_to_itself_or_back_is_kept(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    (folder / "app" / "back").symlink_to("..")

    assert names(folder) == ["Dockerfile", "app", "app/back", "app/main.py", "loop"]
    assert context(folder).problems == []


def test_a_link_through_links_is_followed_as_linux_follows_it(folder: Path) -> None:
    write(folder, "a/b/c.txt")
    (folder / "deep").symlink_to("a/b")
    (folder / "inside").symlink_to("deep/../../Dockerfile")
    (folder / "outside").symlink_to("deep/../../../secret")
    (folder / "long").symlink_to("x" * 300)

    assert [problem.split(" is ")[0] for problem in context(folder).problems] == ["'outside'"]


def test_folders_may_be_as_deep_as_linux_has_them(folder: Path) -> None:
    # Python's own ways to make and remove folders end at its depth of recursion.
    subprocess.run(["/bin/mkdir", "-p", folder / "/".join("d" * 1_500)], check=True)
    try:
        assert len(names(folder)) == 1_503
        assert context(folder).problems == []
    finally:
        subprocess.run(["/bin/rm", "-r", folder / "d"], check=True)


def test_an_ignore_file_that_is_a_folder_is_named(folder: Path) -> None:
    (folder / ".dockerignore").mkdir()
    assert context(folder).problems == ["'.dockerignore' cannot be read: Is a directory"]

    (folder / "Dockerfile.dockerignore").mkdir()
    assert context(folder).problems == ["'Dockerfile.dockerignore' cannot be read: Is a directory"]


def test_what_is_left_out_can_be_logged_whatever_its_name(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).touch()
    write(folder, ".dockerignore", "*.txt\n")

    assert context(folder).problems == []
    assert [name.encode() for name in context(folder).left_out] == [rb"caf\udce9.txt"]


def test_everything_that_cannot_be_built_is_told_at_once(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).touch()
    os.mkfifo(folder / "pipe")
    write(folder, ".dockerignore", "a[\n")

    assert context(folder).problems == [
        ".dockerignore, line 1: 'a[' is not a pattern",
        r"b'caf\xe9.txt' is not a name in UTF-8, or leads to none; rename it",
        "'pipe' is neither a file, a folder nor a link; list it in .dockerignore",
    ]


@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore", "Dockerfile"])
def test_a_pipe_in_place_of_a_file_that_is_read_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)

    told = f"{name!r} is neither a file, a folder nor a link; put a file in its place"
    assert context(folder).problems == [told]


def test_an_ignore_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / ".dockerignore").write_bytes(b"caf\xe9\n")

    assert context(folder).problems == [".dockerignore is not UTF-8 text"]
