"""Calling a webhook without being led into the own network (server-side request forgery).

The name is looked up once, every address that it has is checked, and the connection goes to exactly the checked one: a name
that answers differently the second time (DNS rebinding) gains nothing. Redirects are not followed, proxies not used, the answer
not read beyond its status, and the whole takes no longer than the operator allows.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from app.core.i18n import mark
from app.core.problems import FieldError
from app.notifications.errors import AddressRefused, WebhookGone, WebhookNotTaken
from app.settings import Settings

AGENT: Final = "Gotong-Webhooks/1"
GONE: Final = 410
# IPv6 ranges that carry an IPv4 address in their last 32 bits and so lead wherever that one leads (RFC 6052).
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def url_faults(url: str, *, production: bool, pointer: str = "/url") -> list[FieldError]:
    """Return what is wrong with a webhook's address as it is written; its network is looked at with each call."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        usable = False
    if not usable or parts.scheme not in {"https", "http"} or parts.username or parts.password or parts.fragment:
        return [
            FieldError(
                pointer,
                "bad_url",
                mark("This is not the address of a program on the web."),
                mark("Write it like https://example.org/gotong, without a user name and without #."),
            )
        ]
    if production and (parts.scheme != "https" or not _may_be_public(parts.hostname or "")):
        return [
            FieldError(
                pointer,
                "private_url",
                mark("Webhooks go over https to public addresses only."),
                mark("Give the receiver a public name with a certificate."),
            )
        ]
    return []


def _may_be_public(host: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        return "." in host.rstrip(".") and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))


def is_public(address: Ip) -> bool:
    """Tell whether `address` is one of the public internet, also behind the ways to write IPv4 in IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def call(url: str, body: bytes, headers: Mapping[str, str], settings: Settings) -> None:
    """Post `body` to `url`.

    Raises:
        AddressRefused: In production, for an address without encryption or in a private network.
        WebhookNotTaken: For no answer in time, or any but success.
        WebhookGone: For the answer 410.
    """
    faults = url_faults(url, production=settings.production)
    if faults:
        raise AddressRefused(what=faults[0].code)
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = _checked_address(parts.hostname or "", port, production=settings.production)
        status = _post(parts, (address, port), body, headers, settings.webhook_seconds)
    except (OSError, http.client.HTTPException) as error:
        raise WebhookNotTaken(what=type(error).__name__) from error
    if status == GONE:
        raise WebhookGone
    if not 200 <= status < 300:
        raise WebhookNotTaken(what=status)


def _checked_address(host: str, port: int, *, production: bool) -> str:
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    # One private address among public ones is refused too: which of them answers is not ours to guess.
    if production and not all(is_public(ipaddress.ip_address(one.partition("%")[0])) for one in found):
        raise AddressRefused(what="private_network")
    return found[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to one checked address, under the name that its certificate has to carry."""

    def __init__(self, parts: SplitResult, address: tuple[str, int], seconds: float) -> None:
        super().__init__(parts.hostname or "", address[1], timeout=seconds)
        # The default port stays out of the Host header.
        self.default_port = 443 if parts.scheme == "https" else 80
        self.was_cut = False
        self._address = address
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None

    def connect(self) -> None:
        """Connect to the checked address, whatever the name says by now."""
        self.sock = socket.create_connection(self._address, self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End the connection from another thread; whoever reads from it finds its end."""
        self.was_cut = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _post(parts: SplitResult, address: tuple[str, int], body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    connection = _Pinned(parts, address, seconds)
    # The socket's own patience begins anew with every byte; this one does not.
    patience = threading.Timer(seconds, connection.cut)
    patience.daemon = True
    patience.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Content-Type": "application/json", "User-Agent": AGENT, "Connection": "close", **headers}
        connection.request("POST", target, body, sent)
        status = connection.getresponse().status
    finally:
        patience.cancel()
        connection.close()
    # To the parser the end of a connection is the end of the headers, and what was cut off would look like success.
    if connection.was_cut:
        raise TimeoutError
    return status
