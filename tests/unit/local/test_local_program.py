"""The stack's config, as the CLI would hand it over."""

from __future__ import annotations

from pathlib import Path

import pytest
from local.stack_config import read_stack

from local.errors import BoxError

_PROJECT = """
name: worker-service
config:
  image: {type: string, default: ""}
  max_count: {type: integer, default: 10}
  tags: {type: object, default: {}}
  egress_ports: {type: array, default: [443]}
  needed: {type: string}
"""


def _stack(root: Path, config: str, project: str = _PROJECT) -> Path:
    (root / "Pulumi.yaml").write_text(project)
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

    config = read_stack(root, "dev")

    assert config.values == {
        "aws:region": "eu-west-1",
        "worker-service:desired_count": "3",
        "worker-service:protect": "false",
        "worker-service:tags": '{"stage": "dev", "since": "2026-01-31", "on": "yes"}',
        "worker-service:subnets": '["a", "b"]',
        "worker-service:image": "example/worker:1",
        "worker-service:max_count": "10",
        "worker-service:egress_ports": "[443]",
    }
    assert (config.project, config.stack, config.region) == ("worker-service", "dev", "eu-west-1")
    assert config.image == "example/worker:1"


def test_the_boxs_own_image_stands_in_for_none(tmp_path: Path) -> None:
    config = read_stack(_stack(tmp_path, "config: {aws:region: eu-west-1}"), "dev")

    assert config.values["worker-service:image"] == "worker-service/worker:box"
    assert config.image is None


def test_every_unusable_key_is_named(tmp_path: Path) -> None:
    root = _stack(
        tmp_path,
        """
config:
  max count: 3
  worker-service:environment: {TOKEN: {secure: AAAB}}
  worker-service:image: {secure: AAAB}
  worker-service:handler:
  worker-service:environment_stack: organization/project/network
""",
    )

    with pytest.raises(BoxError) as error:
        read_stack(root, "dev")

    lines = str(error.value).splitlines()
    assert lines[0] == "the box cannot use Pulumi.dev.yaml:"
    assert [line.split(": ")[0].strip() for line in lines[1:]] == [
        "worker-service:max count",
        "worker-service:environment",
        "worker-service:image",
        "worker-service:handler",
        "worker-service:environment_stack",
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
    with pytest.raises(BoxError) as error:
        read_stack(_stack(tmp_path, config), "dev")

    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)


def test_a_missing_stack_names_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(BoxError, match=r"there is no stack 'prod': Pulumi.prod.yaml does not exist; there is dev"):
        read_stack(_stack(tmp_path, "config: {}"), "prod")


def test_a_directory_without_a_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(BoxError, match=r"Pulumi.yaml does not exist in .*; run the box where the project is"):
        read_stack(tmp_path, "dev")
