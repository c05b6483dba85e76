"""The AWS session of what acts beside the stack's own aws provider: as that is configured, by its `aws:*` config.

Pulumi hands neither a dynamic resource nor a hook credentials, so it has to go the provider's way itself: keys,
profile, files, then the role of a web identity, then the roles that are assumed one by the other. Whatever else changes
who calls, or whom, is refused by name. https://www.pulumi.com/registry/packages/aws/installation-configuration/
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

#: Reads a key of the stack's `aws:*` config; None where it is not set.
Read = Callable[[str], Any]

#: What a call may raise, for whoever tells it in words.
AWS_ERRORS = (BotoCoreError, ClientError)

#: What is done as the provider does it.
HONOURED = frozenset({
    "accessKey", "assumeRoleWithWebIdentity", "assumeRoles", "profile", "region", "secretKey", "sharedConfigFiles",
    "sharedCredentialsFiles", "token",
})  # fmt: skip

#: What makes no difference to the calls of a build: tags, checks, retries.
HARMLESS = frozenset({
    "allowedAccountIds", "defaultTags", "forbiddenAccountIds", "ignoreTags", "maxRetries", "retryMode",
    "s3UsEast1RegionalEndpoint", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation",
    "skipRequestingAccountId", "tagPolicyCompliance", "tokenBucketRateLimiterCapacity", "userAgents",
})  # fmt: skip

#: What would lead the build elsewhere than the provider; the environment says it to both.
REFUSED = {
    "customCaBundle": "AWS_CA_BUNDLE",
    "ec2MetadataServiceEndpoint": "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "ec2MetadataServiceEndpointMode": "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "endpoints": "AWS_ENDPOINT_URL",
    "httpProxy": "HTTP_PROXY",
    "httpsProxy": "HTTPS_PROXY",
    "insecure": "",
    "noProxy": "NO_PROXY",
    "s3UsePathStyle": "",
    "stsRegion": "",
    "useDualstackEndpoint": "AWS_USE_DUALSTACK_ENDPOINT",
    "useFipsEndpoint": "AWS_USE_FIPS_ENDPOINT",
}

_SESSION_NAME = "pulumi-image-build"
_FILES = {"sharedConfigFiles": "config_file", "sharedCredentialsFiles": "credentials_file"}
_DURATION = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")


def session_problems(read: Read) -> list[str]:
    """A sentence for each setting of the stack's provider that the build cannot follow."""
    problems = [
        f"aws:{key}: the image build cannot follow it"
        + (f"; set {variable} in the environment instead" if variable else "")
        for key, variable in REFUSED.items()
        if _plain(read(key)) not in (None, "", False, [], "false")
    ]
    problems += [
        f"aws:{key}: the image build reads one file, and these are {len(files)}"
        for key in _FILES
        if len(files := _plain(read(key)) or []) > 1
    ]
    return problems


def aws_session(read: Read, region: str) -> boto3.Session:
    """A session in the region, as the stack's provider makes its own. Roles are assumed again when they run out."""
    core = botocore.session.Session(profile=None if read("accessKey") else read("profile"))
    for key, variable in _FILES.items():
        files = _plain(read(key))
        if files:
            core.set_config_variable(variable, files[0])
    session = boto3.Session(read("accessKey"), read("secretKey"), read("token"), region, core)
    identity = _plain(read("assumeRoleWithWebIdentity"))
    if identity:
        session = _with_role(session, identity, _by_web_identity)
    for role in _plain(read("assumeRoles")) or []:
        session = _with_role(session, role, _by_role)
    return session


class _AssumedRole(CredentialProvider):
    """Credentials of a role, which are fetched when they are first needed and whenever they are about to run out."""

    METHOD = "assume-role"

    def __init__(self, fetch: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__()
        self._fetch = fetch

    # botocore itself returns credentials here; what its stubs say of the base class is its placeholder.
    def load(self) -> DeferredRefreshableCredentials:  # pyright: ignore[reportIncompatibleMethodOverride]
        return DeferredRefreshableCredentials(refresh_using=self._refresh, method=self.METHOD)

    def _refresh(self) -> dict[str, str]:
        got = self._fetch()
        return {
            "access_key": got["AccessKeyId"],
            "secret_key": got["SecretAccessKey"],
            "token": got["SessionToken"],
            "expiry_time": got["Expiration"].isoformat(),
        }


def _with_role(
    source: boto3.Session,
    role: Mapping[str, Any],
    assume: Callable[[boto3.Session, Mapping[str, Any]], Mapping[str, Any]],
) -> boto3.Session:
    core = botocore.session.Session()
    assumed = _AssumedRole(lambda: assume(source, role))
    core.register_component("credential_provider", CredentialResolver([assumed]))
    return boto3.Session(region_name=source.region_name, botocore_session=core)


def _by_role(source: boto3.Session, role: Mapping[str, Any]) -> Mapping[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in (role.get("tags") or {}).items()]
    more = {
        "ExternalId": role.get("externalId"),
        "Tags": tags,
        "TransitiveTagKeys": role.get("transitiveTagKeys"),
        "SourceIdentity": role.get("sourceIdentity"),
    }
    return source.client("sts").assume_role(**_common(role), **_given(more))["Credentials"]


def _by_web_identity(source: boto3.Session, role: Mapping[str, Any]) -> Mapping[str, Any]:
    token = role.get("webIdentityToken") or Path(role["webIdentityTokenFile"]).read_text()
    # Whoever shows a token needs no credentials.
    sts = source.client("sts", config=Config(signature_version=UNSIGNED))
    return sts.assume_role_with_web_identity(WebIdentityToken=token, **_common(role))["Credentials"]


def _common(role: Mapping[str, Any]) -> dict[str, Any]:
    arns = [{"arn": arn} for arn in role.get("policyArns") or []]
    more = {"DurationSeconds": _seconds(role.get("duration")), "Policy": role.get("policy"), "PolicyArns": arns}
    return {"RoleArn": role["roleArn"], "RoleSessionName": role.get("sessionName") or _SESSION_NAME, **_given(more)}


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if value}


def _seconds(duration: str | None) -> int | None:
    """Seconds of a duration as Go writes it, such as 1h30m."""
    found = _DURATION.fullmatch(duration or "")
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return 3600 * hours + 60 * minutes + seconds or None


def _plain(value: Any) -> Any:
    """The value; config holds lists and maps as JSON, whose names a program in Python may have written its own way."""
    known = json.loads(value) if isinstance(value, str) and value.startswith(("[", "{")) else value
    if isinstance(known, list):
        return [_named_as_in_config(item) for item in known]
    return _named_as_in_config(known)


def _named_as_in_config(item: Any) -> Any:
    """The map with its own names in camel case; names further inside, such as those of tags, are the user's."""
    if not isinstance(item, Mapping):
        return item
    return {re.sub(r"_([a-z])", lambda found: found[1].upper(), key): value for key, value in item.items()}
