"""What may pass through VPC endpoints, in a partition of other names."""

from worker_service.policies.vpc_endpoints import dynamodb_policy, own_principals_policy, s3_policy

CLUSTER = "arn:aws-cn:ecs:cn-north-1:111122223333:cluster/workers"


def test_principals_of_the_clusters_account_alone():
    [statement] = own_principals_policy(cluster_arn=CLUSTER)["Statement"]

    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
    assert s3_policy(cluster_arn=CLUSTER)["Statement"][0] == statement


def test_layers_are_read_from_ecrs_bucket_of_the_region():
    assert s3_policy(cluster_arn=CLUSTER)["Statement"][1]["Resource"] == (
        "arn:aws-cn:s3:::prod-cn-north-1-starport-layer-bucket/*"
    )


def test_tables_are_those_of_the_account_and_region_alone():
    [statement] = dynamodb_policy(cluster_arn=CLUSTER)["Statement"]

    assert statement["Resource"] == "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/*"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
