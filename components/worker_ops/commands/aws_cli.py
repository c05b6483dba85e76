"""`workers aws`: the AWS CLI, where the service is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import Annotated

import typer

from worker_ops.account import Account
from worker_ops.child import run_child
from worker_ops.errors import OpsError
from worker_ops.options import Context, command


@command("aws")
def aws(
    context: Context,
    arguments: Annotated[list[str], typer.Argument(metavar="-- ARGUMENTS", help="What `aws` is given.")],
) -> int:
    """Run the AWS CLI with the place's endpoint, region and credentials, whatever its version.

    Example: workers aws --box -- sqs list-queues
    """
    return run_aws_cli(context.place.account, arguments)


def run_aws_cli(account: Account, arguments: Sequence[str]) -> int:
    """Run it, and return its exit code. Raises OpsError where there is none."""
    program = shutil.which("aws")
    if program is None:
        raise OpsError("the AWS CLI is not on PATH: install it")
    return run_child([program, *account.cli_options, *arguments], env=account.cli_environment(os.environ))
