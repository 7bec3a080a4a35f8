"""What can go wrong with imports."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict


class RowsWrong(Conflict):
    """409: the import is wanted whole, and some rows are wrong."""

    code = "transfers.rows_wrong"
    title = mark("Some rows are wrong")
    message = mark(
        "{wrong} rows are wrong, so the file cannot be imported whole. Mend them and send the file again, or import without them."
    )
