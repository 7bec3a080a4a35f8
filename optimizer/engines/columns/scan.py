"""Looks at every eligible pair at given prices: the best placement of everyone (for the bound) and good new placements (for the master).

The work is done region by region and demand by demand: a block is the posts of one demand in one region against the people who meet it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.engines.columns.prices import NEVER, Plan, Tables
from optimizer.formulation.arrays import Arrays, Bools, Ints, Positions
from optimizer.formulation.pieces import CHOSEN, FIT, PREFERENCE, SUITABILITY, Rows

FIGURES = (FIT, PREFERENCE, SUITABILITY, CHOSEN)
KEPT = 3
"""So many best regions are remembered for each person."""


@dataclass(frozen=True, slots=True)
class Place:
    """One region as the scan sees it, at no prices yet."""

    posts: Ints
    options: Ints
    offsets: Ints
    no_option: Bools
    no_post: Bools
    blocks: list[tuple[Ints, int]]
    masked: tuple[Ints, Ints]


@dataclass(frozen=True, slots=True)
class Values:
    """One region at some prices: what each (post, class) and each (option, class) is worth, and the people's classes."""

    table: Ints
    options: Ints
    classes: Ints
    base: Ints | None
    figures: list[tuple[int, Ints, Ints]]
    likes: int | None


