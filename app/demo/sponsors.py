"""The sponsors of the demo, laid out by hand: four companies with earmarks, two governments that co-fund. All are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.demo.records import Agreement, Fund, Sponsor, Text


@dataclass(frozen=True, slots=True)
class Design:
    """Sponsors, funds and agreements before the budgets are known; `factors` are per cent of the plan by fund, 100 by default."""

    sponsors: tuple[Sponsor, ...]
    funds: tuple[Fund, ...]
    agreements: tuple[Agreement, ...]
    factors: Mapping[str, int]


def demo_design(year: int) -> Design:
    """Return the demo's sponsors: earmarks by region, level and subject, and governments that pay stipends beside companies."""
    return Design(
        sponsors=(
            Sponsor("agro", "PT Agro Lestari Timur (contoh)", "company"),
            Sponsor("bahari", "PT Bahari Nusantara Logistik (contoh)", "company"),
            Sponsor("bank", "Bank Mitra Pelosok (contoh)", "company"),
            Sponsor("digital", "PT Sinar Digital Persada (contoh)", "company"),
            Sponsor("gov-ntt", "Pemerintah Provinsi Nusa Tenggara Timur (contoh)", "government", "53"),
            Sponsor("gov-pusat", "Program Daerah Tertinggal Pemerintah Pusat (contoh)", "government"),
        ),
        funds=demo_funds(year),
        agreements=demo_agreements(),
        # The STEM and vocational earmarks are richer than the people whom they could pay for: money that stays unused.
        factors={"digital-stem": 135, "bank-vokasi": 130, "apbd-ntt": 110, "apbn-papua": 104},
    )


def demo_funds(year: int) -> tuple[Fund, ...]:
    """Return the eight funds of the demo with empty budgets."""
    return (
        Fund(
            "agro-sd",
            "agro",
            f"Guru SD NTT {year}",
            0,
            Text("sekolah dasar di Nusa Tenggara Timur", "primary schools in Nusa Tenggara Timur"),
        ),
        Fund("apbd-ntt", "gov-ntt", f"APBD NTT {year}", 0, Text("Nusa Tenggara Timur", "Nusa Tenggara Timur")),
        Fund(
            "apbn-3t",
            "gov-pusat",
            f"APBN daerah tertinggal {year}",
            0,
            Text("uang saku dan asuransi di daerah tertinggal", "stipends and insurance in underdeveloped regions"),
        ),
        Fund(
            "apbn-papua",
            "gov-pusat",
            f"APBN Tanah Papua {year}",
            0,
            Text("enam provinsi di Papua", "the six provinces of Papua"),
        ),
        Fund(
            "bahari-kepulauan",
            "bahari",
            f"Pulau Terluar {year}",
            0,
            Text("Maluku, Maluku Utara, Nusa Tenggara Barat", "Maluku, Maluku Utara, Nusa Tenggara Barat"),
        ),
        Fund("bank-umum", "bank", f"Pendidikan Pelosok {year}", 0, Text("seluruh wilayah", "everywhere")),
        Fund("bank-vokasi", "bank", f"Vokasi {year}", 0, Text("sekolah menengah kejuruan", "vocational schools")),
        Fund(
            "digital-stem",
            "digital",
            f"STEM untuk Negeri {year}",
            0,
            Text("matematika, sains, informatika", "mathematics, science, computing"),
        ),
    )


PAPUA_REGIONS = ("91", "92", "93", "94", "95", "96")


def demo_agreements() -> tuple[Agreement, ...]:
    """Return the agreements of the demo; where two funds share, the government pays the people and the company the way there."""
    return (
        Agreement(
            "ntt-agro",
            Text("NTT membayar uang saku, Agro Lestari sisanya", "NTT pays the stipend, Agro Lestari the rest"),
            (("*", "agro-sd"), ("stipend", "apbd-ntt")),
            ("53",),
            ("level:sd",),
            max_placements=9,
        ),
        Agreement(
            "ntt-bank",
            Text(
                "NTT membayar uang saku dan asuransi, Bank Mitra sisanya",
                "NTT pays stipend and insurance, Bank Mitra the rest",
            ),
            (("*", "bank-umum"), ("insurance", "apbd-ntt"), ("stipend", "apbd-ntt")),
            ("53",),
        ),
        Agreement(
            "pusat-bahari",
            Text(
                "Pusat membayar uang saku dan asuransi, Bahari sisanya",
                "Central government pays stipend and insurance, Bahari the rest",
            ),
            (("*", "bahari-kepulauan"), ("insurance", "apbn-3t"), ("stipend", "apbn-3t")),
            ("81", "82"),
            max_placements=9,
        ),
        Agreement(
            "bahari-mandiri",
            Text("Bahari membayar semuanya", "Bahari pays everything"),
            (("*", "bahari-kepulauan"),),
            ("52", "81", "82"),
        ),
        Agreement(
            "pusat-bank",
            Text(
                "Pusat membayar uang saku, Bank Mitra sisanya",
                "Central government pays the stipend, Bank Mitra the rest",
            ),
            (("*", "bank-umum"), ("stipend", "apbn-3t")),
            ("12", "13", "52", "72"),
        ),
        Agreement(
            "bank-vokasi",
            Text("Bank Mitra untuk SMK", "Bank Mitra for vocational schools"),
            (("*", "bank-vokasi"),),
            None,
            ("level:smk",),
        ),
        Agreement(
            "digital-stem",
            Text("Sinar Digital untuk bidang STEM", "Sinar Digital for STEM subjects"),
            (("*", "digital-stem"),),
            None,
            ("field:stem",),
        ),
        Agreement(
            "pusat-papua",
            Text("Pusat membayar semuanya di Papua", "Central government pays everything in Papua"),
            (("*", "apbn-papua"),),
            PAPUA_REGIONS,
            min_placements=6,
        ),
        Agreement(
            "papua-digital",
            Text(
                "Pusat membayar uang saku, Sinar Digital sisanya",
                "Central government pays the stipend, Sinar Digital the rest",
            ),
            (("*", "digital-stem"), ("stipend", "apbn-papua")),
            PAPUA_REGIONS,
            ("field:stem",),
            max_placements=4,
        ),
    )
