"""A person at a browser, and what has to be right about every page that the person sees."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect

from app.demo.accounts import PASSWORD

PHONE, DESKTOP = 360, 1280
HEIGHT = {PHONE: 740, DESKTOP: 900}
SWITCH = {"id": "Bahasa Indonesia", "en": "English"}
HEAVIEST = 100_000
# Patience for a machine that solves a round at the same time.
expect.set_options(timeout=30_000)
Make = Callable[..., "Visitor"]


class Visitor:
    """One person with a browser profile of their own; `page` is the open tab."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.page: Page = context.new_page()
        self.site = site
        self.complaints: list[str] = []
        self.weight: dict[str, int] = {}
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._weigh)

    @classmethod
    @contextmanager
    def all_of(cls, browser: Browser, site: str) -> Iterator[Make]:
        """Give a function that opens the door to visitors, and show all of them out at the end."""
        contexts: list[BrowserContext] = []

        def make(email: str | None = None, *, language: str = "id", scripts: bool = True) -> Visitor:
            context = browser.new_context(locale=language, java_script_enabled=scripts, reduced_motion="reduce")
            contexts.append(context)
            visitor = cls(context, site)
            visitor.go("/login")
            if email is not None:
                visitor.log_in(email)
            return visitor

        yield make
        for context in contexts:
            context.close()

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.weight = {}
        self.page.goto(f"{self.site}{path}")

    def log_in(self, email: str) -> None:
        """Fill the log-in form in and send it."""
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(PASSWORD)
        self.page.locator("main button").click()
        expect(self.page.locator("#password")).to_have_count(0)

    def speak(self, language: str) -> None:
        """Switch the language, where the page is not in it already."""
        if self.page.locator("html").get_attribute("lang") != language:
            self.page.get_by_role("button", name=SWITCH[language]).click()
        expect(self.page.locator("html")).to_have_attribute("lang", language)

    def look(self, name: str, width: int, *, language: str | None = None) -> None:
        """Check the page as it stands, from a window of this width; keep a picture where pictures are wanted."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT[width]})
        if language is not None:
            self.speak(language)
        name = f"{name}-{self.page.locator('html').get_attribute('lang')}-{width}"
        self._photograph(name)
        assert self.complaints == [], name
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways"
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"

    def weigh(self, path: str) -> int:
        """Return the bytes of a page with everything that it brings over the line."""
        self.go(path)
        self.page.wait_for_load_state("networkidle")
        assert any(url.endswith(".css") for url in self.weight), "the style came out of a cache and was not weighed"
        return sum(self.weight.values())

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _weigh(self, response: Response) -> None:
        sizes = response.request.sizes()
        self.weight[response.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]

    def _photograph(self, name: str) -> None:
        folder = os.environ.get("GOTONG_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