class Scanner:
    """Goes over all pairs at given prices."""

    def __init__(self, arrays: Arrays, rows: Rows, plan: Plan) -> None:
        self.arrays, self.rows, self.plan = arrays, rows, plan
        problem, index = arrays.problem, arrays.index
        pairs = {(index.volunteer[v], index.post[p]) for v, p in problem.pairs} | {(v, p) for v, p, _ in rows.pairs}
        masked = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        self.masked = masked[np.argsort(arrays.region[masked[:, 1]], kind="stable")]
        self.places = [] if problem.pairs_only else [self._place(r) for r in range(len(arrays.regions))]
        of, sets, has = arrays.liked
        self._likes = of
        self._overlap = np.zeros((len(sets), arrays.people), dtype=np.int8)
        for number, tags in enumerate(sets):
            if len(tags):
                self._overlap[number] = has[tags].sum(axis=0)

    def _place(self, region: int) -> Place:
        arrays, options = self.arrays, self.arrays.options
        posts = arrays.posts_of[region]
        posts = posts[options.start[posts + 1] > options.start[posts]]
        length = options.start[posts + 1] - options.start[posts]
        chosen = np.concatenate([np.arange(options.start[p], options.start[p + 1]) for p in posts] or [posts])
        offsets = np.concatenate([[0], np.cumsum(length)[:-1]]).astype(np.int64) if len(posts) else posts
        classes = self.plan.classes[region]
        no_option = (options.travel_fund[chosen] < 0)[:, None] & (classes.travel > 0)[None, :]
        no_post = np.zeros((len(posts), len(classes.travel)), dtype=np.bool_)
        for piece, by in zip(self.rows.never, self.plan.never, strict=True):
            who = classes.bits[:, by] if by >= 0 else np.ones(len(classes.travel), dtype=np.bool_)
            if piece.agreements is None:
                no_post |= np.isin(posts, piece.thing)[:, None] & who[None, :]
            else:
                here = np.isin(options.post[chosen], piece.thing) & piece.agreements[options.agreement[chosen]]
                no_option |= here[:, None] & who[None, :]
        demand = arrays.able[0][posts]
        blocks: list[tuple[Ints, int]] = [(np.flatnonzero(demand == one), int(one)) for one in np.unique(demand)]
        mine = self.masked[arrays.region[self.masked[:, 1]] == region]
        at = {int(p): i for i, p in enumerate(posts)}
        inside = [i for i, p in enumerate(mine[:, 1]) if int(p) in at]
        local = np.array([at[int(p)] for p in mine[inside, 1]], dtype=np.int64)
        return Place(posts, chosen, offsets, no_option, no_post, blocks, (mine[inside, 0], local))

    # values ------------------------------------------------------------------------------------------------------------------

    def values(self, region: int, made: Tables) -> Values:
        """Return what the prices make of one region."""
        place, classes = self.places[region], self.plan.classes[region]
        options = self._options(place, made, region)
        posts = place.posts
        table = (
            np.maximum.reduceat(options, place.offsets, axis=0)
            if len(posts)
            else np.zeros((0, len(classes.travel)), dtype=np.int64)
        )
        table = table + made.post[posts][:, None] + made.travel[posts][:, None] * classes.travel[None, :]
        for by in sorted(made.post_by.keys() | made.travel_by.keys()):
            extra = np.zeros(table.shape, dtype=np.int64)
            if by in made.post_by:
                extra += made.post_by[by][posts][:, None]
            if by in made.travel_by:
                extra += made.travel_by[by][posts][:, None] * classes.travel[None, :]
            table += extra * classes.bits[:, by][None, :]
        table[place.no_post] = NEVER
        return self._with_people(region, table, options, made)

    def _options(self, place: Place, made: Tables, region: int) -> Ints:
        classes, chosen = self.plan.classes[region], place.options
        found = made.option[chosen][:, None] + made.option_travel[chosen][:, None] * classes.travel[None, :]
        for by in sorted(made.option_by.keys() | made.option_travel_by.keys()):
            extra = np.zeros(found.shape, dtype=np.int64)
            if by in made.option_by:
                extra += made.option_by[by][chosen][:, None]
            if by in made.option_travel_by:
                extra += made.option_travel_by[by][chosen][:, None] * classes.travel[None, :]
            found += extra * classes.bits[:, by][None, :]
        found[place.no_option] = NEVER
        return found

    def _with_people(self, region: int, table: Ints, options: Ints, made: Tables) -> Values:
        """Add what depends on the people beyond their class; where it is the same at every post it is one number each."""
        arrays, posts = self.arrays, self.places[region].posts
        classes = self.plan.classes[region].of[self.plan.combination]
        bits = self.plan.classes[region].bits
        wish = arrays.preference_in(region)
        whole = not made.figure_by and all(len(np.unique(made.figure[w][posts])) <= 1 for w in FIGURES)
        if whole and len(posts):
            fit, preference, suitable, chosen = (int(made.figure[w][posts[0]]) for w in FIGURES)
            base = (fit + suitable) * arrays.suitability + preference * wish.astype(np.int64) + chosen * arrays.weight
            return Values(table, options, classes, base, [], 5 * fit)
        figures: list[tuple[int, Ints, Ints]] = []
        for weight in FIGURES:
            much = np.repeat(made.figure[weight][posts][:, None], len(bits), axis=1)
            for (kind, by), value in made.figure_by.items():
                if kind == weight:
                    much += value[posts][:, None] * bits[:, by][None, :]
            people = {FIT: arrays.suitability, SUITABILITY: arrays.suitability, CHOSEN: arrays.weight}
            people[PREFERENCE] = wish.astype(np.int64)
            figures.append((weight, much, people[weight]))
        return Values(table, options, classes, None, figures, None)

    def people(self, demand: int, refusing: Bools) -> Positions:
        """Return who meets a demand and does not refuse the region."""
        able = self.arrays.able[1][demand]
        return able[~refusing[able]]

    def block(self, region: int, values: Values, rows: Ints, people: Positions) -> Ints:
        """Return what placing each of `people` at each of some posts (numbers within the region) is worth; post × person."""
        classes = values.classes[people]
        found = values.table[rows].take(classes, axis=1)
        sets = self._likes[self.places[region].posts[rows]]
        if values.base is not None:
            found += values.base[people][None, :]
            if values.likes:
                for number, one in enumerate(sets):
                    found[number] += np.multiply(self._overlap[one].take(people), values.likes, dtype=np.int64)
            return found
        for weight, much, of_people in values.figures:
            figure = of_people[people][None, :]
            if weight == FIT:
                figure = figure + 5 * self._overlap[sets][:, people].astype(np.int64)
            found += much[rows].take(classes, axis=1) * figure
        return found

    def blocks(self, region: int, values: Values) -> Iterator[tuple[Ints, Positions, Ints]]:
        """Yield (numbers of posts, people, worth of each pair) for every demand in a region."""
        place = self.places[region]
        refusing = np.zeros(self.arrays.people, dtype=np.bool_)
        refusing[self.arrays.refusing[region]] = True
        for rows, demand in place.blocks:
            people = self.people(demand, refusing)
            if not len(people):
                continue
            found = self.block(region, values, rows, people)
            self._mask(place, rows, people, found)
            yield rows, people, found

    @staticmethod
    def _mask(place: Place, rows: Ints, people: Positions, found: Ints) -> None:
        """Take out the pairs that have figures of their own: they are listed one by one elsewhere."""
        who, local = place.masked
        if not len(who):
            return
        at = np.searchsorted(people, who)
        row = np.searchsorted(rows, local)
        inside = (at < len(people)) & (row < len(rows))
        at, row = at[inside], row[inside]
        hit = (people[at] == who[inside]) & (rows[row] == local[inside])
        found[row[hit], at[hit]] = NEVER
