"""Long lists in pages: a cursor that says after which row to go on, so that nothing is skipped or shown twice.

A slice declares its query model; unknown names are refused with the known ones named:

    class SchoolQuery(PageQuery):
        sort: Literal["name", "-name", "created", "-created"] = "name"
        region: str | None = None

    SORTS = {"name": School.name, "created": School.created_at}

    def schools(request: Request, query: Annotated[SchoolQuery, Query()], actor: ...) -> Page[SchoolOut]:
        with reading(request) as session:
            statement = filtered(queries.visible_to(actor), query, {"region": School.region_code})
            return page_of(session, statement, query, sorts=SORTS, key=School.id, shown=SchoolOut.model_validate)
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.i18n import mark
from app.core.problems import FieldError, Invalid

T = TypeVar("T")
Row = TypeVar("Row")
Column = InstrumentedAttribute[Any]


class PageQuery(BaseModel):
    """Query parameters of every list; subclasses add `sort` as a Literal, and their filters."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200, description="How many rows at most.", examples=[50])
    cursor: str | None = Field(default=None, max_length=1000, description="`next` of the page before.")
    sort: str = Field(default="", description="Column to sort by; with a leading minus, descending.")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, or null on the last one."""

    items: list[T]
    next: str | None = Field(default=None, description="Send it as `cursor` for the next page; null on the last.")


def page_of(
    session: Session,
    statement: Select[Row],
    query: PageQuery,
    *,
    sorts: Mapping[str, Column],
    key: Column,
    shown: Callable[[Row], T],
) -> Page[T]:
    """Return the page that `query` asks for, each row shown by itself; see `page_together`."""

    def each(rows: Sequence[Row]) -> list[T]:
        return [shown(row) for row in rows]

    return page_together(session, statement, query, sorts=sorts, key=key, shown=each)


def page_together(
    session: Session,
    statement: Select[Row],
    query: PageQuery,
    *,
    sorts: Mapping[str, Column],
    key: Column,
    shown: Callable[[Sequence[Row]], list[T]],
) -> Page[T]:
    """Return the page that `query` asks for, its rows shown together, so that what they need besides is read once for all.

    Args:
        session: An open session.
        statement: A select of one entity, already filtered and limited to what the actor may see.
        query: Limit, cursor and sort.
        sorts: The columns that can be sorted by, each under its documented name.
        key: The primary key, which makes the order total.
        shown: Turns the rows of the page into what is sent, in their order.

    Raises:
        Invalid: For a cursor that is not ours or belongs to another sort, or an unknown sort.
    """
    name = query.sort.removeprefix("-") or next(iter(sorts))
    if name not in sorts:
        raise _unknown_sort(name, sorts)
    descending = query.sort.startswith("-")
    column = sorts[name]
    if query.cursor is not None:
        value, last = _read_cursor(query.cursor, query.sort, column)
        statement = statement.where(_after(column, key, value, last, descending=descending))
    rows = session.scalars(statement.order_by(*_order(column, key, descending=descending)).limit(query.limit + 1)).all()
    items = shown(rows[: query.limit])
    if len(rows) <= query.limit:
        return Page(items=items)
    last_row = rows[query.limit - 1]
    return Page(items=items, next=_write_cursor(query.sort, getattr(last_row, column.key), getattr(last_row, key.key)))


def _order(column: Column, key: Column, *, descending: bool) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = []
    if column.expression.nullable and column is not key:
        order.append(column.is_(None).asc())  # empty values last, in both directions and on both databases
    total = (column,) if column is key else (column, key)
    return [*order, *(part.desc() if descending else part.asc() for part in total)]


def _after(column: Column, key: Column, value: Any, last: str, *, descending: bool) -> ColumnElement[bool]:
    beyond_key = key < last if descending else key > last
    if column is key:
        return beyond_key
    if value is None:
        return and_(column.is_(None), beyond_key)
    here, there = tuple_(column, key), tuple_(value, last)
    beyond: ColumnElement[bool] = here < there if descending else here > there
    return or_(beyond, column.is_(None)) if column.expression.nullable else beyond


def _write_cursor(sort: str, value: Any, last: str) -> str:
    if isinstance(value, dt.date | dt.datetime):
        value = value.isoformat()
    text = json.dumps([sort, value, last], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str, column: Column) -> tuple[Any, str]:
    try:
        return _parsed_cursor(cursor, sort, column)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid(
            errors=[
                FieldError(
                    "query:cursor",
                    "bad_cursor",
                    mark("This cursor does not belong to this list and sort order."),
                    mark("Start again without a cursor."),
                )
            ]
        ) from error


def _parsed_cursor(cursor: str, sort: str, column: Column) -> tuple[Any, str]:
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    written_sort, value, last = json.loads(text)
    if written_sort != sort or not isinstance(last, str) or "\x00" in text or "\\u0000" in text:
        raise ValueError("another list, or another sort")
    return _typed(value, column.type.python_type), last


def _typed(value: Any, kind: type) -> Any:
    if value is None:
        return None
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    if kind is dt.datetime:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise ValueError("another type")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("too large")
    return value


def _unknown_sort(name: str, sorts: Mapping[str, Column]) -> Invalid:
    return Invalid(
        errors=[
            FieldError(
                "query:sort",
                "unknown_sort",
                mark("The list cannot be sorted by {name}."),
                mark("Use one of: {allowed}; with a leading minus, descending."),
                {"name": name, "allowed": ", ".join(sorts)},
            )
        ]
    )
