"""Where a service's code is."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.errors import BoxError
from local.workers.service_folder import GivenFolders, read_given_folders, service_folder


def test_a_folder_is_named_for_all_or_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code").mkdir()
    monkeypatch.chdir(tmp_path)

    assert read_given_folders([]) == GivenFolders()
    assert read_given_folders(["code"]) == GivenFolders(unnamed=tmp_path / "code")
    assert read_given_folders(["a=code", f"b={tmp_path}"]) == GivenFolders({"a": tmp_path / "code", "b": tmp_path})


def test_a_path_may_have_an_equals_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "stage=dev" / "code=1"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert read_given_folders([str(folder)]) == GivenFolders(unnamed=folder)
    assert read_given_folders(["./stage=dev/code=1"]) == GivenFolders(unnamed=folder)
    assert read_given_folders(["a=stage=dev/code=1", f"b={folder}"]) == GivenFolders({"a": folder, "b": folder})
    assert read_given_folders(["a=stage=dev", "."]) == GivenFolders({"a": tmp_path / "stage=dev"}, tmp_path)


@pytest.mark.parametrize("option", ["", "orders=", "=", "=code"])
def test_half_an_option_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    (tmp_path / "code").mkdir()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BoxError) as error:
        read_given_folders([option])

    assert str(error.value) == f"--service {option!r}: is not PATH or NAME=PATH; the current folder is ."


def test_the_given_folder_comes_before_the_one_that_is_built() -> None:
    built = {"orders@sha256:1": Path("/built")}

    assert service_folder("orders", "orders@sha256:1", built, GivenFolders()) == Path("/built")
    assert service_folder("orders", "orders@sha256:1", built, GivenFolders(unnamed=Path("/own"))) == Path("/own")
    assert service_folder("orders", "orders:2", built, GivenFolders({"orders": Path("/own")})) == Path("/own")


def test_an_image_that_nobody_builds_needs_a_folder() -> None:
    with pytest.raises(BoxError) as error:
        service_folder("orders", "orders:2", {}, GivenFolders({"refunds": Path("/own")}))

    assert str(error.value) == (
        "orders: runs the image orders:2, which is not built by the program; "
        "name the folder of its code with --service orders=PATH"
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["none"], "--service none: there is no folder "),
        (["a=none"], "--service a=none: there is no folder "),
        ([".", "."], "--service .: a service has one folder, and this one has been given another"),
        (["a=.", "a=.."], "--service a=..: a service has one folder, and this one has been given another"),
    ],
)
def test_what_is_no_folder_or_too_many_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], problem: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BoxError) as error:
        read_given_folders(options)

    assert str(error.value).startswith(problem)


@pytest.mark.parametrize(
    ("given", "names", "problem"),
    [
        (
            GivenFolders({"refunds": Path("/own")}),
            ["orders"],
            "--service refunds: the program has no such worker service; it has orders",
        ),
        (
            GivenFolders(unnamed=Path("/own")),
            ["orders", "refunds"],
            (
                "--service /own: the program has the worker services orders, refunds; "
                "name the folder's own with --service NAME=PATH"
            ),
        ),
        (
            GivenFolders(unnamed=Path("/own")),
            [],
            (
                "--service /own: the program has the worker services none; "
                "name the folder's own with --service NAME=PATH"
            ),
        ),
    ],
)
def test_what_does_not_fit_the_program_is_refused(given: GivenFolders, names: list[str], problem: str) -> None:
    with pytest.raises(BoxError) as error:
        given.check(names)

    assert str(error.value) == problem
