"""What the role in a target's account may do to what handlers keep things in, and never to what is kept."""

from worker_service.policies.deploy_role import Account, allow_actions
from worker_service.policies.statements import Statement


def store_statements(account: Account) -> list[Statement]:
    """What `pulumi up` does to them, update and destroy included."""
    table = (
        "CreateTable DeleteTable DescribeTable UpdateTable DescribeTimeToLive UpdateTimeToLive"
        " DescribeContinuousBackups ListTagsOfResource TagResource UntagResource"
    )
    # The provider reads all that a bucket may have.
    bucket = (
        "CreateBucket DeleteBucket DeleteBucketPolicy GetAccelerateConfiguration GetBucketAcl GetBucketCORS"
        " GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls"
        " GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning"
        " GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket"
        " PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging"
        " PutEncryptionConfiguration PutLifecycleConfiguration"
    )
    return [
        allow_actions("Tables", "dynamodb", table, account.arns("dynamodb", "table/{}-once-*")),
        # A bucket's ARN carries no account; a stranger's of such a name would have to let this role in, too.
        allow_actions(
            "Buckets",
            "s3",
            bucket,
            [f"arn:{account.partition}:s3:::{name.lower()}-large-messages-*" for name in account.names],
        ),
    ]
