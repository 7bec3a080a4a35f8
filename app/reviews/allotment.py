"""Who reads what: balanced, and drawn from a seed, so that anybody can draw it again. A pure function.

Applications come in an order that the seed gives; each goes to those who have the least to read so far, and between equals the
seed decides again. Without exclusions nobody has more than one application more than another who began with as many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Final

LARGEST_SEED: Final = 2**31 - 1


def allot(
    wanted: Mapping[str, int],
    reviewers: Collection[str],
    *,
    load: Mapping[str, int],
    taken: Mapping[str, Collection[str]],
    seed: int,
) -> list[tuple[str, str]]:
    """Return (application, reviewer) for everything that can be given out.

    Args:
        wanted: How many reviewers each application still needs.
        reviewers: Who reads.
        load: How many unread applications each reviewer has already; nobody listed has none.
        taken: Who has, had or gave back an application already, and does not get it again.
        seed: What ties are broken by.

    Returns:
        The pairs in the order in which they were drawn; an application gets fewer than it needs where nobody is left.
    """
    burden = {one: load.get(one, 0) for one in reviewers}
    pairs = []
    for application in sorted(wanted, key=lambda key: _draw(seed, key)):
        barred = set(taken.get(application, ()))
        for _ in range(wanted[application]):
            free = [one for one in burden if one not in barred]
            if not free:
                break
            chosen = min(free, key=lambda one: (burden[one], _draw(seed, application, one)))
            burden[chosen] += 1
            barred.add(chosen)
            pairs.append((application, chosen))
    return pairs


def _draw(seed: int, *names: str) -> bytes:
    return hashlib.sha256("\x00".join((str(seed), *names)).encode()).digest()
