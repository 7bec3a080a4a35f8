"""The data that ships with the project is what its MANIFEST.md claims: counts, keys, joins, ranges and size."""

from __future__ import annotations

import collections
import json
from importlib.resources import files
from typing import Any

import pytest

from app.geography import reference
from app.geography.reference import read_rows

ROWS = {
    "provinces": 38,
    "regencies": 514,
    "underdeveloped": 62,
    "wages": 38,
    "languages": 701,
    "regency_languages": 1321,
    "schools": 11364,
    "school_counts": 514,
    "travel_hints": 514,
}
UNIQUE = {
    "provinces": ("code",),
    "regencies": ("code",),
    "underdeveloped": ("regency_code",),
    "wages": ("province_code",),
    "languages": ("iso639_3",),
    "regency_languages": ("regency_code", "iso639_3"),
    "schools": ("npsn",),
    "school_counts": ("regency_code",),
    "travel_hints": ("regency_code",),
}
JOINS = (
    ("regencies", "province_code", "provinces", "code"),
    ("provinces", "capital_regency_code", "regencies", "code"),
    ("underdeveloped", "regency_code", "regencies", "code"),
    ("underdeveloped", "province_code", "provinces", "code"),
    ("wages", "province_code", "provinces", "code"),
    ("languages", "regency_code", "regencies", "code"),
    ("regency_languages", "regency_code", "regencies", "code"),
    ("regency_languages", "iso639_3", "languages", "iso639_3"),
    ("schools", "regency_code", "underdeveloped", "regency_code"),
    ("school_counts", "regency_code", "regencies", "code"),
    ("travel_hints", "regency_code", "regencies", "code"),
)
# Perpres 63/2020, by the provinces as they stand since 2022.
UNDERDEVELOPED_BY_PROVINCE = {
    "12": 4,
    "13": 1,
    "16": 1,
    "18": 1,
    "52": 1,
    "53": 13,
    "72": 3,
    "81": 6,
    "82": 2,
    "91": 4,
    "92": 4,
    "93": 3,
    "94": 7,
    "95": 8,
    "96": 4,
}
LAT, LON = (-11.2, 6.3), (94.9, 141.1)
DATA = files("app.geography") / "data"


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, str]]]:
    return {name: read_rows(name) for name in ROWS}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_table_has_the_rows_and_the_key_that_the_manifest_claims(name: str) -> None:
    raw = (DATA / f"{name}.csv").read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    rows = read_rows(name)
    assert len(rows) == ROWS[name]
    assert all(None not in row and None not in row.values() for row in rows)
    keys = collections.Counter(tuple(row[k] for k in UNIQUE[name]) for row in rows)
    assert max(keys.values()) == 1


@pytest.mark.parametrize(("table", "column", "other", "key"), JOINS)
def test_no_row_points_to_nothing(tables: Any, table: str, column: str, other: str, key: str) -> None:
    assert {row[column] for row in tables[table]} <= {row[key] for row in tables[other]}


@pytest.mark.parametrize("name", ["school_counts", "travel_hints", "regency_languages"])
def test_every_regency_has_a_row(tables: Any, name: str) -> None:
    assert {row["regency_code"] for row in tables[name]} == {row["code"] for row in tables["regencies"]}


def test_regions_nest_and_add_up(tables: Any) -> None:
    regencies = tables["regencies"]
    counts = collections.Counter(row["province_code"] for row in regencies)
    for row in regencies:
        assert row["code"][:2] == row["province_code"]
        assert float(row["area_km2"]) > 0
        assert int(row["population_2024"]) > 0
    for row in tables["provinces"]:
        assert int(row["regency_count"]) == counts[row["code"]]
        assert row["capital_regency_code"][:2] == row["code"]
        people = sum(int(r["population_2024"]) for r in regencies if r["province_code"] == row["code"])
        assert people == int(row["population_2024"])


