"""Converts each order's total."""

import logging
import os
import urllib.request

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Convert one order's total into euros, by the sidecar's rate."""
    order = message.json()
    url = f"http://localhost:{os.environ['RATES_PORT']}/{order['currency']}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        rate = float(answer.read())
    log.info("%s: %d %s are %d EUR", order["order_id"], order["total"], order["currency"], round(order["total"] * rate))
