"""The real places of Indonesia that ship with the project, read from `app/geography/data/`.

No database and no network: frozen rows out of CSV files, read once and kept. `data/MANIFEST.md` tells source, licence, date and
known gaps of each file. Coordinates are WGS 84 degrees, money is whole rupiah, codes are the Ministry of Home Affairs'.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

LEVELS = ("SD", "SMP", "SMA", "SMK")


@dataclass(frozen=True, slots=True)
class Province:
    """A province; `capital_regency` holds the seat of government, `timezone` is WIB, WITA or WIT."""

    code: str
    bps_code: str
    name: str
    island_group: str
    timezone: str
    capital_regency: str
    lat: float
    lon: float
    area_km2: float
    population: int


@dataclass(frozen=True, slots=True)
class Regency:
    """A regency (`kabupaten`) or city (`kota`)."""

    code: str
    name: str
    short_name: str
    kind: str
    province: str
    lat: float
    lon: float
    area_km2: float
    population: int


@dataclass(frozen=True, slots=True)
class Language:
    """A living or extinct language of Indonesia by its ISO 639-3 code; Indonesian itself is not in the data."""

    iso639_3: str
    name: str
    glottocode: str
    family: str
    only_in_indonesia: bool


@dataclass(frozen=True, slots=True)
class School:
    """A school of 2019 in one of the 62 underdeveloped regencies, by its national number (NPSN)."""

    npsn: str
    name: str
    level: str
    status: str
    regency: str
    district: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class SchoolCount:
    """How many schools of each level a regency had in 2019."""

    sd: int
    smp: int
    sma: int
    smk: int
    special: int

    def of_level(self, level: str) -> int:
        """Return the number of schools of `level` (SD, SMP, SMA or SMK)."""
        return int(getattr(self, level.lower()))


@dataclass(frozen=True, slots=True)
class TravelHint:
    """Distances in km; `one_way` is rupiah from Jakarta and invented for demos (see the manifest)."""

    km_from_jakarta: int
    km_from_capital: int
    one_way: int


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of `data/{name}.csv`; raise FileNotFoundError for an unknown name."""
    text = (files("app.geography") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@cache
def provinces() -> Mapping[str, Province]:
    """Return the 38 provinces by code."""
    return MappingProxyType(
        {
            row["code"]: Province(
                code=row["code"],
                bps_code=row["bps_code"],
                name=row["name"],
                island_group=row["island_group"],
                timezone=row["timezone"],
                capital_regency=row["capital_regency_code"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                area_km2=float(row["area_km2"]),
                population=int(row["population_2024"]),
            )
            for row in read_rows("provinces")
        }
    )


@cache
def regencies() -> Mapping[str, Regency]:
    """Return the 514 regencies and cities by code."""
    return MappingProxyType(
        {
            row["code"]: Regency(
                code=row["code"],
                name=row["name"],
                short_name=row["short_name"],
                kind=row["kind"],
                province=row["province_code"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                area_km2=float(row["area_km2"]),
                population=int(row["population_2024"]),
            )
            for row in read_rows("regencies")
        }
    )


@cache
def underdeveloped() -> frozenset[str]:
    """Return the codes of the 62 regencies of Perpres 63/2020 (daerah tertinggal, 2020–2024)."""
    return frozenset(row["regency_code"] for row in read_rows("underdeveloped"))


@cache
def monthly_wages() -> Mapping[str, int]:
    """Return the provincial minimum wage of 2025 by province code, in rupiah a month."""
    return MappingProxyType({row["province_code"]: int(row["ump_2025_idr_month"]) for row in read_rows("wages")})


@cache
def languages() -> Mapping[str, Language]:
    """Return the 701 languages by ISO 639-3 code."""
    return MappingProxyType(
        {
            row["iso639_3"]: Language(
                iso639_3=row["iso639_3"],
                name=row["name"],
                glottocode=row["glottocode"],
                family=row["family"],
                only_in_indonesia=row["only_in_indonesia"] == "yes",
            )
            for row in read_rows("languages")
        }
    )


@cache
def languages_of() -> Mapping[str, tuple[str, ...]]:
    """Return the languages of each regency, nearest point first: a hint, not a map of speakers."""
    found: dict[str, list[tuple[float, str]]] = {}
    for row in read_rows("regency_languages"):
        found.setdefault(row["regency_code"], []).append((float(row["distance_km"]), row["iso639_3"]))
    return MappingProxyType({code: tuple(tag for _, tag in sorted(pairs)) for code, pairs in found.items()})


@cache
def schools() -> Mapping[str, tuple[School, ...]]:
    """Return the real schools by regency code, sorted by NPSN; only the 62 underdeveloped regencies have any."""
    found: dict[str, list[School]] = {}
    for row in read_rows("schools"):
        school = School(
            npsn=row["npsn"],
            name=row["name"],
            level=row["level"],
            status=row["status"],
            regency=row["regency_code"],
            district=row["district_code"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        found.setdefault(school.regency, []).append(school)
    return MappingProxyType({code: tuple(sorted(rows, key=lambda s: s.npsn)) for code, rows in found.items()})


@cache
def school_counts() -> Mapping[str, SchoolCount]:
    """Return the number of schools of every regency."""
    return MappingProxyType(
        {
            row["regency_code"]: SchoolCount(
                sd=int(row["sd"]),
                smp=int(row["smp"]),
                sma=int(row["sma"]),
                smk=int(row["smk"]),
                special=int(row["special"]),
            )
            for row in read_rows("school_counts")
        }
    )


@cache
def travel_hints() -> Mapping[str, TravelHint]:
    """Return distances and the invented fare from Jakarta of every regency."""
    return MappingProxyType(
        {
            row["regency_code"]: TravelHint(
                km_from_jakarta=int(row["km_from_jakarta_airport"]),
                km_from_capital=int(row["km_from_province_capital"]),
                one_way=int(row["hint_one_way_idr"]),
            )
            for row in read_rows("travel_hints")
        }
    )


@cache
def boundaries(name: str) -> Mapping[str, Any]:
    """Return the geometry by region code of `province` (38) or `regency62` (62), as GeoJSON geometries."""
    text = (files("app.geography") / "data" / f"{name}_boundaries.geojson").read_text(encoding="utf-8")
    return MappingProxyType({f["properties"]["code"]: f["geometry"] for f in json.loads(text)["features"]})