def test_the_underdeveloped_are_the_62_of_the_decree(tables: Any) -> None:
    rows = tables["underdeveloped"]
    assert dict(collections.Counter(row["province_code"] for row in rows)) == UNDERDEVELOPED_BY_PROVINCE
    kinds = {row["code"]: row["kind"] for row in tables["regencies"]}
    assert {kinds[row["regency_code"]] for row in rows} == {"kabupaten"}


@pytest.mark.parametrize("name", ["provinces", "regencies", "languages", "schools"])
def test_points_lie_in_indonesia(tables: Any, name: str) -> None:
    for row in tables[name]:
        inside = LAT[0] <= float(row["lat"]) <= LAT[1] and LON[0] <= float(row["lon"]) <= LON[1]
        # Five languages are catalogued at a point just across a land border.
        near = name == "languages" and row["match"] == "nearest" and float(row["distance_km"]) <= 50
        assert inside or near, row


def test_schools_cover_the_62_and_are_well_formed(tables: Any) -> None:
    rows = tables["schools"]
    assert {row["regency_code"] for row in rows} == {row["regency_code"] for row in tables["underdeveloped"]}
    for row in rows:
        assert len(row["npsn"]) == 8
        assert row["npsn"].isdigit()
        assert row["level"] in reference.LEVELS
        assert row["status"] in {"negeri", "swasta"}
        assert row["district_code"][:5] == row["regency_code"]


def test_school_counts_and_wages_are_in_range(tables: Any) -> None:
    for row in tables["school_counts"]:
        assert sum(int(row[k]) for k in ("sd", "smp", "sma", "smk", "special")) == int(row["total"]) > 0
    for row in tables["wages"]:
        assert 2_000_000 <= int(row["ump_2025_idr_month"]) <= 6_000_000
        assert abs(int(row["difference_idr"])) <= 1_000


@pytest.mark.parametrize(
    ("name", "table", "key"), [("province", "provinces", "code"), ("regency62", "underdeveloped", "regency_code")]
)
def test_boundaries_have_every_region_inside_indonesia(tables: Any, name: str, table: str, key: str) -> None:
    raw = (DATA / f"{name}_boundaries.geojson").read_bytes()
    assert len(raw) <= 400_000
    features = json.loads(raw)["features"]
    codes = [feature["properties"]["code"] for feature in features]
    assert sorted(codes) == sorted(row[key] for row in tables[table])
    for feature in features:
        assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
        stack = [feature["geometry"]["coordinates"]]
        while stack:
            item = stack.pop()
            if isinstance(item[0], int | float):
                assert LAT[0] <= item[1] <= LAT[1]
                assert LON[0] <= item[0] <= LON[1]
            else:
                stack.extend(item)


def test_the_folder_stays_small() -> None:
    assert sum(len(path.read_bytes()) for path in DATA.iterdir() if path.is_file()) < 2_000_000


def test_reference_rows_are_read_whole() -> None:
    assert len(reference.provinces()) == 38
    assert len(reference.regencies()) == 514
    assert len(reference.underdeveloped()) == 62
    assert len(reference.monthly_wages()) == 38
    assert len(reference.languages()) == 701
    assert sum(len(rows) for rows in reference.schools().values()) == 11364
    assert set(reference.languages_of()) == set(reference.regencies())
    assert set(reference.travel_hints()) == set(reference.regencies())
    assert set(reference.boundaries("province")) == set(reference.provinces())
    assert set(reference.boundaries("regency62")) == reference.underdeveloped()


def test_a_province_and_a_school_as_published() -> None:
    papua_selatan = reference.provinces()["93"]
    assert (papua_selatan.name, papua_selatan.timezone, papua_selatan.capital_regency) == (
        "Papua Selatan",
        "WIT",
        "93.01",
    )
    assert reference.monthly_wages()["93"] == 4_285_850
    school = next(s for s in reference.schools()["12.04"] if s.npsn == "10207710")
    assert (school.name, school.level, school.status) == ("SD NEGERI 075038 HILINAA", "SD", "negeri")
    counts = reference.school_counts()["11.01"]
    assert [counts.of_level(level) for level in reference.LEVELS] == [203, 57, 33, 11]


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        read_rows("districts")
