"""How people call what an application says: fields, states and choices; every text is a catalogue key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core.i18n import mark

STATES: Final[Mapping[str, str]] = {
    "draft": mark("draft"),
    "submitted": mark("submitted"),
    "in_review": mark("in review"),
    "in_pool": mark("in the pool"),
    "rejected": mark("rejected"),
    "withdrawn": mark("withdrawn"),
    "offered": mark("offered a place"),
    "volunteer": mark("volunteer"),
    "alumnus": mark("alumnus"),
}
NEXT: Final[Mapping[str, str]] = {
    "draft": mark("Complete the steps below; each is saved by itself. Then send the application by {closes}."),
    "submitted": mark("Your application has arrived. Next, the programme looks through it and gives it to reviewers."),
    "in_review": mark("Reviewers read your application, without your name. The result will stand here."),
    "in_pool": mark("You are in the pool. Next, a placement round looks for the place where you fit and are needed."),
    "rejected": mark("Your application was not accepted. You can apply to a later cohort."),
    "withdrawn": mark("You have withdrawn your application. You can apply to a later cohort."),
    "offered": mark("A place is offered to you. Look at it and answer in time."),
    "volunteer": mark("You have accepted your place. The programme tells you what to prepare."),
    "alumnus": mark("You have served. Thank you."),
}
"""What comes next, by state, as the person reads it."""
LABELS: Final[Mapping[str, str]] = {
    "name": mark("Name"),
    "email": mark("E-mail address"),
    "gender": mark("Gender"),
    "birth_year": mark("Year of birth"),
    "home": mark("Home regency or city"),
    "levels": mark("Levels of school"),
    "subjects": mark("Subjects"),
    "languages": mark("Regional languages"),
    "skills": mark("Skills"),
    "returning": mark("Served in this programme before"),
    "max_hardship": mark("The hardest place"),
    "regular_care": mark("Needs regular treatment, with a clinic within reach"),
    "motivation": mark("Motivation"),
    "preferences": mark("Wishes"),
    "refuses": mark("Not there"),
}
GENDERS: Final[Mapping[str, str]] = {"f": mark("female"), "m": mark("male")}
HARDSHIPS: Final = (
    mark("0: as in a town"),
    mark("1: a village with road, signal and clinic"),
    mark("2: a village far from town"),
    mark("3: far away, and signal or clinic is missing"),
    mark("4: remote, hours on the way"),
    mark("5: the remotest, without signal and clinic"),
)
