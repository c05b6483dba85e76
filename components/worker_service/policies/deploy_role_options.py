"""What the role in a target's account may do to what a service has where asked for: stores of handlers, what wakes
it from zero, its operators' policy, managed policies, and events of other buses."""

from worker_service.policies.deploy_role import RULE_ACTIONS, Account, allow_actions, pass_roles
from worker_service.policies.statements import Document, Statement, policy_document


def options_policy(*, account: Account) -> Document:
    """What `pulumi up` does to them, update and destroy included. A policy of its own, as the network's is: one of them
    has 6,144 characters. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    return policy_document(
        _operator_policies(account),
        # Of `managed_policy_arns`; by inline policies it may give the program's roles any right anyway.
        allow_actions("ManagedPolicies", "iam", "AttachRolePolicy DetachRolePolicy", account.roles()),
        # Of sources with event_bus_name: a rule's ARN has the bus in front of its name, but the account's own bus.
        allow_actions("EventsOfBuses", "events", RULE_ACTIONS, account.arns("events", "rule/*/{}-*")),
        pass_roles(account, "pipes", "states"),
        *_waking(account),
        *_stores(account),
    )


def _waking(account: Account) -> list[Statement]:
    """What `fast_wake` makes."""
    pipe = "CreatePipe DeletePipe DescribePipe UpdatePipe ListTagsForResource TagResource UntagResource"
    workflow = (
        "CreateStateMachine DeleteStateMachine DescribeStateMachine UpdateStateMachine ListTagsForResource TagResource"
        " UntagResource"
    )
    return [
        allow_actions("Pipes", "pipes", pipe, account.arns("pipes", "pipe/{}-*")),
        allow_actions("Workflows", "states", workflow, account.arns("states", "stateMachine:{}-*")),
        # The provider has a definition checked before it is one of a state machine's.
        allow_actions("CheckWorkflows", "states", "ValidateStateMachineDefinition", "*"),
    ]


def _operator_policies(account: Account) -> Statement:
    """What `operator_policy` makes."""
    policy = (
        "CreatePolicy DeletePolicy GetPolicy GetPolicyVersion CreatePolicyVersion DeletePolicyVersion"
        " ListPolicyVersions TagPolicy UntagPolicy"
    )
    arns = [
        f"arn:{account.partition}:iam::{account.account_id}:policy/{name}-operator-policy-*" for name in account.names
    ]
    return allow_actions("OperatorPolicies", "iam", policy, arns)


def _stores(account: Account) -> list[Statement]:
    """What handlers keep things in, and never what is kept."""
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
