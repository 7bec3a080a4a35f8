"""A job's progress as server-sent events (WHATWG HTML, 9.2): `id` is the job's number, so a client that lost its line goes on.

All streams of a process share one reader: one short query every half second for all jobs that anybody watches, and none while
nobody does. Between two reads a stream holds no connection and no thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakKeyDictionary

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool

from app.core.database import Database, among
from app.jobs.lifecycle import ENDED
from app.jobs.models import Job

log = logging.getLogger("gotong.jobs")
READ_SECONDS: Final = 0.5
# Proxies close a line on which nothing is said for a minute.
HEARTBEAT_SECONDS: Final = 15.0
# Then the client comes again by itself, and is asked again who it is.
STREAM_SECONDS: Final = 600.0
MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Follower:
    """One stream's view of one job: the latest state that was read."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self._latest: Job | None = None
        self._changed = asyncio.Event()

    def see(self, job: Job) -> None:
        """Take the state that was read."""
        self._latest = job
        self._changed.set()

    async def newer(self, number: int, seconds: float) -> Job | None:
        """Return the job once it has changed since `number`; None after `seconds` without a change."""
        try:
            async with asyncio.timeout(seconds):
                while self._latest is None or self._latest.number <= number:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return None
        return self._latest


class JobWatch:
    """The one reader for all streams of an event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followers: set[Follower] = set()
        self._reader: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def following(self, job_id: str) -> AsyncIterator[Follower]:
        """Follow a job inside the block."""
        follower = Follower(job_id)
        self._followers.add(follower)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_on())
        try:
            yield follower
        finally:
            self._followers.discard(follower)
            if not self._followers and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    async def _read_on(self) -> None:
        while True:
            try:
                found = await run_in_threadpool(self._read, {follower.job_id for follower in self._followers})
            except (OperationalError, InterfaceError, PoolTimeout) as error:
                log.warning("streams database-silent what=%s", type(error).__name__)
                found = {}
            for follower in self._followers:
                if follower.job_id in found:
                    follower.see(found[follower.job_id])
            await asyncio.sleep(READ_SECONDS)

    def _read(self, ids: set[str]) -> dict[str, Job]:
        with self._database.reading() as session:
            return {job.id: job for job in session.scalars(select(Job).where(among(Job.id, ids)))}


def stream(request: Request, job: Job, last_event_id: str | None, shown: Callable[[Job], BaseModel]) -> Response:
    """Return the answer that streams `job` until it ends.

    Args:
        request: The request; its application's database is read.
        job: The job as it is now, which the caller has found visible to the actor.
        last_event_id: The header Last-Event-ID: what the client has seen already. What is not a number is nothing.
        shown: What is sent of the job, as JSON, in every event.

    Returns:
        A stream of `progress` events and, last, one `end`; 204 where the client has seen the end, which tells it not to come
        again.
    """
    plain = (
        last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 10
    )
    number = int(last_event_id or "") if plain else -1
    if job.state in ENDED and number >= job.number:
        return Response(status_code=204)
    return StreamingResponse(_events(request.app, job.id, number, shown), media_type=MEDIA_TYPE, headers=HEADERS)


async def _events(app: FastAPI, job_id: str, number: int, shown: Callable[[Job], BaseModel]) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    clock = asyncio.get_running_loop().time
    until = clock() + STREAM_SECONDS
    async with _watch_of(app).following(job_id) as follower:
        while clock() < until:
            job = await follower.newer(number, HEARTBEAT_SECONDS)
            if job is None:
                yield ": still here\n\n"
                continue
            number = job.number
            name = "end" if job.state in ENDED else "progress"
            yield f"id: {number}\nevent: {name}\ndata: {shown(job).model_dump_json()}\n\n"
            if name == "end":
                return


def _watch_of(app: FastAPI) -> JobWatch:
    """Return the reader of this event loop; tests run several loops after each other."""
    watches: WeakKeyDictionary[asyncio.AbstractEventLoop, JobWatch] | None = getattr(app.state, "job_watches", None)
    if watches is None:
        watches = app.state.job_watches = WeakKeyDictionary()
    return watches.setdefault(asyncio.get_running_loop(), JobWatch(app.state.database))
