"""Who may do what with the bucket of large bodies, as pure functions from its ARN to documents."""

from worker_service.policies.statements import Document, Statement, allow, policy_document, refuse_plain_http


def large_messages_bucket_policy(*, bucket_arn: str) -> Document:
    """Policy of the bucket: TLS only. Who may use it is decided by the account's own policies."""
    return policy_document(refuse_plain_http("s3:*", [bucket_arn, f"{bucket_arn}/*"]))


def use_large_messages(bucket_arn: str, *, delete: bool) -> list[Statement]:
    """What the worker does: read bodies, put those there that it publishes, and delete what it has handled."""
    actions = ["s3:GetObject", "s3:PutObject", *(["s3:DeleteObject"] if delete else [])]
    return [
        allow("UseLargeMessages", actions, f"{bucket_arn}/*"),
        # Without it S3 says of a body that is gone that it is forbidden:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        allow("FindLargeMessages", "s3:ListBucket", bucket_arn),
    ]
