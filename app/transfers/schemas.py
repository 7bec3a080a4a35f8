"""What crosses the API about imports."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import body
from app.core.i18n import gettext
from app.core.paging import PageQuery
from app.transfers.columns import Column
from app.transfers.findings import told
from app.transfers.models import Import, WrongRow

KindName = Literal["applicants", "schools", "needs", "funds"]
State = Literal["checking", "checked", "refused", "failed", "applying", "applied", "discarded"]
Mode = Literal["whole", "skip"]

A_FINDING: Final[dict[str, Any]] = {
    "column": "region",
    "code": "unknown_region",
    "message": "There is no region 53.99.",
    "remedy": "Use the official code of a province (53) or a regency (53.01).",
    "value": "53.99",
}
AN_IMPORT: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a51",
    "kind": "schools",
    "name": "schools-ntt.csv",
    "format": "csv",
    "encoding": "utf-8",
    "size": 51_204,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "state": "checked",
    "mode": None,
    "rows": 600,
    "wrong": 2,
    "created": 40,
    "updated": 8,
    "unchanged": 550,
    "ignored": [],
    "fault": None,
    "job_id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
    "created_by": "0193a1b2-1111-7e4f-8a5b-6c7d8e9f0a1b",
    "created_at": "2026-11-24T08:15:00Z",
    "ended_at": None,
    "emptied_at": None,
    "version": 2,
}


class FindingOut(BaseModel):
    """One thing that is wrong. `code` is stable; the sentences are in the language of the request."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_FINDING]})

    column: str = Field(description="Of the file; empty for the whole row.")
    code: str
    message: str
    remedy: str
    value: str = Field(description="What stands in the cell, at most 60 characters.")


class WrongRowOut(BaseModel):
    """A row of the file with everything that is wrong in it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"row": 14, "findings": [A_FINDING]}]})

    row: int = Field(description="As a spreadsheet shows it: the header is row 1.")
    findings: list[FindingOut]

    @classmethod
    def of(cls, row: WrongRow) -> WrongRowOut:
        """Return `row` as it is sent."""
        return cls(row=row.number, findings=[FindingOut.model_validate(told(one)) for one in row.findings])


class ImportOut(BaseModel):
    """A file on its way into the programme. Before it is applied, the counts say what applying it would do."""

    model_config = ConfigDict(json_schema_extra={"examples": [AN_IMPORT]})

    id: str
    kind: KindName
    name: str
    format: Literal["csv", "xlsx"]
    encoding: str = Field(description="How the text of a CSV is encoded; empty for a workbook.")
    size: int = Field(description="Bytes.")
    sha256: str
    state: State
    mode: Mode | None = Field(description="How it was applied: whole, or without its wrong rows (skip).")
    rows: int
    wrong: int = Field(description="Rows that cannot be imported; see /errors.")
    created: int
    updated: int
    unchanged: int = Field(description="Rows that say what is there already.")
    ignored: list[str] = Field(description="Columns that an export tells and an import does not read.")
    fault: WrongRowOut | None = Field(description="Why the file cannot be read, or not beyond this row.")
    job_id: str | None = Field(description="Its progress is that of the job.")
    created_by: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    emptied_at: dt.datetime | None = Field(description="When its content was deleted.")
    version: int

    @classmethod
    def of(cls, row: Import) -> ImportOut:
        """Return `row` as it is sent."""
        values = {name: getattr(row, name) for name in cls.model_fields if name != "fault"}
        if row.fault is None:
            return cls(**values, fault=None)
        findings = [FindingOut.model_validate(told(one)) for one in row.fault["findings"]]
        return cls(**values, fault=WrongRowOut(row=row.fault["row"], findings=findings))


class ColumnOut(BaseModel):
    """A column of a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "region",
                    "form": "region",
                    "means": "Code of the regency or city, such as 53.02.",
                    "needed": True,
                    "read": True,
                }
            ]
        }
    )

    name: str
    form: str = Field(description="text, code, region, regions, list, whole, decimal, day, yes_no or pairs.")
    means: str
    needed: bool = Field(description="Every row has to have it.")
    read: bool = Field(description="False for what an export tells and an import leaves as it is.")

    @classmethod
    def of(cls, column: Column) -> ColumnOut:
        """Return `column` as it is sent, in the language of the request."""
        return cls(
            name=column.name,
            form=column.form,
            means=gettext(column.means),
            needed=column.needed,
            read=not column.told,
        )


class ColumnsOut(BaseModel):
    """The columns of each kind of file, in the order of an export."""

    schools: list[ColumnOut]
    needs: list[ColumnOut]
    applicants: list[ColumnOut]
    funds: list[ColumnOut]


class UploadedIn(BaseModel):
    """What an upload said, for telling a repeated request from another one."""

    kind: str
    name: str
    sha256: str


class ApplyIn(BaseModel):
    """How a file is applied."""

    model_config = body({"mode": "whole"}, {"mode": "skip"})

    mode: Mode = Field(
        description="whole: all rows or none, refused while one is wrong; skip: the wrong ones stay out."
    )


class ImportQuery(PageQuery):
    """How imports are listed."""

    sort: Literal["created", "-created"] = Field(default="-created", description="Newest first unless told otherwise.")
    kind: KindName | None = None
    state: list[State] = Field(default=[])


class WrongRowQuery(PageQuery):
    """How wrong rows are listed."""

    sort: Literal["row", "-row"] = "row"
