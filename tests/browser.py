"""Headless Chromium from the system's packages, and a person who uses a page by its names and roles."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = (
    os.environ.get("ROWCOL_CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
# Quiet: no look-ups of its own, so that every request seen is the page's.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser; without one the story fails, since a story that nobody ran proves nothing."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.fail("no Chromium on this machine: `make test-tools` installs one, or name yours in ROWCOL_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Person:
    """A browser of one person, with every request to elsewhere noted."""

    def __init__(
        self, browser: Any, address: str, *, theme: str = "light", width: int = 1440, height: int = 900
    ) -> None:
        self.address = address
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        self.page = self.context.new_page()
        self.elsewhere: list[str] = []
        self.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.elsewhere.append(request.url)

    def settle(self) -> None:
        """Wait until the page's script has run."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
        self.page.wait_for_timeout(400)

    def go(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(self.address + path)
        self.page.get_by_role("heading", level=1).wait_for(timeout=30_000)
        self.settle()

    def sign_in(self, role: str, path: str = "/") -> None:
        """Sign in as the demo person of a role and wait for the session cookie."""
        self.go(path)
        self.press(f"Sign in as {role}")
        self.page.get_by_role("button", name="Sign out").wait_for(state="attached", timeout=30_000)
        for _ in range(20):
            if any(c["name"] == "rowcol_session" for c in self.context.cookies()):
                break
            self.page.wait_for_timeout(200)
        self.settle()

    def press(self, name: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=name, exact=True).click()
        self.settle()

    def choose_bill(self, name: str) -> None:
        """Choose a bill to act on, typing as a person at the keyboard would: that opens and narrows the list."""
        self.page.get_by_role("combobox", name="Bills", exact=True).press_sequentially(name, delay=10)
        self.page.get_by_role("option", name=name).first.click()
        self.page.keyboard.press("Escape")
        self.settle()

    def wait_for_chip(self, text: str, timeout: float = 30_000) -> None:
        """Wait until a status chip says `text`."""
        self.page.locator(".rw .chip", has_text=text).first.wait_for(timeout=timeout)
