"""What crosses the API about deployments. Months are written as 2027-08, money is whole rupiah."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import body
from app.core.paging import PageQuery
from app.deployments.models import CheckIn, Handover, HostFeedback, Incident
from app.deployments.vocabulary import Item, Severity, State

AN_ID: Final = "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11"
A_DEPLOYMENT: Final[dict[str, Any]] = {
    "id": AN_ID,
    "state": "in_service",
    "applicant": "a-0042",
    "name": "Ani Boimau",
    "need": "oinlasi-sd",
    "school": "SDN Oinlasi",
    "npsn": "50301234",
    "region": "53.02",
    "region_name": "Timor Tengah Selatan",
    "level": "SD",
    "subject": None,
    "starts_on": "2027-07-01",
    "ends_on": "2028-06-30",
    "arrived_on": "2027-07-03",
    "host_confirmed": True,
    "ended_on": None,
    "end_reason": None,
    "late": ["2027-08"],
    "version": 3,
}

Text = Annotated[str, Field(min_length=3, max_length=4000)]
Reason = Annotated[str, Field(min_length=3, max_length=500)]
Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2027-08"])]
Id = Annotated[str, Field(min_length=1, max_length=36)]


def first_day(month: str) -> dt.date:
    """Return the first day of a month that is written as 2027-08."""
    return dt.date.fromisoformat(f"{month}-01")


def written(month: dt.date) -> str:
    """Write a month as 2027-08."""
    return f"{month:%Y-%m}"


class DeploymentOut(BaseModel):
    """A person in service. A sponsor sees no name and no code; why a service ended early is the programme's and the person's."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_DEPLOYMENT]})

    id: str
    state: State
    applicant: str | None
    name: str | None
    need: str
    school: str
    npsn: str
    region: str
    region_name: str
    level: str
    subject: str | None
    starts_on: dt.date
    ends_on: dt.date
    arrived_on: dt.date | None
    host_confirmed: bool = Field(description="Whether the school confirmed the arrival through its link.")
    ended_on: dt.date | None
    end_reason: str | None
    late: list[str] | None = Field(
        description="Months whose check-in is late; null where the role does not see check-ins."
    )
    version: int


class DeploymentQuery(PageQuery):
    """How deployments are listed."""

    sort: Literal["starts", "-starts", "ends", "-ends", "created", "-created"] = "starts"
    state: list[State] = Field(default=[])
    region: str | None = Field(default=None, pattern=r"^\d\d(\.\d\d)?$", description="With all regions below it.")
    need: str | None = Field(default=None, max_length=60, description="The code of a need.")
    starts_from: dt.date | None = Field(default=None, description="Service begins on this day or later.")
    starts_until: dt.date | None = Field(default=None, description="Service begins on this day or earlier.")


class ChecklistItemOut(BaseModel):
    """One thing to prepare, and when it was ticked off."""

    item: Item
    done_at: dt.datetime | None


class ChecklistOut(BaseModel):
    """Everything that is prepared before a service."""

    items: list[ChecklistItemOut]
    open: int = Field(description="How many things are still to do.", examples=[3])


class ChecklistIn(BaseModel):
    """Tick a thing off, or open it again."""

    model_config = body({"item": "training", "done": True})

    item: Item
    done: bool = True


class StartIn(BaseModel):
    """The arrival."""

    model_config = body({"arrived_on": "2027-07-03"})

    arrived_on: dt.date | None = Field(default=None, description="Left out: today, in western Indonesian time.")


class AttendanceIn(BaseModel):
    """A month in which the volunteer was at the school; confirming it pays the month's part of the monthly cost lines."""

    model_config = body({"month": "2027-08"})

    month: Month


class CompleteIn(BaseModel):
    """The end of a service as it was agreed."""

    model_config = body({"ended_on": "2028-06-30"})

    ended_on: dt.date | None = Field(default=None, description="Left out: today.")


class EndIn(BaseModel):
    """An early end. Money for months that had not begun is released."""

    model_config = body({"ended_on": "2027-11-20", "reason": "Sakit, perlu perawatan di kota"})

    ended_on: dt.date | None = Field(default=None, description="The last day of service; left out: today.")
    reason: Reason


