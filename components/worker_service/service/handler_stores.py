"""What handlers keep things in beside their messages: made where it is asked for."""

from collections.abc import Mapping
from typing import Any

import pulumi

from worker_service.service.large_messages import LargeMessagesBucket
from worker_service.service.once_table import once_table
from worker_service.service.publishes_to import topic_variables


class HandlerStores:
    """The table of `@once`, and the bucket of large messages."""

    def __init__(
        self, name: str, args: Mapping[str, Any], key_arn: pulumi.Input[str] | None, parent: pulumi.Resource
    ) -> None:
        self._args = args
        self._table = once_table(name, args, parent)
        self._bucket = LargeMessagesBucket(name, args, key_arn, parent) if "large_messages" in args else None
        self.bucket_name = self._bucket.name if self._bucket else pulumi.Output.from_input("")

    @property
    def rights(self) -> dict[str, Any]:
        """What the task role has to know of them."""
        return {
            "once_table_arn": self._table.arn if self._table else None,
            "large_messages_bucket_arn": self._bucket.arn if self._bucket else None,
            "deletes_large_messages": self._bucket is not None and self._bucket.settings["delete"],
        }

    @property
    def variables(self) -> dict[str, pulumi.Input[str]]:
        """The container's environment: the user's, the topics', and where these are."""
        variables = topic_variables(self._args)
        if self._table:
            variables["ONCE_TABLE"] = self._table.name
        if self._bucket:
            variables["WORKER_LARGE_MESSAGES"] = self._bucket.variable
        return variables
