"""fanferro: Python handlers on a Rust core. Four pollers, which it does best with."""

import asyncio

import fanferro
import handled

client = fanferro.Client()
consumer = client.consumer(
    client.queue(handled.QUEUE_NAME, url=handled.QUEUE_URL), concurrency=handled.CONCURRENCY, pollers=4
)


@consumer.default
async def handle(message: fanferro.Message[bytes]) -> None:
    """Handle one message."""
    if handled.HANDLER_SECONDS:
        await asyncio.sleep(handled.HANDLER_SECONDS)
    handled.write_down(message.body[: handled.LINE_BYTES].decode())


async def main() -> None:
    """Consume until SIGTERM."""
    async with client:
        await client.run()


asyncio.run(main())
