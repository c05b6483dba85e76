"""Where a provider of the program's makes its resources: its region, and the account whose role it assumes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.aws import Aws
from local.emulator.account import ACCOUNT_ID, root_credentials


def provider_aws(aws: Aws, config: Mapping[str, Any]) -> Aws:
    """The account and region of a provider with this configuration; what it leaves out is as in `aws`."""
    roles = _listed(config.get("assumeRoles"))
    # The SDK leaves the names in a provider's lists as the program wrote them.
    role_arn = (roles[-1].get("roleArn") or roles[-1].get("role_arn", "")) if roles else ""
    account_id = role_arn.split(":")[4] if role_arn else ACCOUNT_ID
    return Aws(aws.endpoint_url, config.get("region") or aws.region, root_credentials(account_id))


def _listed(value: Any) -> list[dict[str, Any]]:
    """A provider's list, which the SDK hands over as JSON."""
    return json.loads(value) if isinstance(value, str) else value or []
