"""Handing one mail to the mail server (RFC 5321), so that a repetition can be known as one.

The text is the same to the byte in every attempt, its Message-ID too (RFC 5322 3.6.4): should this process die between the
server's last word and our own note of it, the mail goes again, and receivers that know Message-IDs show it once.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from app.notifications.errors import MailNotTaken, MailRefused
from app.notifications.models import Message
from app.notifications.rendering import render_mail
from app.settings import Settings

SENDER_NAME: Final = "Gotong"
# What an attempt can meet on its way; anything else is our own fault and is told as such.
TROUBLE: Final = (smtplib.SMTPException, OSError)


def compose(message: Message, settings: Settings) -> EmailMessage:
    """Return the mail as it is sent."""
    mail = render_mail(
        message.template, {**message.facts, **(message.secrets or {})}, message.language, settings.public_url
    )
    sender = settings.smtp_from
    written = EmailMessage(policy=SMTP)
    written["From"] = Address(SENDER_NAME, addr_spec=sender)
    written["To"] = Address(addr_spec=message.recipient)
    written["Subject"] = mail.subject
    written["Date"] = format_datetime(message.created_at)
    written["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    written["Content-Language"] = message.language
    # Nobody's out-of-office note needs to answer a machine (RFC 3834).
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(mail.text, cte="quoted-printable")
    return written


def hand_over(settings: Settings, recipient: str, written: EmailMessage, *, before: Callable[[], None]) -> None:
    """Give the mail to the mail server.

    Args:
        settings: Where the server is, and who we are there.
        recipient: Who gets it.
        written: The mail.
        before: Called when the server is ready for the text; where it raises, no text goes out.

    Raises:
        MailNotTaken: Where another attempt may do better.
        MailRefused: Where none will.
    """
    with _told(), _connected(settings) as server:
        _accepted(*server.mail(settings.smtp_from))
        _accepted(*server.rcpt(recipient))
        before()
        _accepted(*server.data(written.as_bytes()))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPResponseException as error:
        # Refused log-ins and the like are the operator's to mend, and then the mail is good.
        raise MailNotTaken(what=f"{type(error).__name__} {error.smtp_code}") from error
    except TROUBLE as error:
        raise MailNotTaken(what=type(error).__name__) from error


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    host, port, seconds = settings.smtp_host, settings.smtp_port, settings.smtp_seconds
    server: smtplib.SMTP
    if settings.smtp_security == "tls":
        server = smtplib.SMTP_SSL(host, port, timeout=seconds, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=seconds)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        yield server
    finally:
        # What was taken is taken: a server that is rude at the farewell makes no mail unsent.
        with suppress(*TROUBLE):
            server.quit()
        server.close()


def _accepted(code: int, _: bytes) -> None:
    if 200 <= code < 300:
        return
    if 500 <= code < 600:
        raise MailRefused(what=code)
    raise MailNotTaken(what=code)
