"""Filters of a list from its query model: a field that is given becomes a condition, all conditions hold together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.paging import PageQuery

Row = TypeVar("Row")
Condition = Callable[[Any], ColumnElement[bool]]


def filtered(
    statement: Select[Row],
    query: PageQuery,
    fields: Mapping[str, InstrumentedAttribute[Any] | Condition],
) -> Select[Row]:
    """Return `statement` with a condition for each field of `query` that has a value.

    A column means equality, or membership where the value is a list; a function makes its own condition.
    """
    for name, field in fields.items():
        value = getattr(query, name)
        if value is None or value == []:
            continue
        if isinstance(field, InstrumentedAttribute):
            statement = statement.where(field.in_(value) if isinstance(value, list) else field == value)
        else:
            statement = statement.where(field(value))
    return statement


def contains(column: InstrumentedAttribute[Any]) -> Condition:
    """Match texts that contain the value, whatever the case; `%` and `_` in it are ordinary characters."""
    return lambda value: column.icontains(value, autoescape=True)


def below(column: InstrumentedAttribute[Any]) -> Condition:
    """Match codes that begin with the value: a region and all regions below it."""
    return lambda value: column.startswith(value, autoescape=True)


def at_least(column: InstrumentedAttribute[Any]) -> Condition:
    """Match values that are the given one or more."""
    return lambda value: column >= value


def at_most(column: InstrumentedAttribute[Any]) -> Condition:
    """Match values that are the given one or less."""
    return lambda value: column <= value
