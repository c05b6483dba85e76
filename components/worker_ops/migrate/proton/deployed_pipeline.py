"""The pipeline that Proton deployed, as the account has it: what no spec says of the repository."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from worker_ops.account import Account
from worker_ops.errors import OpsError

#: Arguments of PipelineComponent by the keys of the Source action's configuration.
#: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
_KEYS = {"ConnectionArn": "connection_arn", "FullRepositoryId": "repository_id", "BranchName": "branch"}
_PROVIDER = "CodeStarSourceConnection"


def deployed_source(account: Account, name: str) -> dict[str, str]:
    """Connection, repository and branch of the pipeline of this name. Raises OpsError."""
    try:
        pipeline = account.call("codepipeline", "get_pipeline", name=name)["pipeline"]
    except ClientError as error:
        raise OpsError(f"--pipeline: {name}: {error.response['Error'].get('Message') or error}") from None
    actions: list[dict[str, Any]] = [action for stage in pipeline["stages"] for action in stage["actions"]]
    sources = [action for action in actions if action["actionTypeId"]["provider"] == _PROVIDER]
    if len(sources) != 1:
        raise OpsError(f"--pipeline: {name}: has {len(sources)} sources with a connection, not one")
    configuration = sources[0]["configuration"]
    return {key: configuration[theirs] for theirs, key in _KEYS.items() if theirs in configuration}
