"""What crosses the API about accounts, log-ins, tokens and organisations. No field ever carries a hash."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import LEFT_OUT
from app.core.paging import PageQuery
from app.identity.models import ApiToken, User
from app.identity.passwords import LONGEST as LONGEST_PASSWORD

Role = Literal["manager", "reviewer", "applicant", "sponsor", "officer", "partner", "host", "admin", "auditor"]
Kind = Literal["programme", "company", "government", "ngo"]
Language = Literal["id", "en"]
# Printable, so that a name cannot carry line breaks into a log or a mail header.
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
Code = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*$")]
# Each field of this type is kept out of `repr`, so that no log line can show it.
Password = Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]

# The default of what a patch may leave out but not empty: never read, only the fields that were sent count.
ACCOUNT: Final = ("id", "email", "name", "role", "organisation_id", "region_code", "language")


class Strict(BaseModel):
    """A body in which an unknown name is an error."""

    model_config = ConfigDict(extra="forbid")


class LoginIn(Strict):
    """An address and its password."""

    email: str = Field(max_length=254, examples=["rina@contoh.example"])
    password: Password = Field(repr=False, examples=["gotong-royong"])
    code: str | None = Field(
        default=None,
        max_length=40,
        repr=False,
        description="Of the authenticator app, or a recovery code; where the account asks for one.",
        examples=["492039"],
    )


class MeOut(BaseModel):
    """Who is asking."""

    id: str = Field(examples=["019c3b52-7a41-7c8e-9f00-0d6a1c2b3e4f"])
    email: str = Field(examples=["rina@contoh.example"])
    name: str = Field(examples=["Rina"])
    role: Role = Field(examples=["manager"])
    organisation_id: str | None = Field(examples=[None])
    region_code: str | None = Field(examples=[None])
    language: Language | None = Field(examples=["id"])
    scopes: list[str] = Field(description="What the present token is limited to.", examples=[["*"]])

    @classmethod
    def of(cls, user: User, scopes: frozenset[str]) -> Self:
        """Return `user` as the owner sees the account."""
        return cls.model_validate({**{name: getattr(user, name) for name in ACCOUNT}, "scopes": sorted(scopes)})


class LoginOut(BaseModel):
    """A new token. Its text is shown here only and stored nowhere."""

    token: str = Field(repr=False, examples=["gtg_3q2-7wAb..."])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the word of RFC 6750
    expires_at: dt.datetime = Field(examples=["2027-02-01T03:00:00Z"])
    user: MeOut


class PasswordChangeIn(Strict):
    """The present password and the new one."""

    present_password: Password = Field(repr=False, examples=["gotong-royong"])
    new_password: Password = Field(repr=False, examples=["perahu kertas tujuh bukit"])


class PasswordIn(Strict):
    """A new password for somebody."""

    password: Password = Field(repr=False, examples=["perahu kertas tujuh bukit"])


class TokenIn(Strict):
    """What a new token is for."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = Field(examples=["nightly export"])
    scopes: list[Annotated[str, Field(max_length=100)]] = Field(
        default=["*"],
        min_length=1,
        max_length=50,
        description="Patterns over permission names: *, rounds.*, *.view, rounds.solve.",
        examples=[["*.view"]],
    )
    days: int = Field(default=30, ge=1, le=365, description="How long it holds.", examples=[30])


class TokenOut(BaseModel):
    """A token, without its text."""

    id: str = Field(examples=["019c3b52-7a41-7c8e-9f00-0d6a1c2b3e4f"])
    name: str = Field(examples=["nightly export"])
    scopes: list[str] = Field(examples=[["*.view"]])
    created_at: dt.datetime = Field(examples=["2027-01-02T03:00:00Z"])
    expires_at: dt.datetime = Field(examples=["2027-02-01T03:00:00Z"])

    @classmethod
    def of(cls, row: ApiToken) -> Self:
        """Return the token's row as it is sent."""
        return cls(id=row.id, name=row.name, scopes=row.scopes, created_at=row.created_at, expires_at=row.expires_at)


