"""`workers migrate verify`: whether a step of a move would lose something."""

from __future__ import annotations

from typing import Annotated

import typer

from worker_ops.migrate.both_sides import Step, checks
from worker_ops.options import Context, command
from worker_ops.places.queue_url import checked_url

#: A step would lose something, or handle it twice.
EXIT_NOT_YET = 3


@command("migrate verify")
def verify(
    context: Context,
    old: Annotated[list[str], typer.Option("--old", metavar="URL", help="An old queue; again for each.")],
    before: Annotated[Step, typer.Option(help="The step that is next.")] = Step.DELETE,
) -> int:
    """Say what is left before the old subscriptions end (unsubscribe) or the old stack goes (delete).

    Exit code 3: not yet. SQS's counts are a minute late at most: ask again.

    Example: workers migrate verify --stack prod --old https://sqs.eu-west-1.amazonaws.com/111122223333/shop-events
    """
    urls = [checked_url(url) for url in old]
    found = checks(context.place.account, urls, [queue.url for queue in context.service.queues])
    wanted = [check for check in found if check.before == before or check.before == Step.UNSUBSCRIBE]
    left = [check for check in wanted if not check.is_met]
    context.screen.document({"may": before.value, "now": not left, "checks": [check.document() for check in wanted]})
    if not context.screen.as_json:
        rows = [(check.subject, "yes" if check.is_met else "not yet", check.told) for check in wanted]
        context.screen.table(("what", "ready", ""), rows)
        if left:
            context.screen.say(f"Not yet: to {before.value} now would lose messages or handle them twice.", "yellow")
        else:
            context.screen.say(f"You may {before.value}: nothing is lost.", "green")
    return EXIT_NOT_YET if left else 0
