"""The policies of a pipeline's key, bucket, image repository and topic, as pure functions from ARNs to documents."""

from collections.abc import Sequence

from worker_service.inputs.arns import place_of
from worker_service.policies.pipeline_roles import READ_OBJECT_ACTIONS, use_artifacts
from worker_service.policies.statements import (
    DATA_KEY_ACTIONS,
    PULL_ACTIONS,
    Document,
    account_policies_decide,
    allow,
    policy_document,
    refuse_plain_http,
)

_EVENTBRIDGE = {"Service": "events.amazonaws.com"}


def key_policy(*, key_arn: str, artifact_reader_arns: Sequence[str], publishes_events: bool) -> Document:
    """Policy of the pipeline's key: the account's own policies decide, and the roles of other accounts read artifacts.

    Without the last statement EventBridge cannot publish to the encrypted topic, and says nothing.
    """
    place = place_of(key_arn)
    # In a key's policy "*" names the key itself, and KMS takes nothing else.
    statements = [account_policies_decide(place.partition, place.account_id)]
    if artifact_reader_arns:
        readers = {"AWS": list(artifact_reader_arns)}
        statements.append({**allow("ReadArtifacts", "kms:Decrypt", "*"), "Principal": readers})
    if publishes_events:
        statements.append({**allow("PublishFailures", DATA_KEY_ACTIONS, "*"), "Principal": _EVENTBRIDGE})
    return policy_document(*statements)


def bucket_policy(*, bucket_arn: str, artifact_reader_arns: Sequence[str]) -> Document:
    """Policy of the artifact bucket: TLS only, and the roles of other accounts read artifacts."""
    refusing = refuse_plain_http("s3:*", [bucket_arn, f"{bucket_arn}/*"])
    if not artifact_reader_arns:
        return policy_document(refusing)
    readers = {"AWS": list(artifact_reader_arns)}
    reading = use_artifacts(bucket_arn, READ_OBJECT_ACTIONS)
    return policy_document({**reading, "Sid": "ReadArtifacts", "Principal": readers}, refusing)


def repository_policy(*, key_arn: str, account_ids: Sequence[str]) -> Document:
    """Policy of the image repository: the environment accounts may pull, and do nothing else."""
    partition = place_of(key_arn).partition
    return policy_document(
        {
            "Sid": "PullFromEnvironmentAccounts",
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:{partition}:iam::{account_id}:root" for account_id in account_ids]},
            "Action": PULL_ACTIONS,
        }
    )


def notification_topic_policy(*, topic_arn: str) -> Document:
    """Policy of the topic of failures: TLS only, and EventBridge may publish.

    EventBridge's own example for topics has no condition: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    publishing = {**allow("PublishFailures", "sns:Publish", topic_arn), "Principal": _EVENTBRIDGE}
    return policy_document(publishing, refuse_plain_http("sns:Publish", topic_arn))
