"""What can go wrong with documents."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict, Problem


class DocumentsClosed(Conflict):
    """409: nothing is added to an application that has ended."""

    code = "documents.closed"
    title = mark("No documents are taken")
    message = mark("The application {code} has ended, so no documents are taken for it.")


class TooManyDocuments(Conflict):
    """409: so many documents no application needs."""

    code = "documents.too_many"
    title = mark("Too many documents")
    message = mark("An application has at most {most} documents. Remove one first.")


class DocumentKept(Conflict):
    """409: what an application was sent with is what is judged."""

    code = "documents.kept"
    title = mark("The document stays")
    message = mark("You remove documents until you send your application. After that, ask the programme manager.")


class ContentMissing(Problem):
    """503: the file is not where it should be; an operator has to look."""

    code = "documents.content_missing"
    status = 503
    title = mark("The document cannot be read")
    message = mark("The file of this document cannot be read just now. Tell an administrator.")
