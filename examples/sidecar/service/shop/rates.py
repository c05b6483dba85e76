"""The sidecar: serves what a currency is worth in euros. `python -m shop.rates check` asks whether it is well."""

import os
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATES = {"EUR": "1.0", "GBP": "1.15", "USD": "0.92"}
PORT = int(os.environ["RATES_PORT"])


class Rates(BaseHTTPRequestHandler):
    """GET /CURRENCY."""

    def do_GET(self) -> None:
        """Answer with the rate, or 404."""
        rate = RATES.get(self.path.strip("/"))
        self.send_response(200 if rate else 404)
        self.end_headers()
        self.wfile.write((rate or "").encode())


def serve() -> None:
    """Serve the task's other containers until ECS stops this one."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("127.0.0.1", PORT), Rates).serve_forever()


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        urllib.request.urlopen(f"http://localhost:{PORT}/EUR", timeout=2)
    else:
        serve()
