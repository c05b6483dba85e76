"""A socket for one exchange at a time, each of which ends by the clock."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time

from worker_runtime.sqs.timed_calls import TimedCalls

#: The socket is told anew how long it may wait only where that is off by this much: telling it costs a system call.
_SLACK_SECONDS = 0.05
#: A name server that is silent is waited for by the system's own rules, for half a minute and more.
_lookups = TimedCalls()


class TimedSocket:
    """A connected socket. `deadline` (of time.monotonic()) holds for all calls together: a timeout of the socket's
    own begins anew with each byte, and a trickle would never end."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, deadline: float, connect_by: float) -> None:
        """Connect by `connect_by`, and be ready for an exchange by `deadline`. Raises OSError."""
        self.deadline = deadline
        self._socket = _connect(host, port, min(deadline, connect_by))
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self._socket.settimeout(_seconds_until(min(deadline, connect_by)))
                self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        except BaseException:
            self.close()
            raise
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._wait_no_longer_than_the_deadline()
        self._socket.sendall(data)

    def receive(self, most: int) -> bytes:
        """Some bytes; none at the end of the connection."""
        self._wait_no_longer_than_the_deadline()
        return self._socket.recv(most)

    def receive_into(self, buffer: memoryview) -> int:
        """Fill a part of the buffer; 0 at the end of the connection."""
        self._wait_no_longer_than_the_deadline()
        return self._socket.recv_into(buffer)

    def is_quiet(self) -> bool:
        """Tell whether nothing has come that nobody asked for, nor the end of the connection."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return False
        if not self._readable.poll(0):
            return True
        # Over TLS it may be a message of TLS's own.
        try:
            self._socket.settimeout(0)
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            pass
        return False

    def end_sending(self) -> None:
        """Tell the other side that nothing more comes; may be called by another thread."""
        # The method of the plain socket: that of a TLS socket would forget the keys that the answer needs.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_WR)

    def close(self) -> None:
        """Close."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _wait_no_longer_than_the_deadline(self) -> None:
        left = _seconds_until(self.deadline)
        if abs((self._socket.gettimeout() or 0) - left) > _SLACK_SECONDS:
            self._socket.settimeout(left)


def _connect(host: str, port: int, deadline: float) -> socket.socket:
    """Try one address after another, each for its share of the time."""
    addresses = _lookups.run(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), _seconds_until(deadline))
    error: OSError = OSError(f"{host} has no address")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_seconds_until(deadline) / (len(addresses) - tried))
            connection.connect(address)
        except OSError as failure:
            connection.close()
            error = failure
        else:
            return connection
    raise error


def _seconds_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    return left
