"""Jobs over the API: see them, stop them, watch them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from app.core.access import Actor, requires
from app.core.database import reading, transaction
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.jobs import queries, service
from app.jobs.models import Job
from app.jobs.schemas import JobOut, JobQuery
from app.jobs.stream import MEDIA_TYPE, stream

router = APIRouter(prefix="/api/v1", tags=["Jobs"])

SORTS = {"created": Job.created_at}
FILTERS = {"state": Job.state, "kind": Job.kind}
LastEventId = Annotated[
    str | None,
    Header(description="The id of the last event that was received; what is older is not sent.", examples=["4"]),
]


@router.get("/jobs", summary="List jobs")
def list_jobs(
    request: Request, query: Annotated[JobQuery, Query()], actor: Annotated[Actor, requires("jobs.view")]
) -> Page[JobOut]:
    """List the jobs that you may see, one page at a time, the newest first."""
    with reading(request) as session:
        statement = filtered(queries.visible_to(actor), query, FILTERS)
        return page_of(session, statement, query, sorts=SORTS, key=Job.id, shown=JobOut.of)


@router.get("/jobs/{job_id}", summary="Show a job", responses=problem_responses(404))
def show_job(request: Request, job_id: str, actor: Annotated[Actor, requires("jobs.view")]) -> JobOut:
    """Show how far a job is, or how it ended."""
    with reading(request) as session:
        return JobOut.of(queries.job(session, actor, job_id))


@router.post("/jobs/{job_id}/cancel", status_code=202, summary="Stop a job", responses=problem_responses(404, 409))
def cancel_job(request: Request, job_id: str, actor: Annotated[Actor, requires("jobs.cancel")]) -> JobOut:
    """Ask for the end of a job. One that waits is cancelled at once; one that runs is told to stop, and ends in seconds."""
    with transaction(request) as session:
        job = service.cancel_job(session, actor, job_id, task_modules=request.app.state.settings.task_modules)
    return JobOut.of(job)


@router.get(
    "/jobs/{job_id}/events",
    summary="Watch a job",
    response_class=Response,
    responses={
        200: {"description": "Server-sent events: progress, and at last end", "content": {MEDIA_TYPE: {}}},
        204: {"description": "The job has ended, and its last event was received"},
        **problem_responses(404),
    },
)
def watch_job(
    request: Request,
    job_id: str,
    actor: Annotated[Actor, requires("jobs.view")],
    last_event_id: LastEventId = None,
) -> Response:
    """Stream a job's state as server-sent events, each with the whole job as JSON, until it ends."""
    with reading(request) as session:
        job = queries.job(session, actor, job_id)
    return stream(request, job, last_event_id, JobOut.of)
