"""Run the web server on a port that is really free, or say in a sentence that it is not."""

from __future__ import annotations

import errno
import os
import socket

import uvicorn

from app.settings import Settings


class PortTaken(Exception):  # noqa: N818 - what is the matter, in a word
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} on {host} is taken by another program. Stop that program, or choose another port: "
            f"gotong serve --port {port + 1} (make demo PORT={port + 1})"
        )


class AddressRefused(PortTaken):
    """The address is not of this machine, or the port needs more rights."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        Exception.__init__(self, f"cannot listen on {host}, port {port}: {reason}. Choose another --host or --port.")


def check_port(host: str, port: int) -> None:
    """Raise PortTaken where `port` cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(host, port) from error
            raise AddressRefused(host, port, error.strerror or str(error)) from error


def serve_web(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises:
        PortTaken: Where another program listens there, before anything else is done.
    """
    check_port(host, port)
    uvicorn.run(
        "app.main:application",
        factory=True,
        host=host,
        port=port,
        workers=settings.processes,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        server_header=False,
        log_level=os.environ.get("UVICORN_LOG_LEVEL", "info"),
        timeout_graceful_shutdown=5,
    )
