"""Lets in only who comes from the page itself: by the loopback's name, from its own origin, and with its token.

A page of the internet can make a browser call this machine, under a name of its own that leads here (DNS rebinding) or
from another origin. It has neither the name nor the origin nor the token.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Scripts, styles and calls of this origin, and nothing else. No text ever becomes markup:
#: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/require-trusted-types-for
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Stands before the application."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        """`token` is asked of every call but those of the page's own files, in which nothing is secret."""
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on; either answer has the headers."""
        refusal = self._refusal(Headers(scope=scope), scope["path"]) if scope["type"] == "http" else None

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, path: str) -> JSONResponse | None:
        host = headers.get("host", "")
        if _hostname(host) not in _LOOPBACK:
            return _problem(403, "the page is on 127.0.0.1 alone")
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return _problem(403, "the page takes calls of its own alone")
        if path.startswith("/api/") and not self._has_token(headers.get("authorization", "")):
            return _problem(401, "open the page by the address that was printed: it has the token in it")
        return None

    def _has_token(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        return scheme == "Bearer" and hmac.compare_digest(given.encode(), self._token)


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _problem(status: int, text: str) -> JSONResponse:
    return JSONResponse({"problems": [text]}, status)
