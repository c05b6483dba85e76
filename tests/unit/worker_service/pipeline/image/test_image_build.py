"""The image of a folder, under mocks."""

from __future__ import annotations

from tests.support.pipelines import (
    DIRECTORY,
    pipeline,
)
from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.image.build_context import BuildContext


def test_the_image_of_a_folder_is_named_by_digest_and_built_from_its_content():
    deployment = pipeline(DIRECTORY, build_timeout_minutes=20)
    build = deployment.one("pulumi-python:dynamic/workers:ImageBuild").inputs
    tag = BuildContext("service", dockerfile="Dockerfile").tag(Architecture.X86_64)
    outputs = deployment.outputs_of(deployment.result)

    assert build["image_tag"] == tag
    assert build["timeout_minutes"] == 20 + 60
    assert outputs["image"].startswith(f"{outputs['repository_url']}@sha256:")
    assert outputs["pipeline_arn"] is None
