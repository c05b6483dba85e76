"""moto's STS, which does not know the box's root."""

from __future__ import annotations

from moto.sts.models import STSBackend

from local.emulator.account import account_of_root
from local.emulator.iam.caller import root


class BoxStsBackend(STSBackend):
    """moto's STS, which does not know the box's root."""

    __module__ = STSBackend.__module__  # moto finds a service's table of URLs beside its backend

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        """User id, ARN and account."""
        if account_id := account_of_root(access_key_id):
            return account_id, root(self.partition, account_id).principal.name, account_id
        return super().get_caller_identity(access_key_id, region)
