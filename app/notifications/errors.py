"""What can go wrong on the way out. A status of 5xx means: try again later; below that, another attempt would fail too."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Problem


class MailNotTaken(Problem):
    """503: the mail server did not answer, or does not take this mail now."""

    code = "notifications.mail_not_taken"
    status = 503
    title = mark("The mail server does not take the mail now")
    message = mark("The mail server did not take the mail ({what}). It is tried again.")


class MailRefused(Problem):
    """422: the mail server will never take this mail, for example because there is no such mailbox."""

    code = "notifications.mail_refused"
    status = 422
    title = mark("The mail server refuses the mail")
    message = mark("The mail server refuses the mail (code {what}). Check the address.")


class WebhookNotTaken(Problem):
    """503: the receiver did not answer with success."""

    code = "notifications.webhook_not_taken"
    status = 503
    title = mark("The receiver does not take the event now")
    message = mark("The receiver did not take the event ({what}). It is tried again.")


class WebhookGone(Problem):
    """410: the receiver says that nobody listens there any more, or the webhook was switched off."""

    code = "notifications.webhook_gone"
    status = 410
    title = mark("Nobody listens there any more")
    message = mark("The receiver says that nobody listens there any more, or the webhook is switched off.")


class AddressRefused(Problem):
    """422: the receiver's address leads into a private network, or has no encryption."""

    code = "notifications.address_refused"
    status = 422
    title = mark("The address cannot be called")
    message = mark("The webhook's address leads to where the service does not call: {what}.")
