"""The columns found so far: one placement, or a team's placements together, with what they count in every row."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from optimizer.engines.columns.places import Values
from optimizer.engines.columns.pricing import Found, Prices, Pricing
from optimizer.engines.columns.records import worths
from optimizer.engines.columns.triples import EMPTY, Entries, entries, ordinary, ranges, summed
from optimizer.formulation.arrays import Ints

Key = tuple[int, int]
"""One placement: (person, option), or (person, −1 − number of the listed placement)."""
Team = tuple[Key, ...]


class Pool:
    """All columns, as arrays that only grow.

    Attributes:
        agent: whose column each is: a person, or after the people a team.
        ptr, row, amount: what each column counts, row by row (compressed by column).
        again: numbers of the columns that were found anew since someone emptied it.
    """

    def __init__(self, pricing: Pricing) -> None:
        self.pricing = pricing
        self.arrays, self.rows = pricing.arrays, pricing.rows
        self.agents = self.arrays.people + len(self.rows.groups)
        self.team_of = np.full(self.arrays.people, -1, dtype=np.int64)
        for number, group in enumerate(self.rows.groups):
            self.team_of[list(group.members)] = number
        explicit = pricing.explicit
        self._listed_count = len(explicit)
        self._width = self._listed_count + len(self.arrays.options.post)
        self.agent: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.code: Ints = EMPTY
        self.ptr: Ints = np.zeros(1, dtype=np.int64)
        self.row: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.amount: Ints = EMPTY
        self.again: set[int] = set()
        self._order: Ints = EMPTY
        self._teams: list[Team] = []
        self._known: dict[Team, int] = {}
        self._listed: dict[tuple[int, int], list[int]] = {}
        for number, pair in enumerate(zip(explicit.person.tolist(), explicit.post.tolist(), strict=True)):
            self._listed.setdefault(pair, []).append(number)

    def __len__(self) -> int:
        return len(self.agent)

    # adding ------------------------------------------------------------------------------------------------------------------

    def add_listed(self) -> None:
        """Add every listed placement of people without a team."""
        people = self.pricing.explicit.person
        mine = np.flatnonzero(self.team_of[people] < 0)
        self.add(people[mine], -1 - mine)

    def add_found(self, found: Found, prices: Prices) -> None:
        """Add what a look at all pairs found."""
        self.add(found.person, found.option)
        self.add_teams(self._with_options(found, prices))

    def add(self, person: Ints, option: Ints) -> None:
        """Add columns of one placement each, except those that are there already."""
        code = np.unique(person * self._width + option + self._listed_count)
        known = self.code[self._order]
        place = np.searchsorted(known, code)
        found = place < len(known)
        found[found] = known[place[found]] == code[found]
        self.again.update(self._order[place[found]].tolist())
        fresh = code[~found]
        if len(fresh):
            person, option = fresh // self._width, fresh % self._width - self._listed_count
            made = self._entries(np.arange(len(fresh), dtype=np.int64), person, option, np.zeros(len(fresh), np.int64))
            self._grow(person, fresh, made)

    def placed(self, person: Ints, option: Ints) -> dict[int, int]:
        """Return the column of each of some people by person; those that are not there yet are added."""
        self.add(person, option)
        code = person * self._width + option + self._listed_count
        column = self._order[np.searchsorted(self.code[self._order], code)]
        return dict(zip(person.tolist(), column.tolist(), strict=True))

    def add_teams(self, teams: Iterable[Team]) -> None:
        """Add columns of teams, except those that are there already or break a hard rule."""
        fresh: list[Team] = []
        charges: list[int] = []
        for team in dict.fromkeys(teams):
            if team in self._known:
                self.again.add(self._known[team])
                continue
            number = int(self.team_of[team[0][0]])
            charge = 0 if number < 0 else self.pricing.teams.broken(number, {v: self.post_of(o) for v, o in team})
            if charge >= 0:
                self._known[team] = len(self) + len(fresh)
                fresh.append(team)
                charges.append(charge)
        if not fresh:
            return
        flat = np.array([(i, *one) for i, team in enumerate(fresh) for one in team], dtype=np.int64).reshape(-1, 3)
        made = self._entries(flat[:, 0], flat[:, 1], flat[:, 2], np.array(charges, dtype=np.int64))
        first = np.array([team[0][0] for team in fresh], dtype=np.int64)
        agent = np.where(self.team_of[first] < 0, first, self.arrays.people + self.team_of[first])
        self._grow(agent, -1 - len(self._teams) - np.arange(len(fresh), dtype=np.int64), made)
        self._teams.extend(fresh)

    def _grow(self, agent: Ints, code: Ints, made: Entries) -> None:
        length = np.bincount(made.of, minlength=len(agent))
        self.agent = np.concatenate([self.agent, agent.astype(np.int32)])
        self.code = np.concatenate([self.code, code])
        self.ptr = np.concatenate([self.ptr, self.ptr[-1] + np.cumsum(length)])
        self.row = np.concatenate([self.row, made.row.astype(np.int32)])
        self.amount = np.concatenate([self.amount, made.amount])
        self._order = np.argsort(self.code, kind="stable")

    def _entries(self, column: Ints, person: Ints, option: Ints, charges: Ints) -> Entries:
        """Return what columns count; `charges` are the penalties of each column's team."""
        usual = option >= 0
        made = entries(self.rows, self.arrays, ordinary(self.arrays, person[usual], option[usual]))
        listed = self.pricing.explicit_entries
        number = -1 - option[~usual]
        first, last = (np.searchsorted(listed.of, number, side=side) for side in ("left", "right"))
        of, where = ranges(first, last)
        parts = [
            (column[usual][made.of], made.row, made.amount),
            (column[~usual][of], listed.row[where], listed.amount[where]),
        ]
        paying = np.flatnonzero(charges)
        for row, tier in zip(self.rows.tiers, self.arrays.problem.objective, strict=True):
            if weight := tier.weights.get("penalty", 0):
                parts.append((paying, np.full(len(paying), row, dtype=np.int64), charges[paying] * weight))
        return summed(*(np.concatenate([part[i] for part in parts]) for i in range(3)))

    # teams -------------------------------------------------------------------------------------------------------------------

    def _with_options(self, found: Found, prices: Prices) -> list[Team]:
        """Return the teams that a look found with the best way to pay each placement."""
        teams = found.teams
        if not teams:
            return []
        worth = self.pricing.explicit_worth(prices)
        values: dict[int, Values] = {}
        pairs = sorted({pair for team in teams for pair in team}, key=lambda pair: int(self.arrays.region[pair[1]]))
        best: dict[tuple[int, int], int] = {}
        for person, post in pairs:
            listed = self._listed.get((person, post))
            if listed is not None:
                best[person, post] = -1 - max(listed, key=lambda x: int(worth[x]))
                continue
            region = int(self.arrays.region[post])
            if region not in values:
                values = {region: self.pricing.scanner.values(region, found.made)}
            best[person, post] = self._option(values[region], region, person, post)
        return [tuple((person, best[person, post]) for person, post in sorted(team)) for team in teams]

    def _option(self, values: Values, region: int, person: int, post: int) -> int:
        place = self.pricing.scanner.places[region]
        local = int(np.searchsorted(place.posts, post))
        start = int(place.offsets[local])
        end = int(place.offsets[local + 1])
        return int(place.options[start + values.options[start:end, values.classes[person]].argmax()])

    # reading -----------------------------------------------------------------------------------------------------------------

    def keys(self, column: int) -> Team:
        """Return the placements of a column."""
        code = int(self.code[column])
        if code < 0:
            return self._teams[-1 - code]
        return ((code // self._width, code % self._width - self._listed_count),)

    def post_of(self, option: int) -> int:
        """Return the post of an option or listed placement."""
        if option >= 0:
            return int(self.arrays.options.post[option])
        return int(self.pricing.explicit.post[-1 - option])

    def triples(self, columns: Iterable[int]) -> list[tuple[int, int, int]]:
        """Return the placements (volunteer, post, agreement) of some columns."""
        agreement, listed = self.arrays.options.agreement, self.pricing.explicit.agreement
        return [
            (person, self.post_of(option), int(agreement[option] if option >= 0 else listed[-1 - option]))
            for column in columns
            for person, option in self.keys(column)
        ]

    def options(self, columns: Iterable[int]) -> Ints:
        """Return the options under which some columns of one ordinary placement are paid, ascending."""
        found = {option for column in columns for _, option in self.keys(column) if option >= 0}
        return np.array(sorted(found), dtype=np.int64)

    def with_options_in(self, options: Ints) -> Ints:
        """Return the columns of one placement under some options."""
        single = np.flatnonzero(self.code >= 0)
        return single[np.isin(self.code[single] % self._width - self._listed_count, options)]

    def listed_columns(self) -> Ints:
        """Return the columns of one listed placement: pairs with figures of their own, among them those of pins."""
        return np.flatnonzero((self.code >= 0) & (self.code % self._width < self._listed_count))

    def activity(self, columns: Iterable[int]) -> Ints:
        """Return what some columns together count in every row."""
        chosen = np.fromiter(columns, dtype=np.int64)
        _, where = ranges(self.ptr[chosen], self.ptr[chosen + 1])
        found = np.zeros(len(self.rows.lower), dtype=np.int64)
        np.add.at(found, self.row[where], self.amount[where])
        return found

    def usual(self, row: int) -> float:
        """Return what a column that counts in a row usually counts there, whatever the sign; 0 where none does."""
        mine = np.abs(self.amount[self.row == row])
        return float(mine.mean()) if len(mine) else 0.0

    def best(self, gain: npt.NDArray[np.float64], columns: Ints | None = None) -> npt.NDArray[np.float64]:
        """Return the most that each agent gains by one of the columns (None: all of them); nothing at all counts as 0."""
        found = np.zeros(self.agents)
        np.maximum.at(found, self.agent if columns is None else self.agent[columns], gain)
        return found

    def values(self, price: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return what each column is worth at a price for each row."""
        return worths(price, self.ptr, self.row, self.amount)
