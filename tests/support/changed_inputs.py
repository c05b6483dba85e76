"""A change of every input that a stack's config takes: what is there before, beside the defaults, and afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
ROLE_ARN = "arn:aws:iam::111122223333:role/existing"
KEY_ARN = ARN.format("kms", "key/1234abcd")
TOPIC_ARN = ARN.format("sns", "existing")
LOG_GROUP_ARN = ARN.format("logs", "log-group:existing")
SECRET_ARN = ARN.format("secretsmanager", "secret:token-a1b2c3")
OTHER_IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "b" * 64
_EFS = {"file_system_id": "fs-0a1b", "access_point_id": "fsap-0a1b", "container_path": "/data"}
_STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
_EXISTING_NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"]}
_SUBNET_CIDRS = {
    "public_subnet_cidrs": ["10.0.0.0/24", "10.0.1.0/24"],
    "private_subnet_cidrs": ["10.0.2.0/24", "10.0.3.0/24"],
}
_CONNECTION_ARN = ARN.format("codeconnections", "connection/1a2b")
_TARGET = {
    "stack": "acme/shop/staging",
    "account_id": "222233334444",
    "region": "eu-west-1",
    "deploy_role": "worker-deploy",
}
_PIPELINE: dict[str, Any] = {
    "source": "connection",
    "connection_arn": _CONNECTION_ARN,
    "repository_id": "acme/shop",
    "service_dir": "worker",
    "environment_account_ids": ["222233334444", "333344445555"],
    "targets": [_TARGET],
    "state_backend_url": "https://api.pulumi.com",
    "access_token_secret_arn": SECRET_ARN,
}
_OF_ANY_PIPELINE = _PIPELINE.keys() - {"source", "connection_arn", "repository_id"}


class Change(NamedTuple):
    """A stack's config before and afterwards, beside its image."""

    before: dict[str, Any]
    after: dict[str, Any]


def _to(**after: Any) -> Change:
    return Change({}, after)


def _from(before: dict[str, Any], **after: Any) -> Change:
    return Change(before, {**before, **after})


