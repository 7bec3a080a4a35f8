"""What crosses the API about registration, invitations, forgotten passwords and the second step."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.paging import PageQuery
from app.identity.models import AccountLink
from app.identity.schemas import Language, Name, Password, Role, Strict
from app.identity.second_factor import LONGEST_CODE

Secret = Annotated[str, Field(min_length=1, max_length=100)]
Code = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE)]
InvitedRole = Literal["manager", "reviewer", "sponsor", "officer", "partner", "host", "admin", "auditor"]
InvitationState = Literal["open", "accepted", "revoked", "expired"]

AN_INVITATION: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11",
    "email": "dewi@agro.example",
    "name": "Dewi Lestari",
    "role": "sponsor",
    "organisation_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a12",
    "region_code": None,
    "language": "id",
    "state": "open",
    "invited_by": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a13",
    "created_at": "2027-01-02T03:00:00Z",
    "expires_at": "2027-01-16T03:00:00Z",
}


class RegistrationIn(Strict):
    """Who wants to become a volunteer."""

    email: str = Field(max_length=254, examples=["ani@contoh.example"])
    name: Name = Field(examples=["Ani Wulandari"])


class MailOut(BaseModel):
    """The same for every address, so that nobody learns who has an account."""

    sent: Literal[True] = Field(default=True, description="A mail is on its way to the address.")


class AddressIn(Strict):
    """An address."""

    email: str = Field(max_length=254, examples=["ani@contoh.example"])


class LinkIn(Strict):
    """What a link of a mail carries, and the password that is chosen with it."""

    token: Secret = Field(repr=False, description="The last part of the link.", examples=["8Jx…"])
    password: Password = Field(repr=False, examples=["perahu kertas tujuh bukit"])


class InvitationIn(Strict):
    """Whom to invite."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {name: AN_INVITATION[name] for name in ("email", "name", "role", "organisation_id", "language")}
            ]
        },
    )

    email: str = Field(max_length=254)
    name: Name
    role: InvitedRole
    organisation_id: str | None = Field(default=None, max_length=36, description="Sponsors and partners need one.")
    region_code: str | None = Field(default=None, max_length=5, description="Officers need one.")
    language: Language | None = None


class InvitationOut(BaseModel):
    """An invitation, without its link, which only the mail holds."""

    model_config = ConfigDict(json_schema_extra={"examples": [AN_INVITATION]})

    id: str
    email: str
    name: str
    role: Role
    organisation_id: str | None
    region_code: str | None
    language: Language | None
    state: InvitationState
    invited_by: str
    created_at: dt.datetime
    expires_at: dt.datetime

    @classmethod
    def of(cls, link: AccountLink) -> Self:
        """Return the invitation as it is sent."""
        values = {name: getattr(link, name) for name in cls.model_fields if name != "state"}
        return cls(**values, state=state_of(link))


def state_of(link: AccountLink) -> InvitationState:
    """Return what an invitation is by now."""
    if link.used_at is not None:
        return "accepted"
    if link.revoked_at is not None:
        return "revoked"
    return "open" if link.expires_at > clock.now() else "expired"


class InvitationQuery(PageQuery):
    """Filters and sort of the invitations."""

    sort: Literal["created", "-created"] = "-created"
    role: list[Role] | None = Field(default=None, description="One or more roles.")


class PasswordCheckIn(Strict):
    """The present password."""

    password: Password = Field(repr=False, examples=["gotong-royong"])


class CodeIn(Strict):
    """A code of the authenticator app."""

    code: Code = Field(repr=False, examples=["492039"])


class SecondFactorOffIn(PasswordCheckIn):
    """What has to be known to turn the second step off."""

    code: Code = Field(repr=False, description="Of the app, or a recovery code.", examples=["492039"])


class SecondFactorOut(BaseModel):
    """How an account stands."""

    on: bool = Field(description="Whether codes are asked for at log-in.", examples=[True])
    required: bool = Field(description="Whether this role needs it here.", examples=[False])
    recovery_codes: int = Field(description="How many recovery codes are left.", examples=[10])


class KeyOut(BaseModel):
    """The key for an authenticator app, shown until its first code is confirmed."""

    key: str = Field(repr=False, examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    address: str = Field(
        repr=False,
        description="Opens the app on a phone.",
        examples=["otpauth://totp/Gotong:ani%40contoh.example?secret=JBSWY3DPEHPK3PXP&issuer=Gotong"],
    )


class RecoveryCodesOut(BaseModel):
    """Codes for whoever loses the app; each is good once. They are shown here only."""

    recovery_codes: list[str] = Field(repr=False, examples=[["7fk2m-x9qap", "c3tzd-8wrne"]])
