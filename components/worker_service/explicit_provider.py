"""What an explicit aws provider is configured with, so that the image build and the hooks act as it does."""

from collections.abc import Mapping
from typing import Any

import pulumi

from worker_service.aws_session import HONOURED, REFUSED

_SECRET = frozenset({"accessKey", "secretKey", "token", "assumeRoleWithWebIdentity"})


def provider_settings(provider: pulumi.ProviderResource) -> pulumi.Output[Mapping[str, Any]]:
    """Its settings that an AWS session follows or refuses, by the names that they have in a stack's `aws:*` config.

    A provider's object gives few of them, and none to a program in another language. The engine, which keeps what was
    registered, tells them: it asks nobody else.
    """
    registered = pulumi.runtime.invoke_output("pulumi:pulumi:getResource", {"urn": provider.urn})
    return registered.apply(lambda known: _followed(known["state"]))


def _followed(state: Mapping[str, Any]) -> pulumi.Output[Mapping[str, Any]]:
    settings = {key: value for key, value in state.items() if key in HONOURED or key in REFUSED}
    is_secret = not _SECRET.isdisjoint(settings)
    return pulumi.Output.secret(settings) if is_secret else pulumi.Output.from_input(settings)
