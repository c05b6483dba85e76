"""What the box refuses before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.box import check_region
from local.errors import BoxError
from worker_program.program import Program, read_program


def _program(root: Path, region: str) -> Program:
    (root / "Pulumi.yaml").write_text("name: orders\nruntime: python\n")
    (root / "__main__.py").touch()
    (root / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: {region}\n")
    return read_program(root, "dev")


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "ap-southeast-4"])
def test_a_region_is_taken(tmp_path: Path, region: str) -> None:
    check_region(_program(tmp_path, region))


@pytest.mark.parametrize(
    ("region", "shown"),
    [
        ("nowhere", "'nowhere'"),
        ("7", "'7'"),
        ("[eu-west-1]", "'[\"eu-west-1\"]'"),
        ("{name: eu-west-1}", '\'{"name":"eu-west-1"}\''),
        ("true", "'true'"),
        ("EU-WEST-1", "'EU-WEST-1'"),
        ("eu-west-1a", "'eu-west-1a'"),
        ('"eu-west-1 "', "'eu-west-1 '"),
    ],
)
def test_what_is_no_region_is_refused(tmp_path: Path, region: str, shown: str) -> None:
    with pytest.raises(BoxError) as error:
        check_region(_program(tmp_path, region))

    assert str(error.value) == (
        f"the box cannot use Pulumi.dev.yaml:\n  aws:region: {shown} is not a region such as eu-west-1"
    )
