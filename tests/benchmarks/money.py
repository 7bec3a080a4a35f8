"""Funds and agreements of a made-up round: companies with earmarks, governments that co-fund, one national programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.land import Array, Land

TAGS = ((), ("level:sd",), ("level:smp",), ("3t",), ("no-signal",))
LINES = ("stipend", "training", "living", "travel")


@dataclass
class Money:
    """Funds (their sponsors by name) and agreements; `payer` is the fund of each agreement for each of LINES."""

    fund_ids: list[str]
    sponsors: list[str]
    agreement_ids: list[str]
    pays: list[dict[str, str]]
    payer: Array
    regions: list[list[int] | None]  # regencies; None: anywhere
    whole: list[list[int]]  # provinces given whole
    tags: list[tuple[str, ...]]

    def usable(self, land: Land) -> tuple[Array, Array]:
        """Return (start, agreement): post p may use the agreements[start[p]:start[p + 1]]."""
        posts, marks = [], []
        level = land.school_level[land.post_school]
        has = {
            "level:sd": level == 0,
            "level:smp": level == 1,
            "3t": land.poor[land.post_region],
            "no-signal": land.no_signal[land.post_school],
        }
        for number, (regions, tags) in enumerate(zip(self.regions, self.tags, strict=True)):
            inside = np.zeros(len(land.remote), bool) if regions is not None else np.ones(len(land.remote), bool)
            if regions is not None:
                inside[regions] = True
            covered = inside[land.post_region]
            for tag in tags:
                covered &= has[tag]
            found = np.flatnonzero(covered)
            posts.append(found)
            marks.append(np.full(len(found), number))
        post, agreement = np.concatenate(posts), np.concatenate(marks)
        order = np.argsort(post, kind="stable")
        start = np.searchsorted(post[order], np.arange(len(land.post_school) + 1))
        return start, agreement[order]


def make_money(rng: np.random.Generator, funds: int, land: Land) -> Money:
    """Return so many funds and about 1.7 agreements for each."""
    governments = min(land.provinces, max(1, funds // 4))
    companies = funds - governments - 1
    ids = [f"apbd-{land.province_ids[p]}" for p in range(governments)]
    ids += ["programme", *(f"company-{number:04d}" for number in range(companies))]
    sponsors = [f"prov-{land.province_ids[p]}" for p in range(governments)] + ["ministry"]
    sponsors += [f"group-{number * 2 // 3:04d}" for number in range(companies)]
    money = Money(ids, sponsors, [], [], np.zeros((0, len(LINES)), int), [], [], [])
    rows: list[list[int]] = []

    def agree(pays: dict[str, int], provinces: list[int] | None, tags: tuple[str, ...], regions: list[int]) -> None:
        money.agreement_ids.append(f"a{len(money.agreement_ids):05d}")
        money.pays.append({line: ids[fund] for line, fund in pays.items()})
        rows.append([pays.get(line, pays["*"]) for line in LINES])
        inside = None if provinces is None else np.flatnonzero(np.isin(land.province_of, provinces)).tolist() + regions
        money.regions.append(inside)
        money.whole.append(provinces or [])
        money.tags.append(tags)

    programme = governments
    agree({"*": programme}, None, (), [])
    for province in range(governments):
        agree({"training": programme, "*": province}, [province], (), [])
    for company in range(governments + 1, funds):
        provinces = sorted(set(rng.choice(land.provinces, int(rng.integers(1, 4))).tolist()))
        tags = TAGS[int(rng.choice(len(TAGS), p=(0.55, 0.2, 0.1, 0.1, 0.05)))]
        if rng.random() < 0.12:
            agree({"*": company}, None, tags, [])
        elif rng.random() < 0.3:
            agree({"*": company}, [], tags, sorted(set(rng.choice(len(land.remote), 5).tolist())))
        else:
            agree({"*": company}, provinces, tags, [])
        if rng.random() < 0.5:
            government = int(rng.integers(0, governments))
            agree({"stipend": government, "*": company}, [government], (), [])
        if rng.random() < 0.2:
            agree({"travel": int(rng.integers(governments, funds)), "*": company}, provinces, (), [])
    money.payer = np.array(rows)
    return money


def agreement_records(money: Money, land: Land, low: list[int], high: list[int | None]) -> list[dict[str, Any]]:
    """Return the list `agreements` of the document."""
    found = []
    for number, name in enumerate(money.agreement_ids):
        row: dict[str, Any] = {"id": name, "pays": money.pays[number], "tags": list(money.tags[number])}
        regions, whole = money.regions[number], money.whole[number]
        if regions is not None:
            single = [region for region in regions if land.province_of[region] not in whole]
            row["regions"] = [land.province_ids[p] for p in whole] + [land.region_ids[r] for r in single]
        row["min_placements"] = low[number]
        if high[number] is not None:
            row["max_placements"] = high[number]
        found.append(row)
    return found
