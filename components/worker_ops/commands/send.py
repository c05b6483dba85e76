"""`workers send`: messages through the topic, or straight into a queue."""

from __future__ import annotations

import time
from itertools import chain, repeat
from pathlib import Path
from typing import Annotated

import typer

from worker_ops.commands.cut_off import told_when_cut_off
from worker_ops.messages.reading import read_attributes, read_messages
from worker_ops.messages.sending import Outlet, check_sendable, send_all
from worker_ops.options import Context, command


@command("send")
def send(
    context: Context,
    text: Annotated[str | None, typer.Argument(help="One message; - for one in each line of stdin.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with a message in each line.")] = None,
    attribute: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="An attribute of each.")] = None,
    group: Annotated[str | None, typer.Option(help="Message group of each, which FIFO needs.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How often to send it all.")] = 1,
    rate: Annotated[int | None, typer.Option(min=1, max=10_000, help="Messages a second; by itself no limit.")] = None,
    direct: Annotated[bool, typer.Option("--direct", help="Straight into the queue, past the topic.")] = False,
) -> None:
    """Send messages, as a publisher would.

    Example: workers send --file orders.jsonl --attribute tenant=t-1 --rate 50
    """
    bodies = read_messages(text, file)
    attributes = read_attributes(attribute or [])
    topic_arn = None if direct else context.service.topic_arn
    outlet = Outlet(context.place.account, topic_arn, None if topic_arn else context.queue.url, attributes, group)
    check_sendable(outlet, bodies)
    started = time.monotonic()
    with (
        context.screen.bar("sent", len(bodies) * count) as bar,
        told_when_cut_off(context, bar, lambda done: f"{done:,} messages were sent before, for certain."),
    ):
        sent = send_all(outlet, chain.from_iterable(repeat(bodies, count)), rate, bar.advance)
    context.screen.document({"sent": sent})
    if not context.screen.as_json:
        messages = "1 message" if sent == 1 else f"{sent:,} messages"
        context.screen.say(f"{messages} sent to {outlet.title} in {time.monotonic() - started:.1f} s.", "green")
