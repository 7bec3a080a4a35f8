"""Put the reference data into the database: the regions that everything else points to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.geography import reference
from app.geography.models import Region


def load_reference(session: Session) -> int:
    """Write all 38 provinces and 514 regencies into `regions`; return how many rows were added or changed.

    Safe to repeat: rows that agree already are left alone, others are brought up to date, none is ever removed, since schools,
    people and money point to them. Provinces come first, as regencies point to them.
    """
    there = {row["code"]: dict(row) for row in session.execute(select(*Region.__table__.c)).mappings()}
    wanted = [*_provinces(), *_regencies()]
    new = [row for row in wanted if row["code"] not in there]
    changed = [row for row in wanted if row["code"] in there and row != there[row["code"]]]
    if new:
        session.execute(insert(Region), new)
    if changed:
        session.execute(update(Region), changed)
    return len(new) + len(changed)


def _provinces() -> list[dict[str, Any]]:
    """Return the rows of the provinces; the way to a province is the way to its capital."""
    hints = reference.travel_hints()
    return [
        {
            "code": row.code,
            "parent_code": None,
            "level": "province",
            "kind": "provinsi",
            "name": row.name,
            "timezone": row.timezone,
            "lat": row.lat,
            "lon": row.lon,
            "population": row.population,
            "underdeveloped": False,  # the decree names regencies only
            "monthly_wage": reference.monthly_wages()[row.code],
            "distance_km": hints[row.capital_regency].km_from_jakarta,
            "languages": _languages_of_province(row.code),
        }
        for row in reference.provinces().values()
    ]


def _languages_of_province(province: str) -> list[str]:
    """Return the languages of all regencies of `province`, by code."""
    return sorted({tag for code, tags in reference.languages_of().items() if code[:2] == province for tag in tags})


def _regencies() -> list[dict[str, Any]]:
    hints, provinces = reference.travel_hints(), reference.provinces()
    return [
        {
            "code": row.code,
            "parent_code": row.province,
            "level": "regency",
            "kind": row.kind,
            "name": row.name,
            "timezone": provinces[row.province].timezone,
            "lat": row.lat,
            "lon": row.lon,
            "population": row.population,
            "underdeveloped": row.code in reference.underdeveloped(),
            "monthly_wage": reference.monthly_wages()[row.province],
            "distance_km": hints[row.code].km_from_jakarta,
            "languages": list(reference.languages_of()[row.code]),
        }
        for row in reference.regencies().values()
    ]
