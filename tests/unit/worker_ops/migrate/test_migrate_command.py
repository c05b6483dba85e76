"""`workers migrate`: what it prints, writes and ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from worker_ops.cli import app

WHOLE = "name: orders\ntype: Worker Service\nimage: {location: 'shop/orders:7'}\nenvironments: {test: {cpu: 512}}\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["migrate", *arguments])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "copilot" / "orders"
    folder.mkdir(parents=True)
    (folder.parent / ".workspace").write_text("application: shop\n")
    (folder / "manifest.yml").write_text(WHOLE)
    return tmp_path


def add(repository: Path, text: str) -> None:
    manifest = repository / "copilot" / "orders" / "manifest.yml"
    manifest.write_text(manifest.read_text() + text)


def test_what_is_whole_is_written_and_ends_with_0(repository: Path):
    result = run("copilot", str(repository), "--out", str(repository / "out"))

    assert result.exit_code == 0, result.output
    assert "4 mapped" in result.stdout
    assert (repository / "out" / "orders" / "Pulumi.test.yaml").exists()


def test_what_needs_a_person_ends_with_3(repository: Path):
    add(repository, "memroy: 512\n")
    result = run("copilot", str(repository), "--check")

    assert result.exit_code == 3
    assert "1 not understood" in result.stdout
    assert "Something is left for a person" in result.stdout


def test_check_writes_nothing(repository: Path):
    run("copilot", str(repository), "--check", "--out", str(repository / "out"))

    assert not (repository / "out").exists()


def test_json_is_one_document_with_the_place_of_each_field(repository: Path):
    add(repository, "memroy: 512\n")
    result = run("copilot", str(repository), "--check", "--json")
    answer = json.loads(result.stdout)

    assert answer["needs_person"] is True
    assert answer["written"] == []
    assert answer["fields"][-1] == {
        "file": "copilot/orders/manifest.yml",
        "line": 5,
        "column": 9,
        "field": "memroy",
        "outcome": "not_understood",
        "told": "Copilot's Worker Service has no such field",
    }


def test_nothing_that_is_there_is_overwritten(repository: Path):
    there = repository / "out" / "orders" / "Pulumi.test.yaml"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    result = run("copilot", str(repository), "--out", str(repository / "out"))

    assert result.exit_code == 2
    assert f"{there.parent} is there already; name another folder" in result.stderr
    assert there.read_text() == "mine"
    assert len(list(there.parent.iterdir())) == 1


def test_a_broken_file_ends_with_2_and_its_place_and_no_traceback(repository: Path):
    add(repository, "cpu: [\n")
    result = run("copilot", str(repository))

    assert result.exit_code == 2
    assert result.stderr.startswith("copilot/orders/manifest.yml:6:1: is not YAML: ")


def test_a_variable_of_the_shell_is_given_or_asked_for(repository: Path):
    add(repository, "variables: {TAG: '${TAG}'}\n")

    assert run("copilot", str(repository), "--check").exit_code == 3
    assert run("copilot", str(repository), "--check", "--variable", "TAG=7").exit_code == 0
    assert run("copilot", str(repository), "--check", "--variable", "TAG").exit_code == 2


def test_protons_spec_is_converted_by_its_services_name(tmp_path: Path):
    (tmp_path / "spec.yaml").write_text("proton: ServiceSpec\ninstances: [{name: prod, environment: env}]\n")
    command = ("proton", str(tmp_path / "spec.yaml"), "--out", str(tmp_path / "out"))

    assert run(*command, "--service", "../x").exit_code == 2
    assert run(*command, "--service", "orders", "--environment-stack", "env=a b").exit_code == 2
    assert run(*command, "--service", "orders", "--environment-stack", "env=AWSProton-env").exit_code == 0
    assert (tmp_path / "out" / "orders" / "Pulumi.prod.yaml").exists()
