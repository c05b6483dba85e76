"""What may pass through VPC endpoints, as pure functions to documents.

An endpoint's policy grants nothing: it bounds what roles and resources allow.
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from worker_service.inputs.arns import place_of
from worker_service.policies.statements import Document, Statement, allow, policy_document


def own_principals_policy(*, cluster_arn: str) -> Document:
    """Principals of the cluster's account, whatever their own policies allow them, and nobody else's credentials."""
    return policy_document(_own_principals(cluster_arn))


def s3_policy(*, cluster_arn: str) -> Document:
    """The same, and images' layers, which ECR reads from a bucket of its own under a signature of its own.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    place = place_of(cluster_arn)
    layers = f"arn:{place.partition}:s3:::prod-{place.region}-starport-layer-bucket/*"
    return policy_document(
        _own_principals(cluster_arn),
        {**allow("ImageLayers", "s3:GetObject", layers), "Principal": "*"},
    )


def dynamodb_policy(*, cluster_arn: str) -> Document:
    """The same principals, to tables of their own account and region alone.

    Which tables says the role of each: the endpoint is there before any of them, and serves all services of the VPC.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/vpc-endpoints-dynamodb.html
    """
    place = place_of(cluster_arn)
    tables = f"arn:{place.partition}:dynamodb:{place.region}:{place.account_id}:table/*"
    return policy_document(_own_principals(cluster_arn, tables))


def _own_principals(cluster_arn: str, resource: str = "*") -> Statement:
    # Of actions and resources their own policies are exact; topics and images may be another account's.
    account = {"aws:PrincipalAccount": place_of(cluster_arn).account_id}
    return {**allow("OwnPrincipals", "*", resource, StringEquals=account), "Principal": "*"}
