"""Where the images that our Dockerfiles begin with come from."""

from __future__ import annotations

import re

import pytest

from scripts.pin_images import FROM_IMAGE, dockerfiles

#: Docker's own library in AWS's public gallery, by full version: Docker Hub turns builds away that share an address.
GALLERY = re.compile(
    r"FROM public\.ecr\.aws/docker/library/[a-z]+:\d+\.\d+\.\d+[a-z0-9-]*(@sha256:[0-9a-f]{64})?( AS [a-z]+)?"
)


@pytest.mark.parametrize("dockerfile", dockerfiles(), ids=lambda path: path.parent.name)
def test_every_image_comes_from_the_public_gallery_by_its_full_version(dockerfile):
    lines = [line for line in dockerfile.read_text().splitlines() if line.upper().startswith("FROM ")]

    assert lines
    assert [line for line in lines if not GALLERY.fullmatch(line)] == []
    assert [line for line in lines if not FROM_IMAGE.match(line)] == []


def test_the_dockerfiles_are_found():
    assert {path.parent.name for path in dockerfiles()} >= {"worker", "service"}
