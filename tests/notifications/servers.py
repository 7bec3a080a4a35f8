"""A mail server and a receiver of webhooks on 127.0.0.1, real to the byte on the wire, and as difficult as a test wants."""

from __future__ import annotations

import email
import email.policy
import http.server
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

# What a server does instead of answering kindly: takes the place in the dialogue, returns the answer, or None to hang up.
Whim = Callable[[str], str | None]


def kind(_: str) -> str:
    return ""


@dataclass
class MailServer:
    """What a test sees of the mail server: its port, its mailboxes, and its whims."""

    port: int = 0
    received: list[bytes] = field(default_factory=list)
    dialogue: list[str] = field(default_factory=list)
    whim: Whim = kind
    gate: threading.Event = field(default_factory=threading.Event)
    at_gate: threading.Event = field(default_factory=threading.Event)

    @property
    def mails(self) -> list[EmailMessage]:
        """Every mail that was taken, each as often as it was."""
        return [self.read(one) for one in self.received]

    @property
    def mailbox(self) -> list[EmailMessage]:
        """What a reader sees: receivers show mails of one Message-ID once."""
        return list({mail["Message-ID"]: mail for mail in self.mails}.values())

    @staticmethod
    def read(text: bytes) -> EmailMessage:
        """Return the mail as a mail program reads it."""
        mail = email.message_from_bytes(text, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    def wait_at_gate(self) -> None:
        """Let nothing go on until the test opens the gate."""
        self.at_gate.set()
        assert self.gate.wait(timeout=90)


class _Dialogue(socketserver.StreamRequestHandler):
    state: MailServer

    def handle(self) -> None:
        self.state = self.server.state  # type: ignore[attr-defined]
        self._say("220 mail.contoh.example ready")
        while line := self.rfile.readline():
            command = line.decode().strip()
            self.state.dialogue.append(command)
            verb = command.partition(" ")[0].upper()
            said = self.state.whim(verb)
            if said is None:
                return
            if said:
                self._say(said)
            elif verb == "DATA":
                self._say("354 go on")
                if not self._take():
                    return
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _take(self) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        said = self.state.whim("END")
        if said is None or said:
            if said:
                self._say(said)
            return said is not None
        self.state.received.append(b"".join(lines))
        said = self.state.whim("TAKEN")
        if said is None:
            return False
        self._say(said or "250 taken")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed in the middle are what these tests are about."""


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server until the block ends."""
    state = MailServer()
    with _Threads(("127.0.0.1", 0), _Dialogue) as server:
        server.state = state  # type: ignore[attr-defined]
        state.port = server.server_address[1]
        with _served(server):
            yield state


@dataclass
class Receiver:
    """What a test sees of the program that listens to a webhook."""

    port: int = 0
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    whim: Callable[[], None] = lambda: None
    dripping: bool = False

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/gotong?from=test"


class _Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        state: Receiver = self.server.state  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"]))
        state.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
        state.whim()
        self.send_response(state.answers.pop(0) if state.answers else 204)
        for name, value in state.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def end_headers(self) -> None:
        state: Receiver = self.server.state  # type: ignore[attr-defined]
        self.flush_headers()
        while state.dripping:
            try:
                self.wfile.write(b"X-Slow: very\r\n")
            except OSError:
                return
            time.sleep(0.1)  # the slowness that the test is about
        super().end_headers()

    def do_GET(self) -> None:
        raise AssertionError("a webhook is only posted to")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver until the block ends."""
    state = Receiver()
    with _Threads(("127.0.0.1", 0), _Listener) as server:
        server.state = state  # type: ignore[attr-defined]
        state.port = server.server_address[1]
        with _served(server):
            yield state


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=10)
