"""`workers migrate verify`: whether a step of a move would lose something."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from worker_ops.errors import OpsError
from worker_ops.migrate.both_sides.check import Step
from worker_ops.migrate.both_sides.checks import accepted, checks
from worker_ops.options import Context, command
from worker_ops.places.queue_url import checked_url

#: A step would lose something, or handle it twice.
EXIT_NOT_YET = 3


@command("migrate verify")
def verify(
    context: Context,
    old: Annotated[list[str], typer.Option("--old", metavar="URL", help="An old queue; again for each.")],
    before: Annotated[Step, typer.Option(help="The step that is next.")] = Step.DELETE,
    old_service: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLUSTER/SERVICE",
            help="An old ECS service that does not run in the new one's cluster; again for each.",
        ),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="An action, an alarm, a topic's filter or a queue's setting, as the table names it, to go on without;"
            " again for each.",
        ),
    ] = None,
) -> int:
    """Say what is left before the old subscriptions end (unsubscribe) or the old stack goes (delete).

    It looks at topics, queues with their settings and keys, at who consumes them, and at what task role and alarms of
    the old service had and the new ones have not. Exit code 3: not yet. SQS's counts are a minute late at most: ask
    again.

    Example: workers migrate verify --stack prod --old https://sqs.eu-west-1.amazonaws.com/111122223333/shop-events
    """
    urls = [checked_url(url) for url in old]
    services = [_cluster_service(text) for text in old_service or []]
    found = accepted(checks(context.place.account, urls, context.service, services), accept or [])
    wanted = [check for check in found if check.before == before or check.before == Step.UNSUBSCRIBE]
    left = [check for check in wanted if not check.is_met]
    context.screen.document({"may": before.value, "now": not left, "checks": [check.document() for check in wanted]})
    if not context.screen.as_json:
        rows = [(check.subject, "yes" if check.is_met else "not yet", check.told) for check in wanted]
        context.screen.table(("what", "ready", ""), rows)
        if any(not check.is_choice for check in left):
            context.screen.say(f"Not yet: to {before.value} now would lose messages or handle them twice.", "yellow")
        elif left:
            context.screen.say(
                "Not yet: give the new service what it lacks, or go on without it by --accept.", "yellow"
            )
        else:
            context.screen.say(f"You may {before.value}: nothing is lost.", "green")
    return EXIT_NOT_YET if left else 0


def _cluster_service(text: str) -> tuple[str, str]:
    """Cluster and service of an option. Raises OpsError."""
    found = re.fullmatch(r"([\w-]+)/([\w-]+)", text)
    if not found:
        raise OpsError(f"--old-service: {text!r} is not CLUSTER/SERVICE, such as shop-prod-Cluster-1A2B3C/orders")
    return found[1], found[2]
