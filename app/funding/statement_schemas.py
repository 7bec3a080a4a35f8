"""What crosses the API of a fund's statement; all amounts in whole rupiah."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from app.core.paging import PageQuery
from app.funding.models import Fund
from app.funding.schemas import BalancesOut
from app.funding.statement import Row, Statement

A_LINE: Final[dict[str, Any]] = {
    "line": "stipend",
    "placements": 3,
    "planned": 150_000_000,
    "reserved": 50_000_000,
    "committed": 45_833_333,
    "spent": 4_166_667,
    "released": 50_000_000,
}


class StatementLineOut(BaseModel):
    """A cost line in all placements that the fund has to do with."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [A_LINE]})

    line: str
    placements: int = Field(description="How many placements have, or had, money for this line.")
    planned: int = Field(description="What the line costs in these placements.")
    reserved: int
    committed: int
    spent: int
    released: int = Field(description="What was bound and came back.")


class DifferenceOut(BaseModel):
    """A cost line of a placement for which the ledger holds something else than the placement costs."""

    model_config = ConfigDict(from_attributes=True)

    placement_id: str
    line: str
    planned: int
    reserved: int
    committed: int
    spent: int


class StatementOut(BaseModel):
    """Where each rupiah of a fund is. pledged − returned = available + reserved + committed + spent, to the rupiah."""

    fund_id: str
    code: str
    name: str
    state: str = Field(examples=["confirmed"])
    pledged: int = Field(description="What came in when the fund was confirmed.", examples=[900_000_000])
    returned: int = Field(description="What went back to the sponsor.", examples=[0])
    balances: BalancesOut
    lines: list[StatementLineOut]
    differences: list[DifferenceOut] = Field(description="Empty where ledger and placements agree.")
    balanced: bool = Field(description="Whether everything adds up.", examples=[True])

    @classmethod
    def of(cls, fund: Fund, statement: Statement) -> StatementOut:
        """Return `statement` as it is sent."""
        return cls(
            fund_id=fund.id,
            code=fund.code,
            name=fund.name,
            state=fund.state,
            pledged=statement.pledged,
            returned=statement.returned,
            balances=BalancesOut.model_validate(statement.balances),
            lines=[StatementLineOut.model_validate(row) for row in statement.lines],
            differences=[DifferenceOut.model_validate(row) for row in statement.differences],
            balanced=statement.balanced,
        )


class PaidLineOut(BaseModel):
    """A cost line of one placement."""

    model_config = ConfigDict(from_attributes=True)

    line: str = Field(examples=["travel"])
    planned: int
    reserved: int
    committed: int
    spent: int
    released: int


class PaidPlacementOut(BaseModel):
    """A placement with the lines that the fund pays, or would have paid."""

    placement_id: str
    need: str = Field(description="The code of the need.", examples=["oinlasi-sd"])
    lines: list[PaidLineOut]
    agrees: bool = Field(description="Whether ledger and placement agree.", examples=[True])

    @classmethod
    def of(cls, placement_id: str, need: str, rows: list[Row]) -> PaidPlacementOut:
        """Return one placement's rows as they are sent."""
        return cls(
            placement_id=placement_id,
            need=need,
            lines=[PaidLineOut.model_validate(row) for row in rows],
            agrees=all(row.agrees for row in rows),
        )


class PaidQuery(PageQuery):
    """How a fund's placements are listed: in the order in which they were made."""

    sort: str = Field(default="placement", pattern="^placement$")