class NewTokenOut(TokenOut):
    """A new token with its text, which is shown here only and stored nowhere."""

    token: str = Field(repr=False, examples=["gtg_3q2-7wAb..."])


class UserIn(Strict):
    """A new account."""

    email: str = Field(max_length=254, examples=["yosef@contoh.example"])
    name: Name = Field(examples=["Yosef Lamabelawa"])
    role: Role = Field(examples=["officer"])
    password: Password | None = Field(repr=False, default=None, examples=["perahu kertas tujuh bukit"])
    organisation_id: str | None = Field(default=None, max_length=36, description="Sponsors and partners need one.")
    region_code: str | None = Field(default=None, max_length=5, description="Officers need one.", examples=["53"])
    language: Language | None = Field(default=None, examples=["id"])


class UserPatch(Strict):
    """What changes of an account; what is left out stays."""

    name: Name = Field(default=LEFT_OUT, examples=["Yosef Lamabelawa"])
    role: Role = Field(default=LEFT_OUT, examples=["officer"])
    organisation_id: str | None = Field(default=None, max_length=36)
    region_code: str | None = Field(default=None, max_length=5, examples=["53"])
    language: Language | None = Field(default=None, examples=["id"])
    active: bool = Field(default=LEFT_OUT, description="False closes the account at once.", examples=[True])


class UserOut(BaseModel):
    """An account as administrators see it."""

    id: str = Field(examples=["019c3b52-7a41-7c8e-9f00-0d6a1c2b3e4f"])
    email: str = Field(examples=["yosef@contoh.example"])
    name: str = Field(examples=["Yosef Lamabelawa"])
    role: Role = Field(examples=["officer"])
    organisation_id: str | None = Field(examples=[None])
    region_code: str | None = Field(examples=["53"])
    language: Language | None = Field(examples=["id"])
    active: bool = Field(examples=[True])
    created_at: dt.datetime = Field(examples=["2027-01-02T03:00:00Z"])
    version: int = Field(examples=[1])

    model_config = ConfigDict(from_attributes=True)


class UserQuery(PageQuery):
    """Filters and sorts of the accounts."""

    sort: Literal["name", "-name", "email", "-email", "created", "-created"] = "name"
    role: list[Role] | None = Field(default=None, description="One or more roles.")
    organisation: str | None = Field(default=None, max_length=36)
    region: str | None = Field(default=None, max_length=5, description="The region and all below it.")
    active: bool | None = None
    name: str | None = Field(default=None, max_length=200, description="Part of the name.")


class TokenQuery(PageQuery):
    """Sorts of the tokens."""

    sort: Literal["created", "-created", "name", "-name"] = "-created"


class OrganisationIn(Strict):
    """A new organisation."""

    code: Code = Field(examples=["pemda-ntt"])
    kind: Kind = Field(examples=["government"])
    name: Name = Field(examples=["Pemerintah Provinsi Nusa Tenggara Timur"])
    region_code: str | None = Field(default=None, max_length=5, description="Of a government.", examples=["53"])


class OrganisationOut(BaseModel):
    """An organisation."""

    id: str = Field(examples=["019c3b52-7a41-7c8e-9f00-0d6a1c2b3e4f"])
    code: str = Field(examples=["pemda-ntt"])
    kind: Kind = Field(examples=["government"])
    name: str = Field(examples=["Pemerintah Provinsi Nusa Tenggara Timur"])
    region_code: str | None = Field(examples=["53"])
    invented: bool = Field(description="Made up for a demonstration.", examples=[False])

    model_config = ConfigDict(from_attributes=True)


class OrganisationQuery(PageQuery):
    """Filters and sorts of the organisations."""

    sort: Literal["name", "-name", "code", "-code"] = "name"
    kind: list[Kind] | None = Field(default=None, description="One or more kinds.")
    region: str | None = Field(default=None, max_length=5, description="The region and all below it.")
    name: str | None = Field(default=None, max_length=200, description="Part of the name.")
