"""The page's server: who is let in, what the page's files may do, and what is told as it happens."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from tests.support.told_account import ToldAccount
from tests.support.told_place import SERVICE, account, place
from worker_ops.console.web.app import console_app
from worker_ops.console.web.console import Console
from worker_ops.console.web.server import ConsoleServer
from worker_ops.errors import OpsError

TOKEN = "t" * 43
HOST = "http://127.0.0.1:4567"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
EVENTS = "/api/services/orders/events"


def console(told: ToldAccount | None = None, logs: Path | None = None) -> Console:
    return Console(place(told, logs), [SERVICE], can_write=False)


@pytest.fixture
def client() -> TestClient:
    return TestClient(console_app(console(), TOKEN), base_url=HOST)


def test_the_page_says_what_it_is_for(client: TestClient) -> None:
    answer = client.get("/api/about", headers=AUTHORIZED)

    assert answer.json() == {
        "place": "stack dev",
        "can_write": False,
        "samples": [],
        "services": [{"name": "orders", "queues": ["main"]}],
    }


@pytest.mark.parametrize(
    "authorization",
    [b"", TOKEN.encode(), f"Basic {TOKEN}".encode(), f"Bearer {TOKEN}x".encode(), b"Bearer ", b"Bearer \xe9"],
)
@pytest.mark.parametrize("path", ["/api/about", EVENTS, "/api/services/orders/messages/m-1", "/api/unknown"])
def test_without_its_token_nothing_is_told(client: TestClient, path: str, authorization: bytes) -> None:
    answer = client.get(path, headers={b"Authorization": authorization})
    assert client.get(path).status_code == 401

    assert answer.status_code == 401
    assert answer.json() == {"problems": ["open the page by the address that was printed: it has the token in it"]}


@pytest.mark.parametrize("path", ["/", "/app.js", "/api/about"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:4567", "", "10.0.0.1", "[::1", "localhost@x"])
def test_under_another_name_nothing_is_served(client: TestClient, host: str, path: str) -> None:
    answer = client.get(path, headers={**AUTHORIZED, "Host": host})

    assert (answer.status_code, answer.json()) == (403, {"problems": ["the page is on 127.0.0.1 alone"]})


@pytest.mark.parametrize("host", ["127.0.0.1:4567", "localhost:8000", "localhost", "[::1]:4567"])
def test_loopback_has_several_names_and_a_tunnel_another_port(client: TestClient, host: str) -> None:
    headers = {**AUTHORIZED, "Host": host, "Origin": f"http://{host}"}
    assert client.get("/api/about", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:3000", "http://localhost:4567", "null"])
def test_from_another_origin_nothing_is_served(client: TestClient, origin: str) -> None:
    answer = client.get("/api/about", headers={**AUTHORIZED, "Origin": origin})

    assert (answer.status_code, answer.json()) == (403, {"problems": ["the page takes calls of its own alone"]})


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/app.js", {}),
        ("/api/about", AUTHORIZED),
        ("/api/about", {}),
        ("/missing", {}),
        ("/", {"Host": "x"}),
    ],
)
def test_every_answer_has_the_headers(client: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)

    told = answer.headers["Content-Security-Policy"]
    assert dict(rule.split(" ", 1) for rule in told.split("; ")) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


class Loaded(HTMLParser):
    """What a page loads, and whether it has code or style of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on") or name == "style"], tag
        assert tag not in ("style", "base")
        if tag in ("script", "link"):
            self.addresses.append(given.get("src") or given.get("href") or "")


def test_the_page_loads_files_of_its_own_alone(client: TestClient) -> None:
    loaded = Loaded()
    loaded.feed(client.get("/").text)

    assert loaded.addresses == ["icon.svg", "console.css", "app.js"]
    for address in loaded.addresses:
        assert client.get(f"/{address}").status_code == 200
    assert client.get("/app.js").headers["Content-Type"].partition(";")[0].endswith("/javascript")


@pytest.mark.parametrize("path", ["/../web/guard.py", "/%2e%2e/web/guard.py", "/..%2fweb%2fguard.py"])
def test_no_other_file_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/services/other/events", "/api/services/orders/messages/m-9", "/api/services/other/messages/m-1"]
)
def test_what_there_is_not_is_told(client: TestClient, path: str) -> None:
    answer = client.get(path, headers=AUTHORIZED)

    assert answer.status_code == 404
    assert answer.json()["problems"][0].startswith("there is no such ")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path


def client_of(server: ConsoleServer) -> httpx2.Client:
    return httpx2.Client(base_url=server.address.partition("#")[0], headers=AUTHORIZED, trust_env=False)


@pytest.fixture
def served(logs: Path) -> Iterator[httpx2.Client]:
    with ConsoleServer(console(logs=logs), 0, TOKEN) as server, client_of(server) as client:
        yield client


def looks(answer: httpx2.Response) -> Iterator[dict]:
    for line in answer.iter_lines():
        if line:
            assert line.startswith("data: ")
            yield json.loads(line.removeprefix("data: "))


def test_the_address_is_loopbacks_and_its_token_is_sent_to_nobody() -> None:
    with ConsoleServer(console(), 0) as first, ConsoleServer(console(), 0) as second:
        addresses = [urlsplit(server.address) for server in (first, second)]

    assert {address.hostname for address in addresses} == {"127.0.0.1"}
    tokens = {address.fragment.removeprefix("token=") for address in addresses}
    assert len(tokens) == 2
    assert all(len(token) >= 43 for token in tokens)
    assert all(address.query == "" and address.path == "/" for address in addresses)


def test_what_happens_is_told_as_it_happens(served: httpx2.Client, logs: Path) -> None:
    with served.stream("GET", EVENTS) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        told = looks(answer)
        assert next(told)["queues"][0]["visible"] == 7
        line = {
            "action": "message_rejected",
            "message_id": "a/b?c",
            "error": "<b>no</b>\ud800",
            "timestamp": "2026-03-04",
        }
        (logs / "worker-1.log").write_text(json.dumps(line) + "\n")
        seen = next(look for look in told if look["messages"])

    assert [(message["id"], message["reason"]) for message in seen["messages"]] == [("a/b?c", "<b>no</b>\ud800")]
    story = served.get("/api/services/orders/messages/a%2Fb%3Fc").json()
    assert [(step["action"], step["text"]) for step in story["steps"]] == [("message_rejected", "<b>no</b>\ud800")]


def test_nobodys_account_is_asked_while_nobody_watches() -> None:
    told = account()
    with ConsoleServer(console(told), 0, TOKEN) as server, client_of(server) as client:
        client.get("/api/about")
        client.get("/api/services/orders/messages/m-1")

    assert told.asked == []


def test_two_who_watch_cost_what_one_does() -> None:
    told = account()
    with (
        ConsoleServer(console(told), 0, TOKEN) as server,
        client_of(server) as client,
        client.stream("GET", EVENTS) as one,
        client.stream("GET", EVENTS) as other,
    ):
        assert next(looks(one)) == next(looks(other))

    assert told.times("describe_services") == 1


def test_whoever_watches_is_let_go_when_it_ends() -> None:
    with ConsoleServer(console(), 0, TOKEN) as server:
        client = client_of(server)
        answer = client.send(client.build_request("GET", EVENTS), stream=True)
        told = looks(answer)
        assert next(told)["problems"] == []

    assert list(told) == []
    client.close()


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OpsError, match=f"port {port} is in use by another program"):
            ConsoleServer(console(), port)
