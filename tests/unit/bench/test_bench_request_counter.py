"""Requests are counted once each, however the bytes of a connection are cut."""

import pytest

from bench.proxy import RequestCounter

TWO_REQUESTS = (
    b'POST / HTTP/1.1\r\nContent-Length: 14\r\n\r\n{"Body":"a\\n"}'
    b"POST /000000000000/queue HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
)


@pytest.mark.parametrize("piece_bytes", [1, 2, 7, 16, 17, 40, len(TWO_REQUESTS)])
def test_requests_are_counted_however_they_are_cut(piece_bytes: int):
    counter = RequestCounter()
    pieces = [TWO_REQUESTS[start : start + piece_bytes] for start in range(0, len(TWO_REQUESTS), piece_bytes)]

    assert sum(counter.count(piece) for piece in pieces) == 2


def test_bodies_are_not_requests():
    assert RequestCounter().count(b'{"Body":"POST me a letter"}\r\n') == 0
