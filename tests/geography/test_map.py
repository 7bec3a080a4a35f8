"""The map: every mark at its place, small enough for a slow line, readable without colour and without eyes."""

import xml.etree.ElementTree as ET

import pytest

from app.core.i18n import speaking
from app.core.templating import environment
from app.geography.map import Tally, region_map
from app.geography.outlines import rings, simplified
from app.geography.reference import regencies

EVERYWHERE = [Tally(code, number % 4, 4) for number, code in enumerate(sorted(regencies()))]


def drawn(tallies: list[Tally]) -> str:
    page = '{% from "geography/map.html" import region_map %}{{ region_map(drawn, "Kursi <2027>", "Terisi") }}'
    with speaking("id"):
        return environment().from_string(page).render(drawn=region_map(tallies))


def test_a_map_of_a_round_stays_below_40_kb() -> None:
    assert len(drawn(EVERYWHERE[::12])) < 40_000


def test_the_map_is_well_formed_and_says_what_it_shows() -> None:
    figure = ET.fromstring(drawn([Tally("53.05", 2, 3)]))
    picture = figure.find("svg")
    assert picture is not None
    assert picture.get("role") == "img"
    assert picture.findtext("title") == "Kursi <2027>"
    assert picture.findtext("desc") == "Terisi"
    assert "Kabupaten Alor: 2/3" in [title.text for title in picture.iter("title")]


def test_a_full_place_an_empty_place_and_one_between_look_different() -> None:
    marks = {
        mark.tally.code: mark
        for mark in region_map([Tally("53.05", 3, 3), Tally("53.02", 0, 3), Tally("53.11", 1, 3)]).marks
    }
    assert marks["53.02"].slice == ""
    assert len({mark.slice for mark in marks.values()}) == 3
    assert marks["53.05"].slice.count("A") == 2


def test_more_seats_make_a_larger_mark_which_hides_no_smaller_one() -> None:
    marks = region_map([Tally("53.05", 1, 2), Tally("93.03", 0, 20)]).marks
    assert [mark.tally.asked for mark in marks] == [20, 2]
    assert marks[0].radius > marks[1].radius


def test_neighbours_are_shown_from_near_and_a_country_from_afar() -> None:
    assert region_map([Tally("53.05", 1, 2), Tally("52.08", 1, 2)]).cropped
    assert not region_map([Tally("12.14", 1, 2), Tally("93.03", 1, 2)]).cropped
    assert not region_map([]).cropped


@pytest.mark.parametrize("code", sorted({code[:2] for code in regencies()}))
def test_every_regency_of_a_province_lies_inside_its_map(code: str) -> None:
    shown = region_map([one for one in EVERYWHERE if one.code.startswith(f"{code}.")])
    assert shown.land
    for mark in shown.marks:
        assert 0 < mark.x < shown.width, mark
        assert 0 < mark.y < shown.height, mark


def test_unknown_places_and_places_that_ask_for_nobody_get_no_mark() -> None:
    assert region_map([Tally("99.99", 1, 2), Tally("53.05", 0, 0)]).marks == ()


def test_simplifying_keeps_the_ends_and_drops_what_is_nearly_straight() -> None:
    square = [(0.0, 0.0), (5.0, 0.01), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
    assert simplified(square, 1.0) == [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
    assert simplified(square, 0.0) == square


def test_no_province_is_lost_from_the_map_of_the_country() -> None:
    assert len(region_map([]).land) == len(rings()) == 38