class CheckInIn(BaseModel):
    """A month's check-in; kept as a draft until it is sent."""

    model_config = body({"month": "2027-08", "note": "Murid kelas 3 mulai membaca.", "send": True})

    month: Month
    note: Annotated[str, Field(max_length=4000)]
    send: bool = Field(default=False, description="Sent for good; otherwise it is kept as a draft.")


class CheckInOut(BaseModel):
    """A month of service: what the volunteer wrote, and whether the attendance is confirmed. A draft is the volunteer's only."""

    month: str = Field(examples=["2027-08"])
    note: str | None = Field(examples=["Murid kelas 3 mulai membaca."])
    sent_at: dt.datetime | None
    confirmed_at: dt.datetime | None
    late: bool

    @classmethod
    def of(cls, month: dt.date, row: CheckIn | None, *, late: bool, draft_shown: bool) -> CheckInOut:
        """Return a month as it is sent; `row` is None where nobody wrote anything."""
        shown = row is not None and (draft_shown or row.written_at is not None)
        return cls(
            month=written(month),
            note=row.note if row is not None and shown else None,
            sent_at=None if row is None else row.written_at,
            confirmed_at=None if row is None else row.host_confirmed_at,
            late=late,
        )


class CheckInsOut(BaseModel):
    """The months of a service that have begun."""

    items: list[CheckInOut]


class IncidentIn(BaseModel):
    """Something that went wrong. Only programme managers and the volunteer ever see it."""

    model_config = body({"happened_on": "2027-09-12", "severity": "serious", "text": "Rumah guru kemalingan."})

    happened_on: dt.date
    severity: Severity
    text: Text


class IncidentOut(BaseModel):
    """An incident and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    deployment_id: str
    happened_on: dt.date
    severity: Severity
    text: str
    resolution: str | None
    created_at: dt.datetime
    closed_at: dt.datetime | None
    version: int

    @classmethod
    def of(cls, incident: Incident) -> IncidentOut:
        """Return `incident` as it is sent."""
        return cls.model_validate(incident)


class IncidentQuery(PageQuery):
    """How incidents are listed."""

    sort: Literal["created", "-created"] = "-created"


class ResolutionIn(BaseModel):
    """What was done about an incident."""

    model_config = body({"resolution": "Pindah ke rumah kepala sekolah; laporan polisi dibuat."})

    resolution: Text


class HandoverIn(BaseModel):
    """What a volunteer leaves to whoever comes next."""

    model_config = body({"text": "Kunci perpustakaan ada pada Ibu Maria.", "successor_id": AN_ID})

    text: Annotated[str, Field(min_length=10, max_length=20_000)]
    successor_id: Id | None = Field(default=None, description="The successor's deployment; null: the school itself.")


class HandoverOut(BaseModel):
    """A handover."""

    model_config = ConfigDict(from_attributes=True)

    deployment_id: str
    successor_id: str | None
    text: str
    written_at: dt.datetime

    @classmethod
    def of(cls, handover: Handover) -> HandoverOut:
        """Return `handover` as it is sent."""
        return cls.model_validate(handover)


class HandoversOut(BaseModel):
    """The handover that the person writes, and those that others leave to the person."""

    own: HandoverOut | None
    received: list[HandoverOut]


class HostLinkOut(BaseModel):
    """The school's link; whoever has it can confirm, so it is shown once and sent to the school only."""

    url: str = Field(examples=["https://gotong.example.org/host/0193b7a4.1.1830297600.kJ0aQ"])
    expires_at: dt.datetime


class HostFeedbackIn(BaseModel):
    """What the school says."""

    model_config = body({"text": "Anak-anak senang, orang tua juga."})

    text: Text


class FeedbackOut(BaseModel):
    """What the school wrote."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    text: str = Field(examples=["Anak-anak senang, orang tua juga."])
    written_at: dt.datetime

    @classmethod
    def of(cls, feedback: HostFeedback) -> FeedbackOut:
        """Return `feedback` as it is sent."""
        return cls.model_validate(feedback)


class FeedbackQuery(PageQuery):
    """How a school's words are listed."""

    sort: Literal["written", "-written"] = "-written"
