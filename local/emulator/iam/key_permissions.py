"""Which permissions on a KMS key a call needs, by itself or through another service that encrypts with it."""

from __future__ import annotations

from collections.abc import Mapping

from moto.kms.models import Key, kms_backends

from local.emulator.account import ACCOUNT_ID
from local.emulator.aws_error import AwsError
from local.emulator.iam.caller import parse_policy
from local.emulator.iam.policy_evaluation import Permission

# What writing and reading encrypted data need on the key.
KMS_TO_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
KMS_TO_READ = ("kms:Decrypt",)


def key_permission(action: str, key: Key, context: Mapping[str, str]) -> Permission:
    """An action on a key, judged with the key's policy."""
    return Permission(action, key.arn, parse_policy(key.policy), policy_decides=True, context=context)


def key_permissions(
    service: str, key_id: str | None, region: str, actions: tuple[str, ...], context: Mapping[str, str]
) -> list[Permission]:
    """Needs on a key through a service. An AWS managed key serves everybody in the account."""
    if not key_id or f"alias/aws/{service}" in key_id:
        return []
    key = find_key(key_id, region)
    if key is None:
        raise kms_error(service, "NotFound", f"Key '{key_id}' does not exist")
    if key.key_state != "Enabled":
        state = "Disabled" if key.key_state == "Disabled" else "InvalidState"
        raise kms_error(service, state, f"{key.arn} is {key.key_state}.")
    context = {**context, "kms:ViaService": f"{service}.{region}.amazonaws.com"}
    return [key_permission(action, key, context) for action in actions]


def kms_error(service: str, kind: str, message: str) -> AwsError:
    """SQS's or SNS's name for a trouble with the key: AccessDenied, Disabled, InvalidState, NotFound."""
    if service == "sqs":
        return AwsError(f"Kms{kind}", message, 400, query_code=f"KMS.{kind}Exception")
    return AwsError(f"KMS{kind}", message, 400)


def find_key(key_id: str, region: str) -> Key | None:
    """A key by id, ARN or alias."""
    backend = kms_backends[ACCOUNT_ID][region]
    alias = backend.get_alias_name(key_id)
    if alias.startswith("alias/"):
        key_id = backend.get_key_id_from_alias(alias) or ""
    return backend.keys.get(backend.get_key_id(key_id))
