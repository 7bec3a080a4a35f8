"""Looks at every eligible pair at given prices: the best placement of everyone (for the bound) and good new placements (for the master).

The work is done region by region and demand by demand: a block is the posts of one demand in one region against the people who meet it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.engines.columns import sweep
from optimizer.engines.columns.places import Pairs, Place, Swept, Values, Wanted
from optimizer.engines.columns.prices import NEVER, Plan, Tables
from optimizer.engines.columns.teams import Teams, Watch
from optimizer.engines.columns.triples import pairs_apart
from optimizer.formulation.arrays import Arrays, Bools, Ints, Positions
from optimizer.formulation.pieces import CHOSEN, FIT, PREFERENCE, SUITABILITY, Rows

FIGURES = (FIT, PREFERENCE, SUITABILITY, CHOSEN)
RARE = 8
"""A demand that fewer than such a part of the people meet is one for a rare skill."""
PARTS = 4
"""The regions are swept in so many parts, whatever the number of cores, so that what is found among equals does not depend on it."""


class Scanner:
    """Goes over all pairs at given prices."""

    def __init__(self, arrays: Arrays, rows: Rows, plan: Plan, teams: Teams) -> None:
        self.arrays, self.rows, self.plan, self.teams = arrays, rows, plan, teams
        problem = arrays.problem
        masked = np.array(pairs_apart(arrays, rows), dtype=np.int64).reshape(-1, 2)
        self.masked = masked[np.argsort(arrays.region[masked[:, 1]], kind="stable")]
        self.places = [] if problem.pairs_only else [self._place(r) for r in range(len(arrays.regions))]
        self.likes_of, sets, has = arrays.liked
        self._overlap = np.zeros((max(1, len(sets)), arrays.people), dtype=np.int8)
        for number, tags in enumerate(sets):
            if len(tags):
                self._overlap[number] = has[tags].sum(axis=0)
        lists = arrays.able[1]
        self._able = np.concatenate([np.zeros(0, dtype=np.int32), *lists])
        self._able_start = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
        self._members = [one[~teams.single[one]] for one in lists]

    def _place(self, region: int) -> Place:
        arrays, options = self.arrays, self.arrays.options
        posts = arrays.posts_of[region]
        posts = posts[options.start[posts + 1] > options.start[posts]]
        length = options.start[posts + 1] - options.start[posts]
        chosen = np.concatenate([np.arange(options.start[p], options.start[p + 1]) for p in posts] or [posts])
        offsets = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
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
        rows = np.argsort(demand, kind="stable").astype(np.int64)
        kinds, starts = np.unique(demand[rows], return_index=True)
        mine = self.masked[arrays.region[self.masked[:, 1]] == region]
        mine = mine[np.isin(mine[:, 1], posts)]
        mine = mine[np.argsort(mine[:, 0], kind="stable")]
        return Place(
            posts, chosen, offsets, no_option, no_post, np.append(starts, len(rows)).astype(np.int64), rows, kinds.astype(np.int64),
            mine[:, 0].copy(), np.searchsorted(posts, mine[:, 1]).astype(np.int64),
        )  # fmt: skip

    # values ------------------------------------------------------------------------------------------------------------------

    def values(self, region: int, made: Tables, usable: Bools | None = None) -> Values:
        """Return what the prices make of one region, with only the usable options (None: all)."""
        place, classes = self.places[region], self.plan.classes[region]
        posts, size = place.posts, len(classes.travel)
        options, table = (
            np.empty((len(place.options), size), dtype=np.int64),
            np.empty((size, len(posts)), dtype=np.int64),
        )
        selectors = sorted(made.post_by.keys() | made.travel_by.keys())
        sweep.tabulate(
            *self._options(region, made, usable), made.post[posts], made.travel[posts],
            _rows(made.post_by, selectors, posts), _rows(made.travel_by, selectors, posts),
            np.ascontiguousarray(classes.bits[:, selectors].T), place.no_post, options, table,
        )  # fmt: skip
        return self._with_people(region, table, options, made)

    def _options(
        self, region: int, made: Tables, usable: Bools | None
    ) -> tuple[Ints, Ints, Ints, Ints, Bools, Ints, Ints, Bools]:
        """Return what `tabulate` and `near_ways` want to know of a region's options at some prices."""
        place, classes, chosen = self.places[region], self.plan.classes[region], self.places[region].options
        selectors = sorted(made.option_by.keys() | made.option_travel_by.keys())
        return (
            made.option[chosen],
            made.option_travel[chosen],
            _rows(made.option_by, selectors, chosen),
            _rows(made.option_travel_by, selectors, chosen),
            np.ascontiguousarray(classes.bits[:, selectors].T),
            classes.travel,
            place.offsets,
            place.no_option if usable is None else place.no_option | ~usable[chosen][:, None],
        )

    def _with_people(self, region: int, table: Ints, options: Ints, made: Tables) -> Values:
        """Add what depends on the people beyond their class; where it is the same at every post it is one number each."""
        arrays, posts = self.arrays, self.places[region].posts
        classes = self.plan.classes[region].of[self.plan.combination]
        bits = self.plan.classes[region].bits
        wish = arrays.preference_in(region).astype(np.int64)
        whole = not made.figure_by and all(len(np.unique(made.figure[w][posts])) <= 1 for w in FIGURES)
        if whole and len(posts):
            fit, preference, suitable, chosen = (int(made.figure[w][posts[0]]) for w in FIGURES)
            base = (fit + suitable) * arrays.suitability + preference * wish + chosen * arrays.weight
            nothing = np.zeros((0, arrays.people), dtype=np.int64), np.zeros((0, *table.shape), dtype=np.int64)
            return Values(table, options, classes, base, 5 * fit, *nothing, -1)
        much = np.zeros((len(FIGURES), *table.shape), dtype=np.int64)
        for number, weight in enumerate(FIGURES):
            much[number] += made.figure[weight][posts][None, :]
            for (kind, by), value in made.figure_by.items():
                if kind == weight:
                    much[number] += bits[:, by][:, None] * value[posts][None, :]
        people = {FIT: arrays.suitability, SUITABILITY: arrays.suitability, CHOSEN: arrays.weight, PREFERENCE: wish}
        figures = np.array([people[weight] for weight in FIGURES], dtype=np.int64)
        nobody = np.zeros(arrays.people, dtype=np.int64)
        return Values(table, options, classes, nobody, 0, figures, much, FIGURES.index(FIT))

    def people(self, demand: int, refusing: Bools) -> Positions:
        """Return who meets a demand and does not refuse the region."""
        able = self.arrays.able[1][demand]
        return able[~refusing[able]]

    def refusing(self, region: int) -> Bools:
        """Return who refuses a region."""
        found = np.zeros(self.arrays.people, dtype=np.bool_)
        found[self.arrays.refusing[region]] = True
        return found

    # sweeping ----------------------------------------------------------------------------------------------------------------

    def sweep(
        self,
        made: Tables,
        before: tuple[Ints, Ints],
        wanted: Wanted | None = None,
        *,
        watching: bool = True,
        workers: int = 2,
    ) -> tuple[Swept, Watch]:
        """Look at every eligible pair at some prices.

        Args:
            made: the prices, as tables.
            before: everyone's best worth and its post before (from placements that are listed one by one).
            wanted: which pairs to list (None: none).
            watching: whether to look at teams as well.
            workers: how many threads; what is found does not depend on it.

        Returns:
            what was found, and what the teams' members find together.
        """
        number = len(self.arrays.regions)
        cuts = [number * part // PARTS for part in range(PARTS + 1)]

        def run(part: int) -> tuple[Swept, Watch]:
            best, at = before
            return self._part(
                range(cuts[part], cuts[part + 1]), made, (best.copy(), at.copy()), wanted, watching=watching
            )

        with ThreadPoolExecutor(max(1, workers)) as threads:
            found = list(threads.map(run, range(PARTS)))
        best, at = before[0].copy(), before[1].copy()
        for part, _ in found:
            better = part.best > best
            best[better], at[better] = part.best[better], part.at[better]
        parts = [part.pairs for part, _ in found]
        pairs = Pairs(*(np.concatenate([getattr(one, name) for one in parts]) for name in ("person", "post", "gain")))
        return Swept(best, at, pairs), self.teams.merged([watch for _, watch in found])

    def _part(
        self, regions: range, made: Tables, state: tuple[Ints, Ints], wanted: Wanted | None, *, watching: bool
    ) -> tuple[Swept, Watch]:
        people, (best, at) = self.arrays.people, state
        own = 0 if wanted is None else wanted.each_person
        floor = wanted.floor if wanted is not None else np.zeros(people, dtype=np.int64)
        own_gain, own_post = np.zeros((people, own), dtype=np.int64), np.full((people, own), -1, dtype=np.int64)
        listed: list[tuple[Ints, Ints, Ints]] = []
        watch, watching = self.teams.watch(), watching and len(self.teams.members) > 0
        for region in regions:
            if self.places and len(self.places[region].posts):
                self._region(
                    region, made, wanted, (best, at, floor, own_gain, own_post), listed, watch if watching else None
                )
            if watching:
                watch.finish(region)
        person, column = np.nonzero(own_gain > 0)
        listed.append((person, own_post[person, column], own_gain[person, column]))
        person, post, gain = (np.concatenate([part[i] for part in listed]) for i in range(3))
        _, first = np.unique(person * self.arrays.posts + post, return_index=True)
        return Swept(best, at, Pairs(person[first], post[first], gain[first])), watch

    def _region(
        self,
        region: int,
        made: Tables,
        wanted: Wanted | None,
        state: tuple[Ints, Ints, Ints, Ints, Ints],
        listed: list[tuple[Ints, Ints, Ints]],
        watch: Watch | None,
    ) -> None:
        """Sweep one region: bring up everyone's `state` (best, at, floor, own_gain, own_post), and add what its posts list."""
        place, skip = self.places[region], self.refusing(region)
        values = self.values(region, made, None if wanted is None else wanted.usable)
        wide = 0 if wanted is None else wanted.each_post
        best, at, floor, own_gain, own_post = state
        post_gain = np.zeros((len(place.posts), wide), dtype=np.int64)
        post_person = np.full((len(place.posts), wide), -1, dtype=np.int64)
        sweep.sweep(
            place.posts, place.block_start, place.block_rows, place.block_demand, self._able_start, self._able, skip,
            values.classes, values.table, values.base, values.likes, self._overlap, self.likes_of[place.posts], values.figures,
            values.much, values.fit, place.masked_person, place.masked_row, self.teams.single, floor, best, at,
            post_gain, post_person, own_gain, own_post,
        )  # fmt: skip
        row, column = np.nonzero(post_gain > 0)
        listed.append((post_person[row, column], place.posts[row], post_gain[row, column]))
        if watch is not None:
            for block in self._of_members(region, values, skip):
                watch.take(*block)

    def _of_members(self, region: int, values: Values, refusing: Bools) -> Iterator[tuple[Ints, Positions, Ints]]:
        """Yield (posts, people, worth of each pair) for the members of teams, demand by demand."""
        place = self.places[region]
        for demand, rows in place.blocks():
            people = self._members[demand]
            people = people[~refusing[people]]
            if len(people):
                found = self._worth(region, values, rows, people)
                self._mask(place, rows, people, found)
                yield place.posts[rows], people, found

    def _worth(self, region: int, values: Values, rows: Ints, people: Positions) -> Ints:
        """Return what placing each of `people` at each of some posts (places within the region) is worth; post × person."""
        classes = values.classes[people]
        found: Ints = values.table[classes][:, rows].T + values.base[people][None, :]
        tags = self._overlap[self.likes_of[self.places[region].posts[rows]]][:, people].astype(np.int64)
        found = found + values.likes * tags
        for kind in range(len(values.figures)):
            figure = values.figures[kind, people][None, :]
            if kind == values.fit:
                figure = figure + 5 * tags
            found += values.much[kind][classes][:, rows].T * figure
        return found

    @staticmethod
    def _mask(place: Place, rows: Ints, people: Positions, found: Ints) -> None:
        """Take out the pairs that have figures of their own: they are listed one by one elsewhere."""
        who, local = place.masked_person, place.masked_row
        if not len(who):
            return
        at = np.searchsorted(people, who)
        row = np.searchsorted(rows, local)
        inside = (at < len(people)) & (row < len(rows))
        at, row = at[inside], row[inside]
        hit = (people[at] == who[inside]) & (rows[row] == local[inside])
        found[row[hit], at[hit]] = NEVER

    # seating -----------------------------------------------------------------------------------------------------------------

    def seat(self, made: Tables, options: Ints, taken: Bools) -> Ints:
        """Return somebody for each of some seats: whoever is worth most there of those who are left, region by region.

        Args:
            made: the prices, as tables.
            options: how each seat is paid, ascending; an option may come several times.
            taken: who has a seat already, or must not get one here.

        Returns:
            a person for each seat (−1: nobody is left).
        """
        arrays, taken = self.arrays, taken.copy()
        post = arrays.options.post[options]
        found = np.full(len(options), -1, dtype=np.int64)
        usable = np.zeros(len(arrays.options.post), dtype=np.bool_)
        usable[options] = True
        region, demand = arrays.region[post], arrays.able[0][post]
        # Where few people meet a demand they are seated first, so that nobody with a rare skill is used up elsewhere.
        common = np.diff(self._able_start)[demand] > arrays.people // RARE
        order = np.lexsort((np.arange(len(options)), region, common))
        ends = np.flatnonzero(np.diff(region[order]) | np.diff(common[order])) + 1
        for mine in np.split(order, ends) if len(order) else []:
            here = int(region[mine[0]])
            place, values = self.places[here], self.values(here, made, usable)
            rows, ways = np.searchsorted(place.posts, post[mine]), self._places_of(place, options[mine])
            # The table has the best of the usable ways to pay; each seat has its own.
            rest = values.table - np.maximum.reduceat(values.options, place.offsets[:-1], axis=0).T
            own = values.options[ways]
            worths = np.where(own <= NEVER // 2, NEVER, own + rest.T[rows])
            found[mine] = sweep.seat(
                rows, worths, demand[mine], self._able_start, self._able, self.refusing(here), values.classes, values.base,
                values.likes, self._overlap, self.likes_of[place.posts], values.figures, values.much, values.fit, taken,
            )  # fmt: skip
        return found

    @staticmethod
    def _places_of(place: Place, options: Ints) -> Ints:
        order = np.argsort(place.options, kind="stable")
        found: Ints = order[np.searchsorted(place.options[order], options)]
        return found

    # ways to pay -------------------------------------------------------------------------------------------------------------

    def ways(
        self, made: Tables, pairs: Pairs, usable: Bools | None = None, *, most: int = 1
    ) -> tuple[Ints, Ints, Ints]:
        """Return placements (person, option, gain) for the pairs listed: the best way to pay each, and others that gain too.

        Args:
            made: the prices, as tables.
            pairs: which.
            usable: the only options that count (None: all).
            most: so many ways for each pair.
        """
        region = self.arrays.region[pairs.post]
        order = np.argsort(region, kind="stable")
        parts: list[tuple[Ints, Ints, Ints]] = []
        for mine in np.split(order, np.flatnonzero(np.diff(region[order])) + 1):
            if not len(mine):
                continue
            here = int(region[mine[0]])
            place, classes = self.places[here], self.plan.classes[here].of[self.plan.combination[pairs.person[mine]]]
            local = np.searchsorted(place.posts, pairs.post[mine])
            of, way, left = sweep.near_ways(local, classes, pairs.gain[mine], most, *self._options(here, made, usable))
            parts.append((pairs.person[mine[of]], place.options[way], left))
        nothing = np.zeros(0, dtype=np.int64)
        person, option, gain = (np.concatenate([nothing, *(part[i] for part in parts)]) for i in range(3))
        return person, option, gain


def _rows(by_selector: dict[int, Ints], selectors: list[int], chosen: Ints) -> Ints:
    """Return the tables of some selectors (0 where one has none) for some options or posts."""
    found = np.zeros((len(selectors), len(chosen)), dtype=np.int64)
    for number, selector in enumerate(selectors):
        if selector in by_selector:
            found[number] = by_selector[selector][chosen]
    return found
