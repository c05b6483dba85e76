"""What `up` tells to paste into a second terminal."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from local.box import Box
from local.checkout import CHECKOUT
from local.emulator import ADMIN_CREDENTIALS
from worker_program.program import Program

_ORDER = """'{"order_id": "o-1", "customer": "Ada", "currency": "EUR", "lines": [{"sku": "tea", "quantity": 2, "unit_price": "3.50"}]}'"""  # noqa: E501


def how_to_use(box: Box) -> str:
    """The commands that use this box, from any folder."""
    running = f"The box runs at {box.aws.endpoint_url}; Ctrl-C ends it. From a second terminal, in any folder:"
    lines = [f"  . {shlex.quote(str(Path(sys.executable).parent / 'activate'))}", *_commands(box)]
    pasted = "\n".join(lines)
    exports = "\n".join(f"  export {name}={value}" for name, value in _settings(box).items())
    return f"""
{running}

{pasted}

With boto3, other SDKs, and the AWS CLI from 2.13 on (1.x would ask AWS itself; `workers aws` has it ask the box):

{exports}
{_edits(box)}"""


def place_options(program: Program) -> str:
    """What a command in any folder needs that is to find the box of the program, as a shell takes it."""
    return "--box" if program.root == CHECKOUT else f"--box --program {shlex.quote(str(program.root))}"


def _commands(box: Box) -> list[str]:
    place = place_options(box.program)
    if not box.running:
        return [f"  workers aws {place} -- codepipeline list-pipelines"]
    service = " --service NAME" if len(box.services) > 1 else ""
    message = _ORDER if box.program.root == CHECKOUT else "'MESSAGE'"
    return [
        f"  workers send {place}{service} {message}",
        f"  workers status {place}{service}",
        f"  workers dead-letters list --by reason {place}{service}",
        f"  workers aws {place} -- sns publish --topic-arn {box.services[0].topic_arn} --message {message}",
    ]


def _settings(box: Box) -> dict[str, str]:
    """The environment of a program that means the box; the region has two names, of which each SDK reads one."""
    return {
        "AWS_ENDPOINT_URL": box.aws.endpoint_url,
        **ADMIN_CREDENTIALS,
        "AWS_REGION": box.aws.region,
        "AWS_DEFAULT_REGION": box.aws.region,
    }


def _edits(box: Box) -> str:
    if not box.running:
        return ""
    logs = box.program.root / ".box" / "logs"
    return f"\nThe workers run edited code by themselves. Their logs, also in {logs}:\n"
