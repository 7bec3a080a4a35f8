"""Three invented partner organisations, what they do where (3W), and what they lend."""

from __future__ import annotations

from collections.abc import Sequence

from app.demo.drawing import stream, take
from app.demo.records import Activity, Need, Partner, Resource, SchoolPlace, Text

PARTNERS = (
    Partner("guru-bakti", "Yayasan Guru Bakti (contoh)"),
    Partner("pustaka-pulau", "Pustaka Pulau (contoh)"),
    Partner("sehat-bersama", "Perkumpulan Sehat Bersama (contoh)"),
)
WORK = (
    ("guru-bakti", "education", Text("pelatihan guru kelas awal", "training for teachers of the first classes")),
    ("guru-bakti", "education", Text("klub sains", "science clubs")),
    ("pustaka-pulau", "education", Text("perpustakaan kapal", "library by boat")),
    ("pustaka-pulau", "education", Text("buku berbahasa daerah", "books in local languages")),
    ("sehat-bersama", "health", Text("kunjungan puskesmas keliling", "visits of the mobile clinic")),
    ("sehat-bersama", "health", Text("air bersih di sekolah", "clean water at schools")),
)


def make_activities(seed: int, regencies: Sequence[str], schools: Sequence[SchoolPlace]) -> tuple[Activity, ...]:
    """Return the partners' rows: every kind of work in some of the regencies, so that some overlap and some have nobody."""
    rng = stream(seed, "partners")
    by_regency: dict[str, list[str]] = {}
    for school in schools:
        by_regency.setdefault(school.regency, []).append(school.npsn)
    found: list[Activity] = []
    for partner, sector, what in WORK:
        for regency in sorted(take(rng, regencies, min(6, 1 + len(regencies) // 4))):
            month = rng.randint(1, 6)
            found.append(
                Activity(
                    id=f"a-{len(found) + 1:03d}",
                    partner=partner,
                    sector=sector,
                    what=what,
                    regency=regency,
                    school=rng.choice(by_regency[regency]) if regency in by_regency and rng.randrange(2) else None,
                    first_month=f"2027-{month:02d}",
                    last_month=f"2027-{month + rng.randint(2, 6):02d}",
                )
            )
    return tuple(found)


def make_resources(needs: Sequence[Need]) -> tuple[Resource, ...]:
    """Return what is lent: satellite messengers for nine in ten of the seats without signal."""
    wanted = sum(need.seats for need in needs if need.uses)
    if not wanted:
        return ()
    name = Text("alat pesan satelit", "satellite messenger")
    return (Resource("satellite-messenger", name, "sehat-bersama", max(2, wanted * 9 // 10)),)
