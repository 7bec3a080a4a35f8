"""From what a volunteer says (wishes, refusals, hardship limit) to a strict order of posts.

A post comes by the first wish that covers its region; what no wish covers comes last, and what the volunteer may not hold, not at all.
Among posts that the wishes leave equal, the more needed comes first, then the seed decides. Neither depends on what anybody says, so that
a volunteer cannot do better than by saying the truth.
"""

from __future__ import annotations

from collections.abc import Collection

from optimizer.comparing.wishing import wish_rank
from optimizer.eligibility import eligible_volunteers
from optimizer.index import Index
from optimizer.wishes.ties import tie


def standing_order(index: Index, seed: int) -> list[int]:
    """Return the posts in the order that decides where wishes leave them equal: the most needed first, then by the seed."""
    posts = index.problem.posts
    return sorted(range(len(posts)), key=lambda p: (-posts[p].need, tie(seed, "post", posts[p].id)))


def orders_of(
    index: Index, seed: int, open_posts: Collection[int], banned: Collection[tuple[int, int]], pins: dict[int, int]
) -> list[list[int]]:
    """Return for each volunteer the open posts that he or she may hold, the dearest wish first.

    Args:
        index: the problem.
        seed: decides ties.
        open_posts: the posts with a paid seat.
        banned: pairs that a rule forbids.
        pins: who is pinned to which post, and so applies there alone.
    """
    place = {post: position for position, post in enumerate(standing_order(index, seed))}
    found: list[list[int]] = [[] for _ in index.problem.volunteers]
    for post, people in enumerate(eligible_volunteers(index)):
        if post in open_posts:
            for person in people:
                if (person, post) not in banned and pins.get(person, post) == post:
                    found[person].append(post)
    for person, posts in enumerate(found):
        ranks = dict(_ranks(index, person, posts))
        posts.sort(key=lambda post: (ranks[index.post_region[post]], place[post]))
    return found


def _ranks(index: Index, person: int, posts: list[int]) -> list[tuple[str, int]]:
    first = {index.post_region[post]: post for post in posts}
    return [(region, wish_rank(index, person, post)) for region, post in first.items()]
