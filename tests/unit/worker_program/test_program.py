"""The stack's config, as the CLI would hand it over."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker_program.errors import ProgramError
from worker_program.program import read_program

_PROJECT = """
name: worker-service
runtime:
  name: python
config:
  image: {type: string, default: ""}
  max_count: {type: integer, default: 10}
  tags: {type: object, default: {}}
  egress_ports: {type: array, default: [443]}
"""


def _stack(root: Path, config: str, project: str = _PROJECT) -> Path:
    (root / "Pulumi.yaml").write_text(project)
    (root / "__main__.py").touch()
    (root / "Pulumi.dev.yaml").write_text(config)
    return root


def test_values_are_text_and_defaults_are_added(tmp_path: Path) -> None:
    root = _stack(
        tmp_path,
        """
config:
  aws:region: eu-west-1
  desired_count: 3
  worker-service:protect: false
  worker-service:tags: {stage: dev, since: 2026-01-31, on: yes}
  worker-service:subnets: [a, b]
  worker-service:image: example/worker:1
""",
    )

    program = read_program(root, "dev")

    assert program.config == {
        "aws:region": "eu-west-1",
        "worker-service:desired_count": "3",
        "worker-service:protect": "false",
        "worker-service:tags": '{"on":"yes","since":"2026-01-31 00:00:00 +0000 UTC","stage":"dev"}',
        "worker-service:subnets": '["a","b"]',
        "worker-service:image": "example/worker:1",
        "worker-service:max_count": "10",
        "worker-service:egress_ports": "[443]",
    }
    assert (program.project, program.stack, program.region) == ("worker-service", "dev", "eu-west-1")
    assert (program.root, program.main) == (root, root / "__main__.py")


def test_every_unusable_key_is_named(tmp_path: Path) -> None:
    root = _stack(
        tmp_path,
        """
config:
  a:b:c: 3
  max_count: many
  worker-service:environment: {TOKEN: {secure: AAAB}}
  worker-service:image: {secure: AAAB}
  worker-service:price: .nan
""",
    )

    with pytest.raises(ProgramError) as error:
        read_program(root, "dev")

    lines = str(error.value).splitlines()
    assert lines[0] == "Pulumi.dev.yaml cannot be used:"
    assert [line.split(": ")[0].strip() for line in lines[1:]] == [
        "a:b:c",
        "worker-service:image",
        "worker-service:max_count",
        "worker-service:environment",
        "worker-service:price",
        "aws:region",
    ]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("config: {a: [", "Pulumi.dev.yaml is not valid YAML: "),
        ("- a\n- b\n", "Pulumi.dev.yaml must be a map, with a key config"),
        ("config: [a]", "Pulumi.dev.yaml: config must be a map of keys to values"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, config: str, problem: str) -> None:
    with pytest.raises(ProgramError) as error:
        read_program(_stack(tmp_path, config), "dev")

    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.dev.yaml"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    root = _stack(tmp_path, "config: {aws:region: eu-west-1}")
    (root / name).unlink()
    (root / name).mkdir()

    with pytest.raises(ProgramError, match=rf"/{name}: cannot be read: Is a directory$"):
        read_program(root, "dev")


def test_names_that_no_file_has_are_refused(tmp_path: Path) -> None:
    root = _stack(tmp_path, "config: {aws:region: eu-west-1}", _PROJECT + f"main: {'m' * 300}\n")

    for folder, stack in ((root, "dev"), (root, "s" * 300), (Path("p" * 5_000), "dev")):
        with pytest.raises(ProgramError, match=r": cannot be read: File name too long$"):
            read_program(folder, stack)


def test_a_key_that_is_written_in_two_ways_is_refused(tmp_path: Path) -> None:
    config = "config: {aws:region: eu-west-1, image: a, worker-service:image: b, worker-service:config:image: c}"

    with pytest.raises(ProgramError) as error:
        read_program(_stack(tmp_path, config), "dev")

    assert str(error.value).splitlines()[1:] == [
        "  worker-service:image: stands twice, as image and worker-service:image and worker-service:config:image"
    ]


def test_a_missing_stack_names_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"there is no stack 'prod': Pulumi.prod.yaml does not exist; there is dev"):
        read_program(_stack(tmp_path, "config: {}"), "prod")


def test_a_folder_without_a_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=r"there is no folder .*/none: name the folder of a Pulumi program"):
        read_program(tmp_path / "none", "dev")
    with pytest.raises(ProgramError, match=r"Pulumi.yaml does not exist in .*; name the folder of a Pulumi program"):
        read_program(tmp_path, "dev")


@pytest.mark.parametrize(
    ("project", "problem"),
    [
        ("name: x\nruntime: yaml\n", "Pulumi.yaml: runtime is yaml, and python alone is run here"),
        ("name: x\n", "Pulumi.yaml: runtime is missing, and python alone is run here"),
        ("runtime: python\n", "Pulumi.yaml: name is missing"),
        *(
            (f"name: x\nruntime: python\nconfig: {bad}\n", "Pulumi.yaml: config must be a map of keys to what they are")
            for bad in ("[image]", "image", "7")
        ),
        *(
            (
                f"name: x\nruntime: python\nconfig: {{ports: {{type: array, items: {bad}, default: [a]}}}}\n",
                "Pulumi.yaml: ports: items must be a map, such as type: string",
            )
            for bad in ("[string]", "string")
        ),
        (
            "name: x\nruntime: python\nmain: infra\n",
            "/infra does not exist: it is the program that Pulumi.yaml names",
        ),
    ],
)
def test_what_the_box_cannot_run_is_refused(tmp_path: Path, project: str, problem: str) -> None:
    with pytest.raises(ProgramError) as error:
        read_program(_stack(tmp_path, "config: {aws:region: eu-west-1}", project), "dev")

    assert str(error.value).endswith(problem)


def test_a_program_may_be_in_a_folder_of_its_own(tmp_path: Path) -> None:
    root = _stack(tmp_path, "config: {aws:region: eu-west-1}", "name: x\nruntime: python\nmain: infra\n")
    (root / "infra").mkdir()
    (root / "infra" / "__main__.py").touch()

    assert read_program(root, "dev").main == root / "infra" / "__main__.py"
