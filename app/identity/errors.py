"""What can go wrong at the door."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Forbidden, Problem, Unauthorised


class LoginRefused(Unauthorised):
    """401: the same answer for an unknown address, a wrong password and a closed account."""

    code = "identity.login_refused"
    title = mark("Log-in refused")
    message = mark("The e-mail address or the password is not right. Check both and try again.")


class TokenRefused(Unauthorised):
    """401: a token that is unknown, revoked or too old."""

    code = "identity.token_refused"
    title = mark("The token does not hold")
    message = mark("The token is unknown, revoked or expired. Log in again to get a new one.")


class FormKeyWrong(Forbidden):
    """403: a form that was not shown by us to this person (cross-site request forgery), or a very old one."""

    code = "identity.form_key_wrong"
    title = mark("The form is too old")
    message = mark("The form is too old or did not come from this site. Load the page again and send it once more.")


class EmailTaken(Problem):
    """409: one account for each address."""

    code = "identity.email_taken"
    status = 409
    title = mark("The address is in use")
    message = mark("There is an account with the address {email} already. Use another address.")


class ScopeTooWide(Problem):
    """403: a token cannot be made that allows more than its maker's."""

    code = "identity.scope_too_wide"
    status = 403
    title = mark("The scope is too wide")
    message = mark("Your own token does not cover {scope}. Ask for less, or log in with your password.")


class KeyReused(Problem):
    """409: an Idempotency-Key stands for one request, and this is another one."""

    code = "identity.key_reused"
    status = 409
    title = mark("The key stands for another request")
    message = mark("The Idempotency-Key {key} was sent with another request before. Use a new key for a new request.")


class CodeTaken(Problem):
    """409: one organisation for each code."""

    code = "identity.code_taken"
    status = 409
    title = mark("The code is in use")
    message = mark("There is an organisation with the code {taken} already. Use another code.")


class LastAdministrator(Problem):
    """409: without an administrator nobody could make one again."""

    code = "identity.last_administrator"
    status = 409
    title = mark("The last administrator")
    message = mark("This is the last open administrator's account. Make another administrator first.")


class PasswordWrong(Problem):
    """403: the present password has to be given to choose a new one."""

    code = "identity.password_wrong"
    status = 403
    title = mark("The present password is not right")
    message = mark("Your present password is not right. Nothing was changed.")
