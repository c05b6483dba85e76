"""The box reads a stack file as the Pulumi CLI does: by the table that tests/engine asks the CLI for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.stack_values import DECLARED, KEYS, REFUSED, VALUES
from worker_program.errors import ProgramError
from worker_program.program import read_program


def read(folder: Path, config: str, declared: str = "") -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: p\nruntime: python\n{declared}")
    (folder / "__main__.py").touch()
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: eu-west-1\n  {config}\n")
    return read_program(folder, "dev").config


def test_values_are_the_cli_s(tmp_path: Path) -> None:
    lines = [f"p:k{i}: {written}" for i, (written, _, _) in enumerate(VALUES)]
    listed = [f"p:l{i}:\n    - {written}" for i, (written, _, in_list) in enumerate(VALUES) if in_list]

    config = read(tmp_path, "\n  ".join([*lines, *listed]))

    assert [(written, config[f"p:k{i}"]) for i, (written, _, _) in enumerate(VALUES)] == [
        (written, text) for written, text, _ in VALUES
    ]
    assert [(written, config[f"p:l{i}"]) for i, (written, _, in_list) in enumerate(VALUES) if in_list] == [
        (written, in_list) for written, _, in_list in VALUES if in_list
    ]


@pytest.mark.parametrize("config", REFUSED)
def test_a_file_that_the_cli_refuses_is_refused_in_a_sentence(tmp_path: Path, config: str) -> None:
    with pytest.raises(ProgramError):
        read(tmp_path, config)


@pytest.mark.parametrize(("written", "key"), KEYS)
def test_keys_are_the_cli_s(tmp_path: Path, written: str, key: str) -> None:
    assert read(tmp_path, f'"{written}": x')[key] == "x"


@pytest.mark.parametrize(("declared", "fitting", "misfitting"), DECLARED)
def test_declared_types_are_held_as_by_the_cli(
    tmp_path: Path, declared: str, fitting: list[str], misfitting: list[str]
) -> None:
    for value in fitting:
        read(tmp_path, f"p:k: {value}", f"config:\n  k: {declared}\n")
    for value in misfitting:
        with pytest.raises(ProgramError, match=r"p:k: .* is not of type "):
            read(tmp_path, f"p:k: {value}", f"config:\n  k: {declared}\n")


def test_anchors_and_merged_maps_are_read(tmp_path: Path) -> None:
    config = read(tmp_path, "p:a: &a {x: 1, y: 1}\n  p:b: *a\n  p:c: {<<: *a, y: 2}\n  p:d: {<<: *a, z: {<<: *a}}")

    assert config["p:b"] == '{"x":1,"y":1}'
    assert config["p:c"] == '{"x":1,"y":2}'
    assert config["p:d"] == '{"x":1,"y":1,"z":{"x":1,"y":1}}'


def test_what_holds_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgramError):
        read(tmp_path, "p:a: &a [*a]")


def test_a_declared_key_without_a_value_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"p:n: required, for Pulumi\.yaml declares it without a default"):
        read(tmp_path, "p:k: 1", "config:\n  n: {type: string}\n")
