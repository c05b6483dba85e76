"""The page that `make up` prints, in a real browser: the whole stack, with the real worker."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.box import copy_checkout, running_up
from tests.support.browser import NOT_LOADED, chromium, tab

pytestmark = pytest.mark.slow


def printed_address(checkout: Path) -> str:
    [address] = re.findall(r"http://127\.0\.0\.1:\d+/#token=\S+", (checkout / "up.txt").read_text())
    return address


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def publish(page: Page, sample: int) -> None:
    form = page.get_by_role("region", name="Publish", exact=True)
    form.get_by_label("Sample").select_option(str(sample))
    form.get_by_role("button", name="Publish").click()
    expect(form.get_by_text("1 message sent to topic worker-topic")).to_be_visible()


def fates(page: Page, fate: str, count: int) -> None:
    messages = page.get_by_role("region", name="Last messages", exact=True)
    expect(messages.get_by_role("row").filter(has_text=re.compile(fate))).to_have_count(count)


def test_an_order_is_published_rejected_mended_and_processed(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    port = free_port()
    with chromium() as browser, tab(browser, expected=NOT_LOADED) as page:
        with running_up(checkout, "--port", port) as up:
            address = printed_address(checkout)
            page.goto(address)
            publish(page, 0)
            fates(page, "processed", 1)
            publish(page, 4)
            fates(page, "rejected", 1)
            expect(page.locator("[data-count=dead]")).to_have_text("1 dead letter")

            page.get_by_role("button", name="Look", exact=True).click()
            page.get_by_role("region", name="Dead letters", exact=True).get_by_role(
                "button", name=re.compile("-")
            ).click()
            text = page.get_by_label("Its text")
            order = text.input_value()
            assert '"lines": []' in order
            text.fill(order.replace("[]", '[{"sku": "tea", "quantity": 2, "unit_price": "3.50"}]'))
            page.get_by_role("button", name="Send the edited letter back").click()
            expect(page.get_by_text("Sent back as ")).to_be_visible()
            fates(page, "processed", 2)
            expect(page.locator("[data-count=dead]")).to_have_text("0 dead letters")
            assert page.locator(".notice.warn").all_text_contents() == []
            up.send_signal(signal.SIGINT)
            assert up.wait() == 0
        expect(page.get_by_text("Trying again ...")).to_be_visible()

        with running_up(checkout, "--port", port):
            assert printed_address(checkout) == address
            expect(page.get_by_text("Trying again ...")).to_have_count(0)
            publish(page, 0)
            fates(page, "processed", 1)
