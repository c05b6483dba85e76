"""The bucket that sources and artifacts pass through."""

from __future__ import annotations

from tests.support.pipelines import (
    DIRECTORY,
    GIT,
    pipeline,
)


def test_the_bucket_is_private_versioned_encrypted_and_expires():
    deployment = pipeline(GIT)
    access = deployment.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    versioning = deployment.one("aws:s3/bucketVersioning:BucketVersioning").inputs["versioningConfiguration"]
    [rule] = deployment.one(encryption).inputs["rules"]

    assert {access[name] for name in access if name != "bucket"} == {True}
    assert len(access) == 5
    assert versioning == {"status": "Enabled"}
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
    assert [
        (rule["filter"]["prefix"], rule.get("expiration"), rule.get("noncurrentVersionExpiration"))
        for rule in deployment.one(lifecycle).inputs["rules"]
    ] == [
        ("build-context/", {"days": 30}, None),
        ("orders-", {"days": 30}, None),
        ("", None, {"noncurrentDays": 30}),
    ]


def test_the_upload_waits_until_the_bucket_is_closed_and_the_project_may_build():
    deployment = pipeline(DIRECTORY)
    build = deployment.one("pulumi-python:dynamic/workers:ImageBuild")

    for name in ("orders-artifacts-public-access", "orders-artifacts-policy", "orders-build-role-policy"):
        [needed] = [resource for resource in deployment.resources if resource.name == name]
        assert needed.urn in build.dependencies
