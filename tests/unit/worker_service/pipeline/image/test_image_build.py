"""The image of a folder, under mocks."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from moto import mock_aws

from tests.support.pipelines import (
    DIRECTORY,
    pipeline,
)
from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.image import image_build
from worker_service.pipeline.image.build_context import BuildContext
from worker_service.pipeline.image.build_run import BuildRequest


def test_the_image_of_a_folder_is_named_by_digest_and_built_from_its_content():
    deployment = pipeline(DIRECTORY, build_timeout_minutes=20)
    build = deployment.one("pulumi-python:dynamic/workers:ImageBuild").inputs
    tag = BuildContext("service", dockerfile="Dockerfile").tag(Architecture.X86_64)
    outputs = deployment.outputs_of(deployment.result)

    assert build["image_tag"] == tag
    assert build["timeout_minutes"] == 20 + 60
    assert outputs["image"].startswith(f"{outputs['repository_url']}@sha256:")
    assert outputs["pipeline_arn"] is None


def test_what_s3_takes_in_one_call_goes_in_one():
    assert image_build._IN_PARTS_ABOVE_ONE_CALL.multipart_threshold == 5 * 1024**3


@pytest.mark.parametrize(("threshold", "parts"), [(5 * 1024**3, None), (1, 2)])
def test_a_folder_too_large_for_one_call_is_uploaded_in_parts(
    program: Path, monkeypatch: pytest.MonkeyPatch, threshold: int, parts: int | None
):
    folder = program / "service"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "model.bin").write_bytes(os.urandom(9 * 1024**2))
    props: dict[str, Any] = {"service_dir": str(folder), "dockerfile": "Dockerfile", "architecture": "X86_64"}
    request = BuildRequest(
        "p",
        "r",
        image_build._tag(BuildContext(str(folder), dockerfile="Dockerfile"), props),
        "uploads",
        "k.zip",
        "Linux/Small",
        60,
    )
    monkeypatch.setattr(image_build, "_IN_PARTS_ABOVE_ONE_CALL", TransferConfig(multipart_threshold=threshold))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="uploads")
        image_build._upload(s3, props, request)
        stored = s3.get_object(Bucket="uploads", Key="k.zip")
        assert zipfile.ZipFile(BytesIO(stored["Body"].read())).testzip() is None
    _, _, count = stored["ETag"].strip('"').partition("-")
    assert count == (str(parts) if parts else "")
