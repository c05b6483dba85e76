"""A proxy before the SQS server that counts requests and adds latency; the plain timed runs go without it."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import re
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

_REQUEST_LINE = re.compile(rb"(?:POST|GET) /\S* HTTP/1\.1\r\n")
_CHUNK_BYTES = 65_536
_START_SECONDS = 10


class RequestCounter:
    """Counts the request lines in one connection's bytes, however they are cut into pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def count(self, piece: bytes) -> int:
        """Count the request lines that this piece completes."""
        text = self._rest + piece
        # What follows the last line feed may be the first half of a request line.
        self._rest = text[text.rfind(b"\n") + 1 :]
        return len(_REQUEST_LINE.findall(text))


@dataclass(frozen=True)
class Proxy:
    """A running proxy."""

    port: int
    _requests: Synchronized[int]

    @property
    def requests(self) -> int:
        """Requests that came through so far."""
        return self._requests.value


@contextlib.contextmanager
def running_proxy(port: int, server_port: int, latency_seconds: float) -> Iterator[Proxy]:
    """Run a proxy in a process of its own, on the bench's cores."""
    context = multiprocessing.get_context("spawn")
    requests, ready = context.Value("q", 0), context.Event()
    process = context.Process(target=_serve, args=(port, server_port, latency_seconds, requests, ready), daemon=True)
    process.start()
    try:
        if not ready.wait(_START_SECONDS):
            raise RuntimeError("the proxy did not start")
        yield Proxy(port, requests)
    finally:
        process.terminate()
        process.join()


def _serve(port: int, server_port: int, latency_seconds: float, requests: Synchronized[int], ready: Event) -> None:
    asyncio.run(_listen(port, server_port, latency_seconds, requests, ready))


async def _listen(
    port: int, server_port: int, latency_seconds: float, requests: Synchronized[int], ready: Event
) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", server_port)
        await asyncio.gather(
            _forward(reader, up_writer, latency_seconds, requests),
            _forward(up_reader, writer, 0.0, None),
            return_exceptions=True,
        )

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    ready.set()
    await server.serve_forever()


async def _forward(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    latency_seconds: float,
    requests: Synchronized[int] | None,
) -> None:
    """Pass bytes on, each piece `latency_seconds` after it came."""
    loop = asyncio.get_running_loop()
    counter = RequestCounter()
    try:
        while piece := await reader.read(_CHUNK_BYTES):
            if requests is not None:
                requests.value += counter.count(piece)
            if latency_seconds:
                loop.call_later(latency_seconds, writer.write, piece)
            else:
                writer.write(piece)
                await writer.drain()
    finally:
        loop.call_later(latency_seconds, writer.close)
