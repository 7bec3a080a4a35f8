"""What can go wrong with schools and needs."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict


class NumberTaken(Conflict):
    """409: a school's national number is its own."""

    code = "schools.number_taken"
    title = mark("The school is there already")
    message = mark("There is a school with the national number {npsn} already. Look it up and edit it.")


class NeedCodeTaken(Conflict):
    """409: codes are unique, since problem documents and people name needs by them."""

    code = "schools.need_code_taken"
    title = mark("The code is in use")
    message = mark("There is a need with the code {taken} already. Choose another code, or leave it out.")
