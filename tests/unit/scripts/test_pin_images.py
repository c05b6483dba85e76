"""`make pin`, against a registry of a few lines that gives its manifests only to who has its token."""

from __future__ import annotations

import http.client
import threading
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts import pin_images

DIGEST = "sha256:" + "d" * 64


@contextmanager
def registry(digest: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            known = self.path == "/v2/docker/library/python/manifests/3.13.7-slim"
            if self.headers.get("Authorization") != "Bearer guest":
                self.send_response(401)
                realm = f"http://{self.headers['Host']}/token"
                self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="gallery",scope="aws"')
            elif known and "oci.image.index" in self.headers["Accept"]:
                self.send_response(200)
                self.send_header("Docker-Content-Digest", digest)
            else:
                self.send_response(404)
            self.end_headers()

        def do_GET(self) -> None:
            body = b'{"token": "guest"}' if self.path == "/token?service=gallery&scope=aws" else b"{}"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Nobody asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_registrys_digest_is_asked_for_with_a_token_for_anybody():
    with registry(DIGEST) as host:
        assert pin_images.digest("http", host, "docker/library/python", "3.13.7-slim") == DIGEST


def test_an_image_is_pinned_and_pinned_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pin_images, "digest", lambda *_: DIGEST)
    text = "FROM public.ecr.aws/docker/library/python:3.13.7-slim AS build\nRUN true\nFROM build\n"
    once = pin_images.pinned(text)

    assert once == text.replace("3.13.7-slim", f"3.13.7-slim@{DIGEST}")
    assert pin_images.pinned(once) == once


def test_a_tag_that_the_registry_does_not_know_is_an_error():
    with registry(DIGEST) as host, pytest.raises(urllib.error.HTTPError, match="404"):
        pin_images.digest("http", host, "docker/library/python", "0.0.0")


def test_an_answer_without_a_digest_is_an_error():
    with registry("latest") as host, pytest.raises(ValueError, match=r"names no digest of docker/library/python:3\.13"):
        pin_images.digest("http", host, "docker/library/python", "3.13.7-slim")


@pytest.mark.parametrize("challenge", ["", "Basic", 'Bearer service="gallery"'])
def test_a_registry_that_does_not_say_where_a_token_is_is_an_error(challenge: str):
    with pytest.raises(ValueError, match="does not say where a token is to be had"):
        pin_images._token(challenge)


def test_an_answer_without_a_token_is_an_error():
    with registry(DIGEST) as host, pytest.raises(ValueError, match="gives no token"):
        pin_images._token(f'Bearer realm="http://{host}/elsewhere"')


def test_without_the_registry_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM registry.invalid/python:3.13.7\n")
    monkeypatch.setattr(pin_images, "dockerfiles", lambda: [dockerfile])

    assert pin_images.main() == 2
    assert "nothing was pinned: " in capsys.readouterr().err
    assert dockerfile.read_text() == "FROM registry.invalid/python:3.13.7\n"


def test_an_answer_that_is_no_http_pins_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM registry.invalid/python:3.13.7\n")
    monkeypatch.setattr(pin_images, "dockerfiles", lambda: [dockerfile])

    def answer(*_request: object) -> str:
        raise http.client.BadStatusLine("220 smtp")

    monkeypatch.setattr(pin_images, "digest", answer)

    assert pin_images.main() == 2
    assert capsys.readouterr().err == "nothing was pinned: 220 smtp\n"


def test_without_a_checkout_nothing_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(pin_images, "ROOT", tmp_path)

    assert pin_images.main() == 2
    assert capsys.readouterr().err.startswith("nothing was pinned: Command '['git', 'ls-files'")