CHANGES: dict[str, Change] = {
    "image": _to(image=OTHER_IMAGE),
    "handler": _to(handler="shop.orders.handle"),
    "environment": _to(environment={"LEVEL": "high"}),
    "secrets": _to(secrets={"TOKEN": SECRET_ARN}),
    "secret_kms_key_arns": _from({"secrets": {"TOKEN": SECRET_ARN}}, secret_kms_key_arns=[KEY_ARN]),
    "environment_files": _to(environment_files=["arn:aws:s3:::shop/worker.env"]),
    "entry_point": _to(entry_point=["python"]),
    "command": _to(command=["-m", "worker_runtime"]),
    "user": _to(user="1000"),
    "stop_timeout_seconds": _to(stop_timeout_seconds=60),
    "open_files_limit": _to(open_files_limit=4096),
    "health_check": _to(health_check={"retries": 3}),
    "task_size": _to(task_size="small"),
    "cpu": _to(cpu=512, memory=1024),
    "memory": _from({"cpu": 512, "memory": 1024}, memory=2048),
    "architecture": _to(architecture="ARM64"),
    "spot": _from({"spot": {"spot_weight": 1}}, spot={"on_demand_base": 1, "spot_weight": 3}),
    "ephemeral_storage_gib": _to(ephemeral_storage_gib=50),
    "efs_volumes": _to(efs_volumes={"data": _EFS}),
    "platform_version": _to(platform_version="1.4.0"),
    "sidecars": _to(sidecars={"rates": {"command": ["python", "-m", "rates"]}}),
    "open_telemetry": _to(open_telemetry={"metrics": False}),
    "log_router": _to(log_router={"memory": 256}),
    "predictive_scaling": _to(predictive_scaling="forecast_only"),
    "pre_deploy_command": _to(pre_deploy_command=["python", "-m", "migrate"]),
    "pre_deploy_timeout_minutes": _from(
        {"pre_deploy_command": ["python", "-m", "migrate"]}, pre_deploy_timeout_minutes=60
    ),
    "build_arguments": _from(_PIPELINE, build_arguments={"VERSION": "7"}),
    "build_secrets": _from(_PIPELINE, build_secrets={"token": SECRET_ARN}),
    "build_secret_kms_key_arns": _from(
        {**_PIPELINE, "build_secrets": {"token": SECRET_ARN}}, build_secret_kms_key_arns=[KEY_ARN]
    ),
    "target_stage": _from(_PIPELINE, target_stage="worker"),
    "build_cache": _from(_PIPELINE, build_cache=False),
    "desired_count": _to(desired_count=2),
    "min_count": _to(min_count=2),
    "max_count": _to(max_count=20),
    "scaling": _to(scaling="bursty"),
    "acceptable_latency_seconds": _to(acceptable_latency_seconds=120),
    "message_processing_seconds": _to(message_processing_seconds="2"),
    "concurrency": _to(concurrency=5),
    "processes": _to(processes=2),
    "max_connections": _to(max_connections=1000),
    "batch_size": _to(batch_size=10),
    "scale_in_after_seconds": _to(scale_in_after_seconds=1200),
    "scale_in_protection": _to(scale_in_protection=True),
    "ignore_delayed_retries": _to(ignore_delayed_retries=True),
    "limit_to_groups": _from({"fifo": {"high_throughput": True}}, limit_to_groups=True),
    "operator_policy": _to(operator_policy=True),
    "large_messages": _to(large_messages={"keep_days": 30}),
    "once_table": _to(once_table=True),
    "copilot_variables": _to(copilot_variables={"application": "shop", "environment": "prod", "service": "orders"}),
    "fast_wake": _from({"min_count": 0}, fast_wake=True),
    "circuit_breaker_percent": _to(circuit_breaker_percent=50),
    "target_tracking": _from({"scaling": "copilot"}, target_tracking={"cpu": {"percent": 70}}),
    "fast_scaling": _to(fast_scaling=True),
    "cpu_target_percent": _from({"scaling": "proton"}, cpu_target_percent=70),
    "schedules": _to(schedules={"night": {"schedule": "rate(1 day)", "min_count": 0, "max_count": 1}}),
    "minimum_healthy_percent": _to(minimum_healthy_percent=50),
    "maximum_percent": _from({"min_count": 4}, maximum_percent=150),
    "alarm_email": _to(alarm_email="on-call@example.com"),
    "alarm_topic_arn": _to(alarm_topic_arn=TOPIC_ARN),
    "dead_letter_alarm_messages": _to(dead_letter_alarm_messages=5),
    "age_alarm_minutes": _to(age_alarm_minutes=20),
    "no_consumer_alarm_minutes": _to(no_consumer_alarm_minutes=20),
    "task_failure_alarm_tasks": _to(task_failure_alarm_tasks=5),
    "delivery_failure_alarm_messages": _to(delivery_failure_alarm_messages=5),
    "receive_failure_alarm_errors": _to(receive_failure_alarm_errors=5),
    "rollback_alarms": _to(rollback_alarms=["age"]),
    "dashboard": _to(dashboard=False),
    "topics": _to(topics={"main": {}, "news": {"topic_arn": TOPIC_ARN}}),
    "queues": _to(queues={"slow": {}}),
    "fifo": _to(fifo={"high_throughput": True}),
    "subscribed_topics_only": _to(subscribed_topics_only=True),
    "publishes_to": _to(publishes_to={"news": {"topic_arn": TOPIC_ARN}}),
    "visibility_timeout_seconds": _to(visibility_timeout_seconds=120),
    "max_receive_count": _to(max_receive_count=5),
    "message_retention_seconds": _to(message_retention_seconds=1_209_600),
    "encryption": _to(encryption="managed"),
    "kms_key_arn": _to(kms_key_arn=KEY_ARN),
    "log_retention_days": _to(log_retention_days=30),
    "log_group_prefix": _to(log_group_prefix="/acme/shop"),
    "log_kms_key_arn": _to(log_kms_key_arn=KEY_ARN),
    "log_group_arn": _to(log_group_arn=LOG_GROUP_ARN),
    "task_role_arn": _to(task_role_arn=ROLE_ARN),
    "execution_role_arn": _to(execution_role_arn=ROLE_ARN),
    "permissions_boundary_arn": _to(permissions_boundary_arn="arn:aws:iam::111122223333:policy/boundary"),
    "role_path": _to(role_path="/teams/"),
    "task_policies": _to(task_policies={"bucket": {"Version": "2012-10-17", "Statement": [_STATEMENT]}}),
    "managed_policy_arns": _to(managed_policy_arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    "security_group_ids": _to(security_group_ids=["sg-0a1b"]),
    "egress_ports": _to(egress_ports=[443, 5432]),
    "ipv6": _from(_EXISTING_NETWORK, ipv6=True),
    "service_connect": _from({"namespace": "shop.local"}, service_connect=True),
    "enable_execute_command": _to(enable_execute_command=True),
    "execute_command_log_group_arn": _from(
        {"enable_execute_command": True}, execute_command_log_group_arn=LOG_GROUP_ARN
    ),
    "execute_command_kms_key_arn": _from({"enable_execute_command": True}, execute_command_kms_key_arn=KEY_ARN),
    "error_texts": _to(error_texts=False),
    "protect": _to(protect=False),
    "tags": _to(tags={"team": "orders"}),
    "subnet_type": _to(subnet_type="private", nat_gateways="single"),
    "name_prefix": _to(name_prefix="acme"),
    "vpc_id": _to(**_EXISTING_NETWORK),
    "public_subnet_ids": _from(_EXISTING_NETWORK, public_subnet_ids=["subnet-1", "subnet-2"]),
    "private_subnet_ids": _from(
        {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1"], "subnet_type": "private"},
        private_subnet_ids=["subnet-1", "subnet-2"],
    ),
    "cluster_arn": _to(cluster_arn=ARN.format("ecs", "cluster/existing")),
    "vpc_cidr": _to(vpc_cidr="10.1.0.0/16"),
    "public_subnet_cidrs": _to(**_SUBNET_CIDRS),
    "private_subnet_cidrs": _to(**_SUBNET_CIDRS),
    "namespace": _to(namespace="shop.local"),
    "shared_topics": _to(shared_topics={"news": {}}),
    "environment_stack": _to(environment_stack="acme/network/prod"),
    "nat_gateways": _to(nat_gateways="single"),
    "vpc_endpoints": _to(vpc_endpoints="worker"),
    "vpc_endpoint_services": _from({"vpc_endpoints": "worker"}, vpc_endpoint_services=["events"]),
    "container_insights": _to(container_insights=True),
    "flow_log_retention_days": _to(flow_log_retention_days=30),
    "execute_command_log_retention_days": _to(execute_command_log_retention_days=30),
    "source": Change(_PIPELINE, {"source": "s3", **{key: _PIPELINE[key] for key in _OF_ANY_PIPELINE}}),
    "service_dir": _from(_PIPELINE, service_dir="services/worker"),
    "dockerfile": _from(_PIPELINE, dockerfile="Dockerfile.worker"),
    "unit_test_command": _from(_PIPELINE, unit_test_command="pytest"),
    "environment_account_ids": _from(
        _PIPELINE, environment_account_ids=["222233334444", "333344445555", "444455556666"]
    ),
    "connection_arn": _from(_PIPELINE, connection_arn=_CONNECTION_ARN.replace("1a2b", "3c4d")),
    "repository_id": _from(_PIPELINE, repository_id="acme/other"),
    "branch": _from(_PIPELINE, branch="release"),
    "targets": _from(
        _PIPELINE, targets=[_TARGET, {**_TARGET, "stack": "acme/shop/prod", "account_id": "333344445555"}]
    ),
    "program_dir": _from(_PIPELINE, program_dir="infrastructure"),
    "state_backend_url": _from(_PIPELINE, state_backend_url="https://pulumi.example.com"),
    "access_token_secret_arn": _from(_PIPELINE, access_token_secret_arn=SECRET_ARN.replace("a1b2c3", "d4e5f6")),
    "pulumi_sha512": _from(_PIPELINE, pulumi_sha512="a" * 128),
    "secrets_provider": _from(_PIPELINE, secrets_provider=f"awskms:///{KEY_ARN}"),
    "passphrase_secret_arn": _from(
        {**_PIPELINE, "secrets_provider": "passphrase", "passphrase_secret_arn": SECRET_ARN},
        passphrase_secret_arn=SECRET_ARN.replace("a1b2c3", "d4e5f6"),
    ),
    "notification_topic_arn": _from(_PIPELINE, notification_topic_arn=TOPIC_ARN),
    "notification_key_arn": _from({**_PIPELINE, "notification_topic_arn": TOPIC_ARN}, notification_key_arn=KEY_ARN),
    "notification_email": _from(_PIPELINE, notification_email="team@example.com"),
    "keep_images": _from(_PIPELINE, keep_images=50),
    "build_timeout_minutes": _from(_PIPELINE, build_timeout_minutes=60),
    "deploy_timeout_minutes": _from(_PIPELINE, deploy_timeout_minutes=240),
}


def at_once(keys: Iterable[str]) -> Change:
    """The changes of several inputs in one stack, which has before what any of them has."""
    changes = [CHANGES[key] for key in keys]
    before = {name: value for change in changes for name, value in change.before.items()}
    changed = {
        name: value for change in changes for name, value in change.after.items() if change.before.get(name) != value
    }
    return Change(before, {**before, **changed})
