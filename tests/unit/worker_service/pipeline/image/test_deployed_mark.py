"""The tag of a deployed image, put with the calls that ECR gets."""

from __future__ import annotations

import boto3
from botocore.stub import ANY, Stubber

from worker_service.pipeline.image.deployed_mark import put_mark

DIGEST = "sha256:" + "d" * 64
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


def test_a_manifest_that_does_not_say_what_it_is_is_put_with_what_ecr_says():
    ecr = boto3.client("ecr", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    manifest = {"imageManifest": "{}", "imageManifestMediaType": OCI_INDEX}
    same = {"repositoryName": "orders", **manifest, "imageDigest": DIGEST, "imageTag": ANY}
    with Stubber(ecr) as stub:
        asked = {"repositoryName": "orders", "imageIds": [{"imageDigest": DIGEST}]}
        stub.add_response("batch_get_image", {"images": [manifest]}, asked)
        stub.add_response("put_image", {}, same)

        assert put_mark(ecr, "orders", DIGEST).startswith("deployed.up.")
        stub.assert_no_pending_responses()
