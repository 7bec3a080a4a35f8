"""The columns of each kind of file. What is exported has the same columns in the same order as what is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.core.i18n import mark


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: As it stands in the first line of the file.
        form: How its cells are written; see `app.transfers.cells`.
        means: What it holds, a sentence of the catalogue.
        needed: Whether every row has to have it.
        told: Whether it is only told by an export, and not read by an import.
    """

    name: str
    form: str
    means: str
    needed: bool = False
    told: bool = False


TAGS_FORM: Final = mark("Tags, with ; between them.")
STATE: Final = mark("Where it stands; an import leaves it as it is.")

SCHOOLS: Final = (
    Column("npsn", "code", mark("The school's national number; by it a row finds its school."), needed=True),
    Column("name", "text", mark("The name of the school."), needed=True),
    Column("level", "code", mark("SD, SMP, SMA or SMK."), needed=True),
    Column("status", "code", mark("negeri: of the state; swasta: private."), needed=True),
    Column("region", "region", mark("Code of the regency or city, such as 53.02."), needed=True),
    Column("district", "text", mark("The district (kecamatan).")),
    Column("lat", "decimal", mark("Degrees north; south of the equator with a minus."), needed=True),
    Column("lon", "decimal", mark("Degrees east."), needed=True),
    Column("tags", "list", TAGS_FORM),
)
NEEDS: Final = (
    Column("code", "code", mark("How people name the need; by it a row finds its need."), needed=True),
    Column("school", "code", mark("The national number of the school."), needed=True),
    Column("level", "code", mark("SD, SMP, SMA or SMK; empty: the school's own.")),
    Column("subject", "code", mark("Code of the subject, such as math; empty: a class teacher.")),
    Column("headcount", "whole", mark("How many people are asked for."), needed=True),
    Column("starts_on", "day", mark("The first day, such as 2027-07-15."), needed=True),
    Column("ends_on", "day", mark("The last day."), needed=True),
    Column("hardship", "whole", mark("0: as in a town … 5: remote, no signal, no clinic."), needed=True),
    Column("tags", "list", TAGS_FORM),
    Column("requires", "list", mark("What everybody must bring, besides level and subject; tags with ; between them.")),
    Column("prefers", "list", mark("What makes a person fit better; tags with ; between them.")),
    Column("teachers_missing", "whole", mark("How many teachers the school lacks.")),
    Column("years_without", "whole", mark("For how many years nobody has been sent.")),
    Column("costs", "pairs", mark("Rupiah of one placement by line: stipend=27960000; training=9000000.")),
    Column("uses", "pairs", mark("Units of each resource by its code: satellite-messenger=1.")),
    Column("state", "code", STATE, told=True),
)
APPLICANTS: Final = (
    Column("code", "code", mark("How people name the application; empty: a new one whose code is made up.")),
    Column("cohort", "code", mark("Code of the cohort."), needed=True),
    Column("name", "text", mark("The name as in the identity card."), needed=True),
    Column("email", "code", mark("The e-mail address; one application each in a cohort."), needed=True),
    Column("gender", "code", mark("f or m.")),
    Column("birth_year", "whole", mark("The year of birth, four digits.")),
    Column("home", "region", mark("Code of the regency or city where the person lives.")),
    Column("levels", "list", mark("Levels of school that the person can teach, with ; between them.")),
    Column("subjects", "list", mark("Codes of subjects, with ; between them.")),
    Column("languages", "list", mark("Regional languages by ISO 639-3, with ; between them.")),
    Column("skills", "list", mark("Codes of skills, with ; between them.")),
    Column("regular_care", "yes_no", mark("Whether a clinic is needed within reach: yes or no.")),
    Column("returning", "yes_no", mark("Whether the person has served before: yes or no.")),
    Column("max_hardship", "whole", mark("The hardest place, 0 to 5; empty: no limit.")),
    Column("motivation", "text", mark("Why the person applies.")),
    Column("preferences", "regions", mark("Regions wished for, the dearest first, with ; between them.")),
    Column("refuses", "regions", mark("Regions where the person will not go, with ; between them.")),
    Column("state", "code", mark("Of a new row: draft (also when empty) or submitted; else it is left as it is.")),
)
FUNDS: Final = (
    Column("code", "code", mark("How people name the fund; by it a row finds its fund."), needed=True),
    Column("organisation", "code", mark("Code of the organisation whose money it is."), needed=True),
    Column("name", "text", mark("The name of the fund."), needed=True),
    Column("earmark_id", "text", mark("What it is meant for, in Indonesian.")),
    Column("earmark_en", "text", mark("What it is meant for, in English.")),
    Column("amount", "whole", mark("Whole rupiah, digits only."), needed=True),
    Column("starts_on", "day", mark("The first day on which it can be spent, such as 2027-01-01."), needed=True),
    Column("ends_on", "day", mark("The last day on which it can be spent."), needed=True),
    Column("state", "code", STATE, told=True),
)
COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {"applicants": APPLICANTS, "schools": SCHOOLS, "needs": NEEDS, "funds": FUNDS}
)
