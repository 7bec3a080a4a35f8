"""The policies of a cohort, each with its reason and legal basis in both languages.

Laws are named only where they exist and apt; a rule that no law asks for says that it is the programme's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.demo.needs import PAPUA
from app.demo.records import CohortParameters, Fund, Need, Person, Policy, Text

OWN = Text("Pedoman program; bukan kewajiban undang-undang.", "The programme's own guideline; no law asks for it.")
EAST = ("81", "82", *PAPUA)


def make_policies(
    parameters: CohortParameters,
    needs: Sequence[Need],
    people: Sequence[Person],
    funds: Sequence[Fund],
    previous: Sequence[tuple[str, str]],
) -> tuple[Policy, ...]:
    """Return the policies by id."""
    regencies = sorted({need.regency for need in needs})
    found = [
        *safety_rules(),
        *people_rules(people),
        *fairness_rules(parameters, needs, regencies),
        *money_rules(parameters, needs, funds),
        *relay_rules(previous),
    ]
    return tuple(sorted(found, key=lambda policy: policy.id))


def safety_rules() -> list[Policy]:
    """Return the rules that protect volunteers at remote places."""
    work_safety = Text(
        "UU 13/2003 pasal 86: hak atas perlindungan keselamatan dan kesehatan kerja.",
        "Law 13/2003 article 86: the right to protection of safety and health at work.",
    )
    return [
        Policy(
            "berdua-di-tempat-terpencil",
            "each",
            Text("Paling sedikit dua orang di sekolah terpencil", "At least two people at a remote school"),
            Text(
                "Tanpa sinyal atau jauh dari puskesmas, orang tidak boleh sendirian.",
                "Without signal or far from a clinic nobody should be alone.",
            ),
            work_safety,
            {"of": "school", "posts": {"tags": ["remote"]}, "when": "open", "min": 2},
        ),
        Policy(
            "perempuan-tidak-sendiri",
            "each",
            Text("Tidak ada perempuan sendirian di kabupaten", "No woman is the only one in a regency"),
            Text(
                "Relawan perempuan punya sesama relawan perempuan di kabupaten yang sama untuk saling menjaga dan melapor.",
                "A woman has another woman of the cohort in the same regency, to look after each other and to report.",
            ),
            Text(
                "UU 12/2022 (Tindak Pidana Kekerasan Seksual), pencegahan.",
                "Law 12/2022 (Crimes of Sexual Violence), prevention.",
            ),
            {"of": "region", "volunteers": {"tags": ["gender:f"]}, "when": "matched", "min": 2},
        ),
        Policy(
            "kesehatan-dekat-puskesmas",
            "forbid",
            Text(
                "Yang perlu perawatan rutin tidak jauh dari puskesmas",
                "Nobody who needs regular care is far from a clinic",
            ),
            Text("Obat dan kontrol rutin harus terjangkau.", "Medicine and regular checks must be within reach."),
            work_safety,
            {"posts": {"tags": ["far-from-clinic"]}, "volunteers": {"tags": ["health:regular-care"]}},
        ),
    ]


def people_rules(people: Sequence[Person]) -> list[Policy]:
    """Return the rules on who serves where, couples and quality."""
    own_people = sum(person.home[:2] in PAPUA for person in people)
    found = [
        Policy(
            "bukan-kabupaten-sendiri",
            "home",
            Text("Tidak di kabupaten asal sendiri", "Not in one's own regency"),
            Text(
                "Relawan belajar dari tempat lain dan tidak menggantikan formasi setempat.",
                "Volunteers learn from another place and do not replace local posts.",
            ),
            OWN,
            {"level": 0},
        ),
        Policy(
            "provinsi-lain",
            "home",
            Text("Sebaiknya di provinsi lain", "Preferably in another province"),
            Text(
                "Pertukaran budaya antardaerah adalah bagian dari tujuan program.",
                "Exchange between cultures is part of the programme's purpose.",
            ),
            OWN,
            {"level": 1},
            penalty=10,
        ),
        Policy(
            "mutu-rata-rata",
            "average",
            Text("Rata-rata kesesuaian paling sedikit 64", "Average suitability of at least 64"),
            Text("Jumlah tidak boleh menggantikan mutu.", "Numbers must not replace quality."),
            Text(
                "UU 14/2005 pasal 8: guru wajib memiliki kompetensi.",
                "Law 14/2005 article 8: a teacher must have the competence.",
            ),
            {"of": "suitability", "min": 64},
        ),
        Policy(
            "keinginan-didengar",
            "average",
            Text("Rata-rata nilai keinginan paling sedikit 4", "Average preference of at least 4"),
            Text(
                "Orang yang keinginannya didengar lebih jarang berhenti di tengah jalan.",
                "People whose wishes were heard leave early less often.",
            ),
            OWN,
            {"of": "preference", "min": 4},
            penalty=3,
        ),
    ]
    if own_people:
        found.append(
            Policy(
                "putra-putri-papua",
                "count",
                Text("Relawan yang berasal dari Papua", "Volunteers who come from Papua"),
                Text(
                    "Putra-putri Papua ikut mengajar, bukan hanya diajar.",
                    "Papua's own young people teach, and are not only taught.",
                ),
                Text(
                    "UU 21/2001 jo. UU 2/2021 (Otonomi Khusus Papua).",
                    "Law 21/2001 with Law 2/2021 (special autonomy of Papua).",
                ),
                {"volunteers": {"homes": list(PAPUA)}, "min": own_people // 3},
            )
        )
    if any(person.group for person in people):
        found.append(
            Policy(
                "pasangan-bersama",
                "together",
                Text("Suami istri di kabupaten yang sama", "Married couples in the same regency"),
                Text(
                    "Pasangan melamar bersama dan berangkat bersama atau tidak sama sekali.",
                    "Couples apply together and go together or not at all.",
                ),
                Text(
                    "UU 1/1974 pasal 32: suami istri punya tempat kediaman yang tetap.",
                    "Law 1/1974 article 32: spouses have one home.",
                ),
                {"of": "region"},
            )
        )
    if any(person.returning for person in people):
        found.append(
            Policy(
                "yang-berpengalaman-tersebar",
                "apart",
                Text("Relawan lama tersebar", "Those who served before are spread"),
                Text(
                    "Setiap relawan lama mendampingi satu kabupaten.",
                    "Each person with experience supports one regency.",
                ),
                OWN,
                {"volunteers": {"tags": ["experience:returning"]}, "of": "region"},
            )
        )
    return found


def fairness_rules(parameters: CohortParameters, needs: Sequence[Need], regencies: Sequence[str]) -> list[Policy]:
    """Return the rules on which places and subjects are served."""
    stem = sum(need.seats for need in needs if "field:stem" in need.tags)
    seats = dict.fromkeys(regencies, 0)
    for need in needs:
        seats[need.regency] += need.seats
    east = sum(count for code, count in seats.items() if code[:2] in EAST)
    found = [
        Policy(
            "setiap-kabupaten",
            "each",
            Text("Setiap kabupaten mendapat paling sedikit dua orang", "Every regency gets at least two people"),
            Text("Tidak ada daerah yang dilewati sama sekali.", "No region is passed over entirely."),
            Text(
                "UU 20/2003 pasal 5 ayat (3): hak warga di daerah terpencil atas pendidikan layanan khusus.",
                "Law 20/2003 article 5(3): the right of people in remote regions to special education services.",
            ),
            {"of": "region", "ids": [code for code in regencies if seats[code] >= 4], "min": 2},
            penalty=None if parameters.design == "demo" else 60,
        ),
        Policy(
            "stem-terisi",
            "count",
            Text("Bidang STEM terisi", "STEM posts are filled"),
            Text("Matematika dan sains paling lama kosong.", "Mathematics and science have been vacant longest."),
            OWN,
            {"posts": {"tags": ["field:stem"]}, "min": stem * 4 // 5},
            penalty=15,
        ),
    ]
    if east:
        percent = 100 * east // sum(seats.values()) * 3 // 4
        found.append(
            Policy(
                "bagian-timur",
                "share",
                Text(
                    f"Paling sedikit {percent} % penempatan di Maluku dan Papua",
                    f"At least {percent} % of placements in Maluku and Papua",
                ),
                Text(
                    "Tempat yang mahal dan jauh tidak kalah karena mahal dan jauh.",
                    "Places do not lose for being far and dear.",
                ),
                Text(
                    "Perpres 63/2020: penetapan daerah tertinggal 2020–2024.",
                    "Presidential Regulation 63/2020: the underdeveloped regions 2020–2024.",
                ),
                {
                    "posts": {"regions": [code for code in EAST if any(r[:2] == code for r in regencies)]},
                    "among": {},
                    "percent": percent,
                },
            )
        )
    return found


def money_rules(parameters: CohortParameters, needs: Sequence[Need], funds: Sequence[Fund]) -> list[Policy]:
    """Return the rules on money; those in rupiah are hard, since a soft one would count every rupiah as a point."""
    total = sum(fund.budget for fund in funds)
    primary = sum(need.seats for need in needs if need.level == "SD")
    percent = 100 * primary // sum(need.seats for need in needs) * 4 // 5
    found = [
        Policy(
            "pendidikan-dasar",
            "share",
            Text(
                f"Paling sedikit {percent} % uang untuk sekolah dasar",
                f"At least {percent} % of the money for primary schools",
            ),
            Text("Wajib belajar dimulai di sekolah dasar.", "Compulsory education begins at primary school."),
            Text(
                "UU 20/2003 pasal 34: wajib belajar minimal pada jenjang pendidikan dasar.",
                "Law 20/2003 article 34: compulsory education at least at the basic level.",
            ),
            {"posts": {"tags": ["level:sd"]}, "among": {}, "percent": percent, "of": "cost"},
        ),
        Policy(
            "cadangan",
            "spend",
            Text("Sisihkan 4 % untuk pengganti", "Keep 4 % for replacements"),
            Text("Yang berhenti di tengah jalan harus dapat digantikan.", "Those who leave early must be replaceable."),
            OWN,
            {"max": total * 96 // 100},
        ),
        Policy(
            "setiap-sponsor",
            "each",
            Text("Setiap sponsor membiayai paling sedikit tiga orang", "Every sponsor pays for at least three people"),
            Text("Sponsor kecil pun melihat hasil uangnya.", "A small sponsor sees what its money did, too."),
            OWN,
            {"of": "sponsor", "min": 3},
            penalty=25,
        ),
    ]
    if parameters.design == "demo":
        agro = next(fund for fund in funds if fund.id == "agro-sd")
        found.append(
            Policy(
                "agro-terserap",
                "spend",
                Text("Dana Agro Lestari terserap paling sedikit 40 %", "At least 40 % of Agro Lestari's fund is used"),
                Text(
                    "Syarat dalam perjanjian kerja sama dengan sponsor.",
                    "A condition of the agreement with the sponsor.",
                ),
                Text(
                    "UU 40/2007 pasal 74 dan PP 47/2012: tanggung jawab sosial dan lingkungan perseroan.",
                    "Law 40/2007 article 74 and Government Regulation 47/2012: social and environmental responsibility of companies.",
                ),
                {"funds": ["agro-sd"], "min": agro.budget * 40 // 100},
            )
        )
    return found


def relay_rules(previous: Sequence[tuple[str, str]]) -> list[Policy]:
    """Return the pins of those who stay for a second year: the first one promised, the others wished."""
    found = []
    for number, (person, need) in enumerate(previous[:3], start=1):
        parameters: Mapping[str, Any] = {"volunteer": person, "post": need}
        promised = number == 1
        found.append(
            Policy(
                f"estafet-{number}",
                "pin",
                Text(f"{person} tetap di sekolahnya", f"{person} stays at the school"),
                Text(
                    "Janji kepada sekolah untuk tahun kedua."
                    if promised
                    else "Sekolah berharap tahun kedua dengan orang yang sama.",
                    "The school was promised a second year."
                    if promised
                    else "The school hopes for a second year with the same person.",
                ),
                OWN,
                parameters,
                penalty=None if promised else 20,
            )
        )
    return found
