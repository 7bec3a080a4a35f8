"""What can go wrong at the door."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Forbidden, Problem, Unauthorised


class LoginRefused(Unauthorised):
    """401: the same answer for an unknown address, a wrong password and a closed account."""

    code = "identity.login_refused"
    title = mark("Log-in refused")
    message = mark("The e-mail address or the password is not right. Check both and try again.")


class ElsewhereRefused(Unauthorised):
    """401: what came back from the other service does not prove who it is; the log says why."""

    code = "identity.elsewhere_refused"
    title = mark("Log-in refused")
    message = mark("{name} did not confirm who you are. Try again, or log in with your password.")


class ElsewhereAway(Problem):
    """503: the other service does not answer, or not as it should."""

    code = "identity.elsewhere_away"
    status = 503
    title = mark("The other service does not answer")
    message = mark("{name} cannot be reached just now. Try again in a moment, or log in with your password.")


class NoAccountHere(Forbidden):
    """403: accounts are made by registration and invitation, never by another service."""

    code = "identity.no_account_here"
    title = mark("There is no account")
    message = mark("{email} has no open account here. Register, or ask for an invitation to this address.")


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


class LinkSpent(Problem):
    """410: a link that was used, revoked, is too old, or never was; which of these is nobody's business."""

    code = "identity.link_spent"
    status = 410
    title = mark("The link cannot be used any more")
    message = mark("The link was used already, is too old, or is not complete. Ask for a new one.")


class CodeNeeded(Unauthorised):
    """401: the password is right, and the account asks for a code too."""

    code = "identity.code_needed"
    title = mark("A code is needed")
    message = mark("Send a code of your authenticator app, or a recovery code, as code.")


class CodeWrong(Problem):
    """403: a code that is not right now, or was used before."""

    code = "identity.code_wrong"
    status = 403
    title = mark("The code is not right")
    message = mark("The code is not right, or was used already. Wait for the next one and try again.")


class SecondFactorOn(Problem):
    """409: the second step is on already."""

    code = "identity.second_factor_on"
    status = 409
    title = mark("The second step is on")
    message = mark("Your account asks for codes already. Turn that off first to use another app.")


class SecondFactorOff(Problem):
    """409: there is no second step."""

    code = "identity.second_factor_off"
    status = 409
    title = mark("The second step is off")
    message = mark("The account does not ask for codes, or no key was made yet.")


class SecondFactorMissing(Forbidden):
    """403: this role needs a second step here, and the account has none yet."""

    code = "identity.second_factor_missing"
    title = mark("Set up the second step first")
    message = mark("Your role needs a second step at log-in. Set it up on your account page, /account.")


class InvitationOver(Problem):
    """409: an invitation that was accepted or revoked."""

    code = "identity.invitation_over"
    status = 409
    title = mark("The invitation is over")
    message = mark("The invitation was accepted or revoked. Make a new one where it is needed.")
