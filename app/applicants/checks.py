"""What is wrong with an application that its form alone does not show; all errors at once, each with its place and remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from app.applicants.schemas import Profile
from app.core.i18n import mark
from app.core.problems import FieldError
from app.geography.checks import region_errors
from app.geography.queries import lies_within
from app.geography.reference import languages
from app.identity.passwords import email_faults
from app.schools.checks import repeated
from app.schools.vocabulary import CLASS_LEVEL

YOUNGEST: Final = 18
SHORTEST_MOTIVATION: Final = 50
LISTS: Final = ("levels", "subjects", "languages", "skills", "preferences", "refuses")
REGIONS: Final = ("preferences", "refuses")
FIELDS: Final = frozenset(Profile.model_fields)
MISSING: Final = mark("This value is missing.")


def value_errors(
    session: Session, profile: Profile, given: Collection[str], *, levels: Mapping[str, str] | None = None
) -> list[FieldError]:
    """Return what is wrong with the values that are there; only fields that are `given` in the request are looked at.

    `levels` are those of the regions, where the caller has read them for many applications.
    """
    errors: list[FieldError] = []
    if "email" in given and profile.email is not None:
        errors += email_faults(profile.email)
    errors += _region_errors(session, profile, given, levels)
    if "languages" in given:
        errors += _unknown_languages(profile.languages)
    for field in LISTS:
        if field in given:
            errors += repeated(field, getattr(profile, field))
    if set(REGIONS) & set(given):
        errors += _wished_and_refused(profile)
    return errors


def sending_errors(
    session: Session,
    profile: Profile,
    year: int,
    given: Collection[str] = FIELDS,
    *,
    levels: Mapping[str, str] | None = None,
) -> list[FieldError]:
    """Return everything that stands between a draft and its sending to the cohort of `year`.

    For an application that was sent already, `given` are the fields that a correction touches; `levels` as in `value_errors`.
    """
    found = [error for error in _missing(profile) if error.pointer[1:] in given]
    if "birth_year" in given and profile.birth_year is not None and year - profile.birth_year < YOUNGEST:
        found.append(
            FieldError(
                "/birth_year",
                "too_young",
                mark("Whoever serves in {year} has to be {age} years old by then."),
                mark("Check the year; it can be {latest} at the latest."),
                {"year": str(year), "age": YOUNGEST, "latest": str(year - YOUNGEST)},
            )
        )
    return found + value_errors(session, profile, given, levels=levels)


def _missing(profile: Profile) -> Iterable[FieldError]:
    for field, remedy in (
        ("name", mark("Write the name as it stands in the identity card.")),
        ("email", mark("Write an address at which the person can be reached.")),
        ("gender", mark("Say f or m, as it stands in the identity card.")),
        ("birth_year", mark("Write the year with four digits.")),
        ("home", mark("Choose the regency or city where the person lives; travel is paid from there.")),
        ("levels", mark("Choose at least one level of school.")),
    ):
        if not getattr(profile, field):
            yield FieldError(f"/{field}", "missing", MISSING, remedy)
    upper = [level for level in profile.levels if level != CLASS_LEVEL]
    if upper and not profile.subjects:
        message = mark("A subject is missing: {levels} has subject teachers.")
        remedy = mark("Choose at least one subject, or only SD.")
        yield FieldError("/subjects", "missing", message, remedy, {"levels": ", ".join(upper)})
    if len(profile.motivation or "") < SHORTEST_MOTIVATION:
        yield FieldError(
            "/motivation",
            "too_short" if profile.motivation else "missing",
            mark("The text about the motivation is missing or too short."),
            mark("Write at least {least} characters about why; reviewers read it."),
            {"least": SHORTEST_MOTIVATION},
        )


def regions_of(profile: Profile) -> set[str]:
    """Return the code of every region that an application names."""
    return {code for code in (profile.home, *profile.preferences, *profile.refuses) if code is not None}


def _region_errors(
    session: Session, profile: Profile, given: Collection[str], levels: Mapping[str, str] | None
) -> list[FieldError]:
    codes = {}
    if "home" in given and profile.home is not None:
        codes["/home"] = profile.home
    for field in REGIONS:
        if field in given:
            codes |= {f"/{field}/{position}": code for position, code in enumerate(getattr(profile, field))}
    return region_errors(session, codes, regencies={"/home"}, levels=levels)


def _unknown_languages(codes: Iterable[str]) -> list[FieldError]:
    return [
        FieldError(
            f"/languages/{position}",
            "unknown_language",
            mark("{language} is not the code of a regional language of Indonesia."),
            mark("Use a code of ISO 639-3, such as aoz for Uab Meto."),
            {"language": code},
        )
        for position, code in enumerate(codes)
        if code not in languages()
    ]


def _wished_and_refused(profile: Profile) -> list[FieldError]:
    """A wish within a refused region can never come true; the other way round one may refuse a part of what one wishes."""
    return [
        FieldError(
            f"/preferences/{position}",
            "wished_and_refused",
            mark("{wish} lies in {refused}, which is refused."),
            mark("Leave out the wish or the refusal."),
            {"wish": wish, "refused": refused},
        )
        for position, wish in enumerate(profile.preferences)
        for refused in profile.refuses
        if lies_within(wish, refused)
    ]
