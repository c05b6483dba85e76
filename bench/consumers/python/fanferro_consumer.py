"""fanferro: Python handlers on a Rust core."""

import asyncio
import json

import fanferro
import handled

client = fanferro.Client()
consumer = client.consumer(
    client.queue(handled.QUEUE_NAME, url=handled.QUEUE_URL), concurrency=handled.CONCURRENCY, pollers=handled.RECEIVERS
)


@consumer.default
async def handle(message: fanferro.Message[bytes]) -> None:
    """Handle one message."""
    document = json.loads(message.body)
    if handled.HANDLER_SECONDS:
        await asyncio.sleep(handled.HANDLER_SECONDS)
    handled.write_down(document)


async def main() -> None:
    """Consume until SIGTERM."""
    async with client:
        await client.run()


asyncio.run(main())
