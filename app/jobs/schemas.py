"""What crosses the API about jobs. What a job was given stays inside: it may name people."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.paging import PageQuery
from app.jobs.failures import told
from app.jobs.models import Job

State = Literal["queued", "running", "done", "dead", "cancelled"]

A_JOB: Final[dict[str, Any]] = {
    "id": "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
    "kind": "rounds.solve",
    "state": "running",
    "attempt": 1,
    "number": 4,
    "cancel_requested": False,
    "progress": {"phase": "tier", "tier": 2, "tiers": 4, "value": 71, "bound": 75},
    "result": None,
    "error": None,
    "created_by": "0193a1b2-1111-7e4f-8a5b-6c7d8e9f0a1b",
    "created_at": "2026-11-24T08:15:00Z",
    "run_after": "2026-11-24T08:15:00Z",
    "started_at": "2026-11-24T08:15:01Z",
    "finished_at": None,
}


class JobErrorOut(BaseModel):
    """Why the last attempt failed. `code` is stable; `detail` is in the language of the request."""

    code: str = Field(examples=["jobs.lost"])
    detail: str = Field(examples=["The worker was not heard of any more, so its work was taken from it."])


class JobOut(BaseModel):
    """A piece of work for a worker."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_JOB]})

    id: str
    kind: str = Field(description="What is done, as slice.verb.")
    state: State = Field(description="dead: given up after its last attempt.")
    attempt: int = Field(description="How many attempts were used so far, the running one included.")
    number: int = Field(description="Grows with every change; the id of an event of the stream.")
    cancel_requested: bool
    progress: dict[str, Any] | None = Field(description="How far the work is; its fields depend on the kind.")
    result: dict[str, Any] | None = Field(description="What a job that is done has to say; depends on the kind.")
    error: JobErrorOut | None
    created_by: str | None = Field(description="The user who started it; null for the service itself.")
    created_at: dt.datetime
    run_after: dt.datetime = Field(description="It does not run before; after a failure, the time of the next attempt.")
    started_at: dt.datetime | None = Field(description="Start of the latest attempt.")
    finished_at: dt.datetime | None

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """Return what is sent of `job`."""
        error = None if job.error is None else JobErrorOut(code=job.error["code"], detail=told(job.error))
        values = {name: getattr(job, name) for name in cls.model_fields if name != "error"}
        return cls(**values, error=error)


class JobQuery(PageQuery):
    """Filters and sort of the list of jobs."""

    sort: Literal["created", "-created"] = Field(default="-created", description="Newest first unless told otherwise.")
    state: State | None = Field(default=None, description="Only jobs in this state.")
    kind: str | None = Field(
        default=None, max_length=100, description="Only jobs of this kind.", examples=["rounds.solve"]
    )
