"""One compiled pass over the pairs of a region: everyone's best, the best few people of each post and the best few posts of each person.

All sums are 64-bit integers at prices that leave head-room for them, so what is found here is exact.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = np.int64(-(2**58))
"""Worth of what may not be; `prices.NEVER` is the same. Numba compiles anew only when this file changes, so it stands here too."""


@njit(cache=True, nogil=True)
def tabulate(  # type: ignore[no-untyped-def]  # compiled: numba finds the types
    option, option_way, option_by, option_way_by, bits, way, offsets, no_option, post, post_way, post_by, post_way_by, post_bits,
    no_post, options, table,
):  # fmt: skip
    """Fill `options` (option × class) and `table` (class × post) with what the prices make of one region.

    Args:
        option, option_way: worth of each option, and of each rupiah of the way under it; `…_by` for those who pass a selector.
        post, post_way: the same for posts, whichever option pays.
        bits, post_bits: selector × class: who passes those of options and of posts.
        way: what the way costs each class.
        offsets: where each post's options begin, and their number at the end.
        no_option, no_post: what may not be, by class.
        options, table: filled here.
    """
    for number in range(len(option)):
        worths = options[number]
        for one in range(len(way)):
            worths[one] = option[number] + option_way[number] * way[one]
        for by in range(len(option_by)):
            # Most options count nothing for most selectors.
            if option_by[by, number] != 0 or option_way_by[by, number] != 0:
                for one in range(len(way)):
                    worths[one] += bits[by, one] * (option_by[by, number] + option_way_by[by, number] * way[one])
        for one in range(len(way)):
            if no_option[number, one]:
                worths[one] = NEVER
    worths = np.empty(len(way), dtype=np.int64)
    for number in range(len(post)):
        worths[:] = NEVER
        for place in range(offsets[number], offsets[number + 1]):
            for one in range(len(way)):
                worths[one] = max(worths[one], options[place, one])
        for one in range(len(way)):
            worths[one] += post[number] + post_way[number] * way[one]
        for by in range(len(post_by)):
            if post_by[by, number] != 0 or post_way_by[by, number] != 0:
                for one in range(len(way)):
                    worths[one] += post_bits[by, one] * (post_by[by, number] + post_way_by[by, number] * way[one])
        for one in range(len(way)):
            table[one, number] = NEVER if no_post[number, one] else worths[one]


@njit(cache=True, inline="always")
def insert(gains, names, gain, name):  # type: ignore[no-untyped-def]
    """Put a gain, larger than the last one, where it belongs in a short list that falls."""
    place = len(gains) - 1
    while place > 0 and gains[place - 1] < gain:
        gains[place] = gains[place - 1]
        names[place] = names[place - 1]
        place -= 1
    gains[place] = gain
    names[place] = name


@njit(cache=True, inline="always")
def own_worth(person, one, row, likes, overlap, sets, figures, much, fit):  # type: ignore[no-untyped-def]
    """Return what a person of a class adds at one post beyond what they add at every one."""
    worth = np.int64(0)
    if likes != 0:
        worth += likes * overlap[sets[row], person]
    for kind in range(len(figures)):
        figure = np.int64(figures[kind, person])
        if kind == fit:
            figure += 5 * overlap[sets[row], person]
        worth += much[kind, one, row] * figure
    return worth


@njit(cache=True, nogil=True)
def sweep(  # type: ignore[no-untyped-def]
    posts, block_start, block_rows, block_demand, able_start, able, skip, classes, table, base, likes, overlap, sets, figures,
    much, fit, masked_person, masked_row, single, floor, best, at, post_gain, post_person, own_gain, own_post,
):  # fmt: skip
    """Look at every eligible pair of one region.

    Args:
        posts: numbers of the region's posts.
        block_start, block_rows, block_demand: the posts (by place in `posts`) of each demand.
        able_start, able: who meets each demand, ascending.
        skip: who refuses the region.
        classes, table, base: everyone's class, worth of each (class, post), and what each person adds at every post.
        likes, overlap, sets: worth of a preferred tag, tags that each set of preferences and person share, and each post's set.
        figures, much, fit: where persons' figures count differently from post to post: figure × person, figure × class × post, and
            which figure preferred tags add to (−1: none).
        masked_person, masked_row: pairs that are listed one by one elsewhere, by person.
        single: who is placed alone; only they are put on lists.
        floor: what a pair must be worth more than to be put on one.
        best, at: everyone's best worth and its post so far, in and out.
        post_gain, post_person: best gains over the floor of each post, filled here; no list where it has no width.
        own_gain, own_post: the same of each person over all regions, in and out.
    """
    wide, own = post_gain.shape[1], own_gain.shape[1]
    for block in range(len(block_demand)):
        demand, first, last = block_demand[block], block_start[block], block_start[block + 1]
        mask = np.int64(0)
        for position in range(able_start[demand], able_start[demand + 1]):
            person = np.int64(able[position])
            if skip[person]:
                continue
            while mask < len(masked_person) and masked_person[mask] < person:
                mask += 1
            ends = mask
            while ends < len(masked_person) and masked_person[ends] == person:
                ends += 1
            one, plain, least = classes[person], base[person], floor[person]
            listing = single[person] and wide + own > 0
            for place in range(first, last):
                row = block_rows[place]
                worth = table[one, row] + plain + own_worth(person, one, row, likes, overlap, sets, figures, much, fit)
                for other in range(mask, ends):
                    if masked_row[other] == row:
                        worth = NEVER
                if worth > best[person]:
                    best[person] = worth
                    at[person] = posts[row]
                gain = worth - least
                if listing and gain > 0:
                    if wide > 0 and gain > post_gain[row, wide - 1]:
                        insert(post_gain[row], post_person[row], gain, person)
                    if own > 0 and gain > own_gain[person, own - 1]:
                        insert(own_gain[person], own_post[person], gain, posts[row])


@njit(cache=True, nogil=True)
def near_ways(  # type: ignore[no-untyped-def]
    local, classes, gain, most, option, option_way, option_by, option_way_by, bits, way, offsets, no_option
):
    """Return (number, option's place, gain left) of ways to pay each (post, class): the best, and others that still gain anything.

    Args:
        local, classes, gain: the pairs: place of the post, class of the person, and the gain by the best way.
        most: so many ways for each pair, those that gain most (of equals the first).
        option, option_way, option_by, option_way_by, bits, way, offsets, no_option: as `tabulate` has them.
    """
    size, widest = 0, 0
    for number in range(len(local)):
        width = offsets[local[number] + 1] - offsets[local[number]]
        size, widest = size + min(width, most), max(widest, width)
    of, way_of, left_of = (
        np.empty(size, dtype=np.int64),
        np.empty(size, dtype=np.int64),
        np.empty(size, dtype=np.int64),
    )
    worths = np.empty(widest, dtype=np.int64)
    size = 0
    for number in range(len(local)):
        post, one = local[number], classes[number]
        first = offsets[post]
        width = offsets[post + 1] - first
        for place in range(first, first + width):
            worth = option[place] + option_way[place] * way[one]
            for by in range(len(option_by)):
                worth += bits[by, one] * (option_by[by, place] + option_way_by[by, place] * way[one])
            worths[place - first] = NEVER if no_option[place, one] else worth
        top = worths[0]
        for turn in range(min(width, most)):
            best = np.int64(0)
            for place in range(1, width):
                if worths[place] > worths[best]:
                    best = np.int64(place)
            if turn == 0:
                top = worths[best]
            elif worths[best] <= NEVER or gain[number] - (top - worths[best]) <= 0:
                break
            of[size], way_of[size], left_of[size] = number, first + best, gain[number] - (top - worths[best])
            size += 1
            # Taken: it is not found again.
            worths[best] = NEVER * 2
    return of[:size], way_of[:size], left_of[:size]


@njit(cache=True, nogil=True)
def seat(  # type: ignore[no-untyped-def]
    rows, worths, demands, able_start, able, skip, classes, base, likes, overlap, sets, figures, much, fit, taken
):
    """Give each seat of one region, in order, whoever is worth most there of those who are left; −1 where nobody is.

    Args:
        rows, worths, demands: the post (by place), the worth of each class, and the demand of each seat.
        able_start, able: who meets each demand.
        skip: who refuses the region.
        classes, base, likes, overlap, sets, figures, much, fit: as `sweep` has them.
        taken: who has a seat already, in and out.
    """
    found = np.full(len(rows), -1, dtype=np.int64)
    for number in range(len(rows)):
        row, most = rows[number], NEVER // 2
        for position in range(able_start[demands[number]], able_start[demands[number] + 1]):
            person = np.int64(able[position])
            if skip[person] or taken[person]:
                continue
            one = classes[person]
            own = own_worth(person, one, row, likes, overlap, sets, figures, much, fit)
            worth = worths[number, one] + base[person] + own
            if worth > most:
                most = worth
                found[number] = person
        if found[number] >= 0:
            taken[found[number]] = True
    return found
