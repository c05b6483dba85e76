"""A real browser for tests: Chromium from the distribution's packages, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

#: What the browser tells of a server that refuses, or is gone.
NOT_LOADED = "Failed to load resource"
#: Far more than anything takes on a busy machine.
_DEADLINE_MILLISECONDS = 120_000
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; where there is none, the test is skipped."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no browser: install the distribution's package chromium")
    # Its sandbox does not run as root, as in a container of CI.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=_DEADLINE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def tab(browser: Browser, *, expected: str | None = None, **options: Any) -> Iterator[Page]:
    """A tab of its own; at its end nothing may have gone wrong that a browser's console tells.

    `expected` is how the browser's own words begin where the test has something refused.
    """
    context = browser.new_context(**options)
    page = context.new_page()
    told: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            told.append(message.text)

    def hear_dialog(dialog: Dialog) -> None:
        told.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", hear)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("dialog", hear_dialog)
    try:
        yield page
    finally:
        context.close()
    faults = [text for text in told if expected is None or not text.startswith(expected)]
    assert not faults, faults
