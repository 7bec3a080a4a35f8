"""What crosses the API about funds and agreements. Money is whole rupiah; regions are named by their official code."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.funding.models import Agreement, Fund, LedgerEntry
from app.identity.models import Organisation

MOST_RUPIAH = 10**15  # the optimizer's own limit; sums of 100,000 placements stay far below 2^63

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
Id = Annotated[str, Field(min_length=1, max_length=36)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Title = Annotated[str, Field(min_length=1, max_length=300)]
Note = Annotated[str, Field(max_length=2000)]
Rupiah = Annotated[int, Field(strict=True, ge=1, le=MOST_RUPIAH)]
Line = Annotated[str, Field(pattern=r"^(\*|[a-z][a-z0-9_-]{0,39})$")]
RegionCode = Annotated[str, Field(pattern=r"^\d\d(\.\d\d)?$")]
Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:_.-]{0,59}$")]
Number = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
WrittenReason = Annotated[str, Field(min_length=3, max_length=500)]

A_FUND = {
    "code": "agro-sd-2027",
    "organisation_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11",
    "name": "Guru SD NTT 2027",
    "earmark_id": "sekolah dasar di Nusa Tenggara Timur",
    "earmark_en": "primary schools in Nusa Tenggara Timur",
    "amount": 900_000_000,
    "starts_on": "2027-01-01",
    "ends_on": "2028-12-31",
}
AN_AGREEMENT = {
    "code": "ntt-agro",
    "title_id": "NTT membayar uang saku, Agro Lestari sisanya",
    "title_en": "NTT pays the stipend, Agro Lestari the rest",
    "lines": [
        {"line": "*", "fund_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a12"},
        {"line": "stipend", "fund_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a13"},
    ],
    "regions": ["53"],
    "tags": ["level:sd"],
    "min_placements": 0,
    "max_placements": 9,
}
AN_ORGANISATION: dict[str, Any] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11",
    "code": "agro",
    "kind": "company",
    "name": "PT Agro Lestari Timur (contoh)",
}


class OrganisationOut(BaseModel):
    """An organisation in short."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [AN_ORGANISATION]})

    id: str
    code: str
    kind: str
    name: str


class FundIn(BaseModel):
    """A pledge: whose money, how much, for when and for what."""

    model_config = body(A_FUND)

    code: Code = Field(description="How people and problem documents name the fund.")
    organisation_id: Id | None = Field(default=None, description="Whose money it is; left out: your own organisation.")
    name: Name
    earmark_id: Note = Field(default="", description="What it is for, in Indonesian.")
    earmark_en: Note = Field(default="", description="What it is for, in English.")
    amount: Rupiah = Field(description="Whole rupiah.")
    starts_on: dt.date
    ends_on: dt.date = Field(description="The last day on which it can be spent.")


class FundPatch(BaseModel):
    """Changes to a fund; what is left out stays. Amount and period change only until the fund is confirmed."""

    model_config = body({"name": "Guru SD NTT 2027–2028"})

    name: Name = Field(default=LEFT_OUT)
    earmark_id: Note = Field(default=LEFT_OUT)
    earmark_en: Note = Field(default=LEFT_OUT)
    amount: Rupiah = Field(default=LEFT_OUT)
    starts_on: dt.date = Field(default=LEFT_OUT)
    ends_on: dt.date = Field(default=LEFT_OUT)


class BalancesOut(BaseModel):
    """What stands in each account of a fund, in rupiah."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"available": 700_000_000, "reserved": 150_000_000, "committed": 50_000_000, "spent": 0}]
        }
    )

    available: int = Field(description="Can still be reserved; what the next round may use.")
    reserved: int = Field(description="Set aside for placements that were offered.")
    committed: int = Field(description="Bound to placements that were accepted.")
    spent: int


class FundOut(BaseModel):
    """A fund with its accounts."""

    id: str
    code: str
    organisation: OrganisationOut
    name: str
    earmark_id: str
    earmark_en: str
    amount: int
    starts_on: dt.date
    ends_on: dt.date
    state: str = Field(examples=["confirmed"])
    balances: BalancesOut
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, fund: Fund) -> FundOut:
        """Return `fund`, whose balances and organisation are loaded, as it is sent."""
        accounts = {balance.account: balance.amount for balance in fund.balances}
        return cls(
            id=fund.id,
            code=fund.code,
            organisation=OrganisationOut.model_validate(fund.organisation),
            name=fund.name,
            earmark_id=fund.earmark_id,
            earmark_en=fund.earmark_en,
            amount=fund.amount,
            starts_on=fund.starts_on,
            ends_on=fund.ends_on,
            state=fund.state,
            balances=BalancesOut.model_validate(accounts),
            created_at=fund.created_at,
            version=fund.version,
        )


class ReasonIn(BaseModel):
    """Why something is done; it stands in the record."""

    model_config = body({"reason": "The sponsor moved the rest to the next year."})

    reason: WrittenReason


class LedgerEntryOut(BaseModel):
    """Money that moved between two accounts of a fund; `outside` is where a pledge comes from and a rest goes to."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: dt.datetime
    from_account: str = Field(examples=["available"])
    to_account: str = Field(examples=["reserved"])
    amount: int = Field(examples=[71_400_000])
    line: str | None = Field(examples=["stipend"])
    placement_id: str | None
    reason: str = Field(examples=["publish"])
    actor_id: str

    @classmethod
    def of(cls, entry: LedgerEntry) -> LedgerEntryOut:
        """Return `entry` as it is sent."""
        return cls.model_validate(entry)


