"""A browser without scripts: it opens pages, weighs them, and fills in the forms that it is shown."""

from __future__ import annotations

import html
import re
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

MOST_BYTES = 100_000


class Browser:
    """One visitor; `language` as the browser asks for it."""

    def __init__(self, client: TestClient, language: str = "en") -> None:
        self.client = client
        self.page: Response
        client.headers.update({"accept": "text/html", "accept-language": language})

    def log_in(self, email: str, password: str) -> Browser:
        """Log in through the form."""
        self.open("/login")
        self.send("/login", email=email, password=password)
        return self

    def open(self, address: str) -> str:
        """Open a page and return its text."""
        return self._shown(self.client.get(address))

    def send(self, address: str, *, nth: int = 0, **fields: Any) -> str:
        """Send the `nth` form of the present page that goes to `address`, with its hidden fields; return what comes."""
        forms = re.findall(rf'<form method="post" action="{re.escape(address)}".*?</form>', self.page.text, re.DOTALL)
        assert len(forms) > nth, f"no such form to {address} on {self.page.url}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[nth]))
        return self._shown(self.client.post(address, data={**hidden, **fields}))

    def _shown(self, answer: Response) -> str:
        while answer.status_code == 303:
            answer = self.client.get(answer.headers["location"])
        assert len(answer.content) < MOST_BYTES, (answer.url, len(answer.content))
        assert answer.headers["content-type"].startswith("text/html"), answer.text
        # Nothing on these pages needs a script, and none stands in the page itself.
        assert not re.search(r"<script(?![^>]*src=)", answer.text)
        self.page = answer
        return html.unescape(answer.text)
