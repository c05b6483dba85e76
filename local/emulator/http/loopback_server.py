"""A WSGI server on a loopback port: threads, kept connections, no log, a clear error for a busy port."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, cast

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import DechunkedInput, ThreadedWSGIServer

from local.emulator.caller import served

LOOPBACK = "127.0.0.1"
#: More than any call of the box sends; the length is room that is asked for before a byte has come.
BODY_MOST_BYTES = 256 * 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,18}")

WsgiApp = Any


class PortBusy(OSError):  # noqa: N818 (the name reads as what happened)
    """Another program listens on the port that was asked for."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} on {LOOPBACK} is in use by another program; stop it or choose another port")
        self.port = port


class BadLength(ValueError):  # noqa: N818 (what was sent)
    """A body whose length is not one, or is absurd: status and sentence of the answer."""


class _KeepAliveHandler(MotoRequestHandler):
    """Werkzeug's handler closes the connection after every answer; AWS keeps it, and so do its clients.

    The request is read whole before the application runs, so that nothing of it is left in the stream when
    the next one begins, and the answer goes out in one write, so that Nagle's algorithm holds no part back.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        try:
            body = self._read_body()
        except BadLength as refusal:
            # Where the next request would begin is not known.
            self.close_connection = True
            self.send_error(*refusal.args)
            return
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)

        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            started[:] = [status, headers]

        with served(self.connection):
            chunks: Iterable[bytes] = self.server.app(environ, start_response)
            try:
                answer = b"".join(chunks)
            finally:
                close = getattr(chunks, "close", None)
                if close:
                    close()
        self._send(started[0], started[1], answer)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length") or "0"
        if not _LENGTH.fullmatch(length):
            raise BadLength(HTTPStatus.BAD_REQUEST, f"Content-Length: {length!r} is not a number of bytes")
        if int(length) > BODY_MOST_BYTES:
            raise BadLength(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the box reads {BODY_MOST_BYTES:,} bytes at most")
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes:
        body = io.BufferedReader(DechunkedInput(cast(Any, self.rfile)))  # type: ignore[arg-type]
        try:
            read = body.read(BODY_MOST_BYTES + 1)
        except OSError as broken:
            raise BadLength(HTTPStatus.BAD_REQUEST, str(broken)) from broken
        if len(read) > BODY_MOST_BYTES:
            raise BadLength(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the box reads {BODY_MOST_BYTES:,} bytes at most")
        return read

    def _send(self, status: str, headers: list[tuple[str, str]], answer: bytes) -> None:
        code, _, reason = status.partition(" ")
        bodyless = self.command == "HEAD" or code in ("204", "304")
        self.send_response_only(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding") or self.command == "HEAD":
                self.send_header(name, value)
        if not bodyless:
            self.send_header("Content-Length", str(len(answer)))
        self._headers_buffer.append(b"\r\n")
        head = b"".join(self._headers_buffer)
        self._headers_buffer.clear()
        self.wfile.write(head if bodyless else head + answer)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (werkzeug's name)
        """Nobody asked for an access log."""


class LoopbackServer(ThreadedWSGIServer):
    """Serves `app` on 127.0.0.1; `port` 0 takes any free one. Raises PortBusy."""

    def __init__(self, port: int, app: WsgiApp) -> None:
        self._connections: set[socket.socket] = set()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((LOOPBACK, port))
            except OSError as error:
                raise PortBusy(port) from error
            listener.listen(128)
            super().__init__(LOOPBACK, port, app, _KeepAliveHandler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that stopping can end it."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Take no more requests and end the kept connections; returns when the port is free."""
        self.shutdown()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._connections.discard(connection)
        self.server_close()