class LineIn(BaseModel):
    """A cost line and the fund that pays it."""

    model_config = body(AN_AGREEMENT["lines"][1])  # type: ignore[index]

    line: Line = Field(description="`*` stands for every line that is not named; `travel` is the way there and back.")
    fund_id: Id


class AgreementIn(BaseModel):
    """Which fund pays which cost line, for which regions and posts."""

    model_config = body(AN_AGREEMENT)

    code: Code
    title_id: Title
    title_en: Title
    lines: list[LineIn] = Field(min_length=1, max_length=50)
    regions: list[RegionCode] | None = Field(
        default=None, min_length=1, max_length=600, description="With all regions below them; null: anywhere."
    )
    tags: list[Tag] = Field(default=[], max_length=50, description="All of them on the post or on its school.")
    min_placements: Number = 0
    max_placements: Number | None = None


class AgreementPatch(BaseModel):
    """Changes to an agreement that nobody signed yet; what is left out stays."""

    model_config = body({"max_placements": 12})

    title_id: Title = Field(default=LEFT_OUT)
    title_en: Title = Field(default=LEFT_OUT)
    lines: list[LineIn] = Field(default=LEFT_OUT, min_length=1, max_length=50)
    regions: list[RegionCode] | None = Field(default=None, min_length=1, max_length=600)
    tags: list[Tag] = Field(default=LEFT_OUT, max_length=50)
    min_placements: Number = Field(default=LEFT_OUT)
    max_placements: Number | None = None


class SignIn(BaseModel):
    """A signature. A manager names the party whose signature is recorded, and the reason (such as the letter's number)."""

    model_config = body(
        {}, {"organisation_id": AN_ORGANISATION["id"], "reason": "Letter 421/0117/2027 of 4 January 2027"}
    )

    organisation_id: Id | None = Field(default=None, description="Left out: your own organisation.")
    reason: WrittenReason | None = None


class FundShort(BaseModel):
    """A fund in short."""

    id: str
    code: str
    name: str
    organisation_id: str


class LineOut(BaseModel):
    """A cost line and the fund that pays it."""

    line: str = Field(examples=["stipend"])
    fund: FundShort


class PartyOut(BaseModel):
    """An organisation whose fund pays a line, and when it signed."""

    organisation: OrganisationOut
    signed_at: dt.datetime | None


class AgreementOut(BaseModel):
    """An agreement with its lines, parties and signatures."""

    id: str
    code: str
    title_id: str
    title_en: str
    lines: list[LineOut]
    regions: list[str] | None = Field(description="null: anywhere")
    tags: list[str]
    min_placements: int
    max_placements: int | None
    state: str = Field(examples=["draft"])
    parties: list[PartyOut]
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, agreement: Agreement) -> AgreementOut:
        """Return `agreement`, whose parts are loaded, as it is sent."""
        signed = {signature.organisation_id: signature.signed_at for signature in agreement.signatures}
        return cls(
            id=agreement.id,
            code=agreement.code,
            title_id=agreement.title_id,
            title_en=agreement.title_en,
            lines=[
                LineOut(
                    line=row.line,
                    fund=FundShort(
                        id=row.fund.id,
                        code=row.fund.code,
                        name=row.fund.name,
                        organisation_id=row.fund.organisation_id,
                    ),
                )
                for row in sorted(agreement.lines, key=lambda row: row.line)
            ],
            regions=None if agreement.anywhere else sorted(region.region_code for region in agreement.regions),
            tags=agreement.tags,
            min_placements=agreement.min_placements,
            max_placements=agreement.max_placements,
            state=agreement.state,
            parties=[
                PartyOut(organisation=OrganisationOut.model_validate(party), signed_at=signed.get(party.id))
                for party in parties(agreement)
            ],
            created_at=agreement.created_at,
            version=agreement.version,
        )


def parties(agreement: Agreement) -> list[Organisation]:
    """Return the organisations whose funds pay a line of `agreement` (its parts are loaded), by code."""
    found = {row.fund.organisation_id: row.fund.organisation for row in agreement.lines}
    return sorted(found.values(), key=lambda organisation: organisation.code)


class FundQuery(PageQuery):
    """How funds are listed."""

    sort: Literal["code", "-code", "name", "-name", "amount", "-amount", "created", "-created"] = "code"
    state: list[Literal["pledged", "confirmed", "exhausted", "closed"]] = Field(default=[])
    organisation: str | None = Field(default=None, max_length=36, description="The id of an organisation.")
    name: str | None = Field(default=None, max_length=200, description="A part of the name.")


class LedgerQuery(PageQuery):
    """How a fund's ledger is listed."""

    sort: Literal["at", "-at"] = "-at"
    placement: str | None = Field(default=None, max_length=36, description="The id of a placement.")
    line: str | None = Field(default=None, max_length=40, description="A cost line.")


class AgreementQuery(PageQuery):
    """How agreements are listed."""

    sort: Literal["code", "-code", "created", "-created"] = "code"
    state: list[Literal["draft", "signed", "ended"]] = Field(default=[])
    fund: str | None = Field(default=None, max_length=36, description="The id of a fund that pays a line.")
    region: RegionCode | None = Field(default=None, description="Usable somewhere in this region.")
