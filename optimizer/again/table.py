"""Who could take what, for those who may change: columns of the engine for large rounds, with everybody else held where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

import numpy as np

from optimizer.crowd import Crowd
from optimizer.engines.columns.board import Limits
from optimizer.engines.columns.pool import Pool
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.triples import Triples, ordinary
from optimizer.formulation.arrays import Arrays, Bools, Ints
from optimizer.formulation.linear import linear
from optimizer.index import Index
from optimizer.problem import Problem, Tier

Triple = tuple[int, int, int]
MOST, EACH = 4_000, 3
"""Where more placements are possible, so many of each way to pay are taken: the cheapest, and those worth most."""
WAYS = 20
"""So many ways to share out the posts of one place among a group are tried."""
NOTHING = np.zeros(0, dtype=np.int64)


class Table:
    """The columns of one round in which some have places already.

    After the round's own tiers comes one more, number `keeping`: how many of them are still at the post they had.
    """

    def __init__(self, problem: Problem, standing: Sequence[Triple]) -> None:
        """Lay it out; `standing` are the placements (volunteer, post, agreement) by position of those who stay."""
        inner = replace(problem, objective=(*problem.objective, Tier({})))
        self.index = Index(inner)
        self.arrays = Arrays(self.index)
        rows = linear(self.arrays)
        self.keeping = len(problem.objective)
        for person, post, _ in standing:
            rows.pairs.setdefault((person, post, None), []).append((rows.tiers[self.keeping], 1))
        self.pricing = Pricing(self.arrays, rows)
        self.limits = Limits(self.pricing)
        self.pool = Pool(self.pricing)
        self.crowd = Crowd(self.index)
        self.standing = list(standing)
        self._listed = {key: number for number, key in enumerate(_keys(self.pricing))}
        self.start = self._begin()

    def _begin(self) -> dict[int, int]:
        """Return the column of each agent whose placements stand, as far as the rules still let them."""
        alone: list[tuple[int, int]] = []
        teams: dict[int, list[tuple[int, int]]] = {}
        for person, post, agreement in self.standing:
            team = int(self.pool.team_of[person])
            key = self._key(person, post, agreement)
            if key is not None:
                (alone if team < 0 else teams.setdefault(team, [])).append(key)
        people, options = np.array(alone, dtype=np.int64).reshape(-1, 2).T
        self.pool.add(people, options)
        self.pool.add_teams([tuple(sorted(team)) for team in teams.values()])
        return {int(agent): column for column, agent in enumerate(self.pool.agent.tolist())}

    def _key(self, person: int, post: int, agreement: int) -> tuple[int, int] | None:
        """Return how the pool calls a placement; None where a rule forbids it."""
        number = self._listed.get((person, post, agreement))
        return None if number is None else (person, -1 - number)

    # what is free ------------------------------------------------------------------------------------------------------------

    def seats_left(self, columns: Iterable[int]) -> Ints:
        """Return how many seats of each post the columns leave."""
        used = Counter(post for _, post, _ in self.pool.triples(columns))
        left: Ints = self.arrays.seats.copy()
        for post, number in used.items():
            left[post] -= number
        return left

    def money_left(self, columns: Iterable[int]) -> Ints:
        """Return what each fund has left beside the columns, in the arrays' unit."""
        rows = self.pricing.rows.fund_row
        budget = np.array([self.pricing.upper[row] for row in rows.tolist()], dtype=np.int64)
        left: Ints = budget - self.pool.activity(columns)[rows]
        return left

    def add(self, people: Bools, posts: Ints, money: Ints | None = None, most: int = MOST) -> None:
        """Add placements of some people (without those of groups) at some posts that no fund is too poor for.

        Where there are more than `most`, only the cheapest and the best few of each way to pay are added.

        Args:
            people: who.
            posts: where.
            money: what each fund could pay at most of one placement; None: its whole budget.
            most: how many placements are few enough to be taken all.
        """
        able = people & self.pricing.teams.single
        options = self.arrays.options
        fits = np.ones(len(options.post), dtype=np.bool_)
        if money is not None:
            fits[options.line_option[options.line_amount > money[options.line_fund]]] = False
        who: list[Ints] = [NOTHING]
        how: list[Ints] = [NOTHING]
        for post in posts.tolist():
            mine = np.flatnonzero(able & self.crowd.able(post))
            ways = np.arange(options.start[post], options.start[post + 1])
            ways = ways[fits[ways]]
            who.append(np.repeat(mine, len(ways)))
            how.append(np.tile(ways, len(mine)))
        person, option = np.concatenate(who), np.concatenate(how)
        keep = self.pricing.allowed(person, option)
        self.pool.add(*self._payable(person[keep], option[keep], money, most))
        listed = self.pricing.explicit
        mine = np.flatnonzero(able[listed.person] & np.isin(listed.post, posts))
        self.pool.add(listed.person[mine], -1 - mine)

    def _payable(self, person: Ints, option: Ints, money: Ints | None, most: int) -> tuple[Ints, Ints]:
        """Return the placements that no fund is too poor for; where they are many, the cheapest and the best of each option."""
        made = ordinary(self.arrays, person, option)
        keep = np.ones(len(person), dtype=np.bool_)
        if money is not None:
            of, fund, amount = made.paid
            keep[of[amount > money[fund]]] = False
        if int(keep.sum()) > most:
            few = np.zeros(len(person), dtype=np.bool_)
            worth = self._worth(made)
            # The last key decides first.
            for keys in ([*-worth[::-1], made.cost], [made.cost, *-worth[::-1]]):
                order = np.lexsort([*keys, option])
                order = order[keep[order]]
                rank = np.arange(len(order)) - np.searchsorted(option[order], option[order])
                few[order[rank < EACH]] = True
            keep = few
        return person[keep], option[keep]

    def _worth(self, made: Triples) -> Ints:
        """Return what each placement adds to each tier (rows), counting what differs between people."""
        figures = {"fit": made.fit, "preference": made.preference, "chosen": self.arrays.weight[made.person]}
        found = [
            sum(
                (tier.weights.get(name, 0) * value for name, value in figures.items()),
                np.zeros(len(made), dtype=np.int64),
            )
            for tier in self.arrays.problem.objective
        ]
        return np.array(found, dtype=np.int64)

    def add_triples(self, triples: Iterable[Triple]) -> Ints:
        """Add placements that may be made, without those of groups; return all columns but those of the start."""
        options = self.arrays.options
        number = {
            pair: at for at, pair in enumerate(zip(options.post.tolist(), options.agreement.tolist(), strict=True))
        }
        alone: list[tuple[int, int]] = []
        pairs = {(person, post) for person, post, _ in self._listed}
        for person, post, agreement in triples:
            key = self._key(person, post, agreement)
            if key is None and (person, post) not in pairs and (post, agreement) in number:
                key = (person, number[post, agreement])
            if key is not None and self.pricing.teams.single[person]:
                alone.append(key)
        people, how = np.array(alone, dtype=np.int64).reshape(-1, 2).T
        keep = how < 0
        keep[~keep] = self.pricing.allowed(people[~keep], how[~keep])
        self.pool.add(people[keep], how[keep])
        return np.arange(len(self.start), len(self.pool))

    def add_teams(self, people: Bools, seats: Ints, money: Ints) -> None:
        """Add placements of groups all of whose members are among some people, where there are seats and money for each alone."""
        for number, group in enumerate(self.pricing.rows.groups):
            if not all(people[list(group.members)]):
                continue
            ways = [self._ways(person, seats, money) for person in group.members]
            teams = list(self._joint(number, ways))
            if not any(price is None for _, price in group.rules):
                # Only soft rules bind them: one alone may be placed too.
                teams += [[key] for mine in ways for keys in mine.values() for key in keys]
            self.pool.add_teams([tuple(sorted(team)) for team in teams])

    def _ways(self, person: int, seats: Ints, money: Ints) -> dict[int, list[tuple[int, int]]]:
        """Return how the pool calls the cheapest placements of one person at each post."""
        arrays, options = self.arrays, self.arrays.options
        posts = [post for post in np.flatnonzero(seats > 0).tolist() if self.crowd.able(post)[person]]
        ways = np.concatenate([*(np.arange(options.start[p], options.start[p + 1]) for p in posts), NOTHING])
        who = np.full(len(ways), person, dtype=np.int64)
        ways = ways[self.pricing.allowed(who, ways)]
        made = ordinary(arrays, np.full(len(ways), person, dtype=np.int64), ways)
        of, fund, amount = made.paid
        poor = set(of[amount > money[fund]].tolist())
        found: dict[int, list[tuple[int, int]]] = {}
        for place, way in enumerate(ways.tolist()):
            mine = found.setdefault(int(options.post[way]), [])
            if place not in poor and len(mine) < EACH:
                mine.append((person, way))
        for number in np.flatnonzero(self.pricing.explicit.person == person).tolist():
            if seats[self.pricing.explicit.post[number]] > 0:
                found.setdefault(int(self.pricing.explicit.post[number]), []).append((person, -1 - number))
        return found

    def _joint(self, number: int, ways: list[dict[int, list[tuple[int, int]]]]) -> Iterator[list[tuple[int, int]]]:
        """Yield placements of a whole group at one place, paid alike as far as that is possible."""
        place = self.pricing.rows.groups[number].rules[0][0]
        for one in sorted({int(place[post]) for post in ways[0]}):
            here = [[post for post in mine if place[post] == one] for mine in ways]
            for posts in islice(product(*here), WAYS):
                for turn in range(EACH):
                    keys = [mine[post] for mine, post in zip(ways, posts, strict=True)]
                    if all(len(key) > turn for key in keys):
                        yield [key[turn] for key in keys]

    def at(self, posts: Bools) -> list[int]:
        """Return the columns all of whose placements are at some posts."""
        pool = self.pool
        return [one for one in range(len(pool)) if all(posts[pool.post_of(option)] for _, option in pool.keys(one))]

    def open_columns(self, agents: Bools, seats: Ints) -> Ints:
        """Return the columns of some agents where there are seats."""
        found = np.array(self.at(seats > 0), dtype=np.int64)
        return found[agents[self.pool.agent[found]]]


def _keys(pricing: Pricing) -> Iterable[Triple]:
    listed = pricing.explicit
    return zip(listed.person.tolist(), listed.post.tolist(), listed.agreement.tolist(), strict=True)
