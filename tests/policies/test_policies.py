"""Rina writes rules; each is read back as a sentence, nothing is ever overwritten."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from app.core.database import Database
from app.core.i18n import speaking
from app.policies.errors import EXPECTED, NAMED, SENTENCES, told
from app.policies.reading import Finding, Wording
from app.rounds.policy_reader import PolicyDocumentReader
from app.schools.models import Need
from optimizer.policy_reading import KINDS
from tests.policies.conftest import COUPLE

Draft = Callable[..., dict[str, Any]]

# kind, parameters, the sentence in Indonesian and in English
EVERY_KIND: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "count",
        {"posts": {"regions": ["94"]}, "min": 2},
        "Jumlah penempatan di wilayah Papua Tengah: paling sedikit 2.",
        "The number of placements in region Papua Tengah is at least 2.",
    ),
    (
        "share",
        {"posts": {"regions": ["94.01"]}, "among": {}, "percent": 60},
        "Paling sedikit 60 % dari penempatan adalah penempatan di wilayah Kabupaten Nabire.",
        "At least 60 % of placements are in region Kabupaten Nabire.",
    ),
    (
        "spend",
        {"funds": ["agro-sd"], "max": 900_000_000},
        "Biaya penempatan dari dana Guru SD 2027: paling banyak Rp 900.000.000.",
        "What placements cost the funds Guru SD 2027 is at most Rp 900.000.000.",
    ),
    (
        "each",
        {"of": "sponsor", "ids": ["agro"], "min": 3},
        "Setiap mitra (PT Agro Lestari) mendapat paling sedikit 3 penempatan.",
        "Each sponsor (PT Agro Lestari) gets at least 3 placements.",
    ),
    (
        "home",
        {"level": 0, "volunteers": {"homes": ["94"]}},
        "Tidak ada penempatan oleh relawan asal Papua Tengah di wilayah asalnya.",
        "No placements of volunteers from Papua Tengah in the own home region.",
    ),
    (
        "together",
        {"of": "region", "groups": [COUPLE]},
        f"Anggota kelompok ({COUPLE}) ditempatkan bersama di satu wilayah, atau tidak seorang pun.",
        f"Members of a group ({COUPLE}) are placed at one and the same region, or none of them is.",
    ),
    (
        "apart",
        {"of": "school", "volunteers": {"tags": ["skill:first-aid"]}},
        "Tidak ada dua penempatan oleh relawan bertanda skill:first-aid di sekolah yang sama.",
        "No two placements of volunteers tagged skill:first-aid are at the same school.",
    ),
    (
        "pin",
        {"volunteer": "maria", "post": "nabire-sd", "agreement": "papua-agro"},
        "Relawan maria ditempatkan pada pos nabire-sd (SD Inpres Nabire) menurut perjanjian Perjanjian Papua.",
        "Volunteer maria is placed at post nabire-sd (SD Inpres Nabire) under agreement Papua agreement.",
    ),
    (
        "forbid",
        {"posts": {"schools": ["60300001"]}, "volunteers": {"ids": ["yusuf"]}},
        "Tidak ada penempatan di sekolah SD Inpres Nabire oleh relawan yusuf.",
        "There are no placements at school SD Inpres Nabire of volunteer yusuf.",
    ),
    (
        "average",
        {"of": "suitability", "min": 64, "agreements": {"ids": ["papua-agro"]}},
        "Rata-rata kelayakan penempatan menurut perjanjian Perjanjian Papua paling sedikit 64.",
        "The average suitability of placements under agreement Papua agreement is at least 64.",
    ),
]


def test_no_kind_is_left_out_here() -> None:
    assert {kind for kind, *_ in EVERY_KIND} == set(KINDS)


def test_every_kind_is_written_and_read_back_in_both_languages(rina: TestClient, draft: Draft) -> None:
    for kind, parameters, indonesian, english in EVERY_KIND:
        answer = rina.post("/api/v1/policies", json=draft(kind, parameters))
        assert answer.status_code == 201, answer.text
        assert answer.json()["sentence"] == {"id": indonesian, "en": english}
        shown = rina.get(answer.headers["location"])
        assert shown.json() == answer.json()
        assert shown.headers["etag"] == answer.headers["etag"] == '"v1"'
    listed = rina.get("/api/v1/policies").json()["items"]
    assert {(one["kind"], one["sentence"]["en"]) for one in listed} == {(kind, said) for kind, _, _, said in EVERY_KIND}


def test_reading_back_stores_nothing(rina: TestClient, nabire: str) -> None:
    wording = {"cohort_id": nabire, "kind": "count", "parameters": {"posts": {"regions": ["94"]}, "max": 3}}
    answer = rina.post("/api/v1/policies/read-back", json=wording)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "sentence": {
            "id": "Jumlah penempatan di wilayah Papua Tengah: paling banyak 3.",
            "en": "The number of placements in region Papua Tengah is at most 3.",
        },
        "errors": [],
        "warnings": [],
    }
    assert rina.get("/api/v1/policies").json()["items"] == []


WRONG: dict[str, Any] = {
    "posts": {"ids": ["nabire-old"], "schools": ["1"], "regions": ["94", "00"], "colour": "red"},
    "volunteers": {"ids": ["budi"], "homes": ["94"], "tags": ["gender:f"], "groups": ["g"]},
    "agreements": {"ids": ["x"], "sponsors": ["nobody"]},
    "min": 5,
    "max": 2,
    "id": "mine",
    "penalty": 3,
}
WHERE_IT_IS_WRONG = {
    ("/parameters/posts/ids/0", "dangling_identifier"),
    ("/parameters/posts/schools/0", "dangling_identifier"),
    ("/parameters/posts/regions/1", "dangling_identifier"),
    ("/parameters/posts/colour", "unknown_field"),
    ("/parameters/volunteers/ids/0", "dangling_identifier"),
    ("/parameters/volunteers/groups/0", "dangling_identifier"),
    ("/parameters/agreements/ids/0", "dangling_identifier"),
    ("/parameters/agreements/sponsors/0", "dangling_identifier"),
    ("/parameters/max", "inverted_bounds"),
    ("/parameters/id", "unknown_field"),
    ("/parameters/penalty", "unknown_field"),
    ("/basis_id", "basis_needed"),
    ("/basis_en", "basis_needed"),
}


def places(errors: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in errors}


def test_everything_that_is_wrong_is_told_at_once(rina: TestClient, draft: Draft) -> None:
    refused = rina.post("/api/v1/policies", json=draft("count", WRONG))
    assert refused.status_code == 422
    assert places(refused.json()["errors"]) == WHERE_IT_IS_WRONG
    assert all(error["message"] and error["remedy"] for error in refused.json()["errors"])
    wording = {"cohort_id": draft("count", {})["cohort_id"], "kind": "count", "parameters": WRONG}
    read = rina.post("/api/v1/policies/read-back", json=wording).json()
    assert read["sentence"] is None
    assert read["errors"] == refused.json()["errors"]
    assert rina.get("/api/v1/policies").json()["items"] == []


def test_a_wrong_kind_and_a_wrong_penalty_are_told_with_their_places(rina: TestClient, nabire: str) -> None:
    wording = {"cohort_id": nabire, "kind": "colour", "parameters": {}, "penalty": -1}
    assert places(rina.post("/api/v1/policies/read-back", json=wording).json()["errors"]) == {("/kind", "unknown_kind")}
    wording["kind"] = "count"
    assert places(rina.post("/api/v1/policies/read-back", json=wording).json()["errors"]) == {
        ("/penalty", "out_of_range")
    }


SAID_IN_INDONESIAN: list[tuple[str, dict[str, Any], str, str]] = [
    ("count", {"min": "2"}, "/parameters/min", "'2' bukan bilangan bulat."),
    ("count", {"posts": []}, "/parameters/posts", "[…] bukan objek."),
    ("count", {"posts": {"ids": "nabire-sd"}}, "/parameters/posts/ids", "'nabire-sd' bukan daftar."),
    ("count", {"posts": {"tags": [7]}}, "/parameters/posts/tags", "7 bukan nama."),
    ("pin", {"volunteer": 7, "post": "nabire-sd"}, "/parameters/volunteer", "7 bukan nama."),
    ("each", {"of": "village"}, "/parameters/of", "'village' bukan salah satu nilai yang mungkin."),
    ("share", {}, "/parameters/percent", "Bagian percent belum ada."),
    ("pin", {"volunteer": "", "post": "nabire-sd"}, "/parameters/volunteer", "Teks kosong tidak menyebut apa pun."),
]


def test_what_is_wrong_is_said_in_indonesian_too(rina: TestClient, nabire: str) -> None:
    rina.headers["accept-language"] = "id"
    for kind, parameters, pointer, sentence in SAID_IN_INDONESIAN:
        wording = {"cohort_id": nabire, "kind": kind, "parameters": parameters}
        errors = rina.post("/api/v1/policies/read-back", json=wording).json()["errors"]
        assert [(error["pointer"], error["message"]) for error in errors] == [(pointer, sentence)]


def test_every_sentence_of_a_finding_is_there_in_indonesian() -> None:
    findings = [Finding("", code) for code in SENTENCES]
    findings += [Finding("", "wrong-type", expects) for expects in EXPECTED]
    findings += [Finding("", "dangling-identifier", facts={"what": what}) for what in NAMED]
    facts = dict.fromkeys(("value", "field", "allowed", "low", "high"), "…")
    for finding in findings:
        error = told(Finding("", finding.code, finding.expects, {**facts, **finding.facts}))
        with speaking("en"):
            english = error.document()
        with speaking("id"):
            indonesian = error.document()
        assert english["message"] != indonesian["message"], english
        assert english["remedy"] != indonesian["remedy"], english


def test_a_tag_that_nobody_carries_is_a_warning_not_an_error(rina: TestClient, nabire: str, draft: Draft) -> None:
    parameters = {
        "posts": {"tags": ["remote", "level:sd", "remoet"]},
        "among": {"volunteers": {"tags": ["teach:sd", "skill:frist-aid"]}},
        "percent": 10,
    }
    read = rina.post(
        "/api/v1/policies/read-back", json={"cohort_id": nabire, "kind": "share", "parameters": parameters}
    ).json()
    assert read["errors"] == []
    assert places(read["warnings"]) == {
        ("/parameters/posts/tags/2", "unused_tag"),
        ("/parameters/among/volunteers/tags/1", "unused_tag"),
    }
    assert rina.post("/api/v1/policies", json=draft("share", parameters)).status_code == 201


def test_a_protected_attribute_needs_a_legal_basis_in_both_languages(rina: TestClient, draft: Draft) -> None:
    body = draft("each", {"of": "region", "volunteers": {"tags": ["gender:f"]}, "when": "matched", "min": 2})
    refused = rina.post("/api/v1/policies", json=body)
    assert refused.status_code == 422
    assert places(refused.json()["errors"]) == {("/basis_id", "basis_needed"), ("/basis_en", "basis_needed")}
    assert "gender:f" in refused.json()["errors"][0]["message"]
    assert "leave the tag out" in refused.json()["errors"][0]["remedy"]
    body["basis_en"] = "Law 12/2022"
    assert places(rina.post("/api/v1/policies", json=body).json()["errors"]) == {("/basis_id", "basis_needed")}
    made = rina.post("/api/v1/policies", json=body | {"basis_id": "UU 12/2022"})
    assert made.status_code == 201
    bare = rina.patch(made.headers["location"], json={"basis_id": "", "basis_en": ""}, headers={"if-match": '"v1"'})
    assert places(bare.json()["errors"]) == {("/basis_id", "basis_needed"), ("/basis_en", "basis_needed")}


def test_every_wording_stays_in_the_history(rina: TestClient, draft: Draft) -> None:
    made = rina.post("/api/v1/policies", json=draft("count", {"min": 2}))
    here = made.headers["location"]
    softer = rina.patch(here, json={"penalty": 25}, headers={"if-match": '"v1"'})
    assert (softer.status_code, softer.json()["penalty"], softer.headers["etag"]) == (200, 25, '"v2"')
    assert rina.patch(here, json={"parameters": {"min": 9}}, headers={"if-match": '"v1"'}).status_code == 412
    assert rina.patch(here, json={"parameters": {"min": 9}}).status_code == 428
    more = rina.patch(here, json={"parameters": {"min": 3}, "active": False}, headers={"if-match": '"v2"'})
    assert more.status_code == 200
    same = rina.patch(here, json={"active": False}, headers={"if-match": '"v3"'})
    assert same.headers["etag"] == '"v3"'
    newest, middle, oldest = rina.get(f"{here}/versions").json()["items"]
    assert [one["version"] for one in (newest, middle, oldest)] == [3, 2, 1]
    assert (oldest["penalty"], oldest["parameters"], oldest["active"]) == (None, {"min": 2}, True)
    assert (middle["penalty"], middle["parameters"], middle["active"]) == (25, {"min": 2}, True)
    assert (newest["penalty"], newest["parameters"], newest["active"]) == (25, {"min": 3}, False)
    assert oldest["sentence"]["en"] == "The number of placements is at least 2."
    assert oldest["changed_by"] == newest["changed_by"] == made.json()["author_id"]
    paged = rina.get(f"{here}/versions", params={"limit": 2}).json()
    rest = rina.get(f"{here}/versions", params={"limit": 2, "cursor": paged["next"]}).json()
    assert [one["version"] for one in paged["items"] + rest["items"]] == [3, 2, 1]


def test_a_rule_about_a_need_that_was_closed_can_still_be_put_out_of_force(
    rina: TestClient, draft: Draft, database: Database
) -> None:
    made = rina.post("/api/v1/policies", json=draft("forbid", {"posts": {"ids": ["nabire-sd"]}}))
    with database.transaction() as session:
        session.query(Need).filter_by(code="nabire-sd").update({"state": "closed"})
    here = made.headers["location"]
    assert rina.get(here).json()["sentence"] == made.json()["sentence"]
    ended = rina.patch(here, json={"active": False}, headers={"if-match": "*"})
    assert (ended.status_code, ended.json()["active"]) == (200, False)
    again = rina.patch(here, json={"active": True}, headers={"if-match": "*"})
    assert places(again.json()["errors"]) == {("/parameters/posts/ids/0", "dangling_identifier")}


def test_a_code_is_used_once_in_a_cohort(rina: TestClient, draft: Draft) -> None:
    assert rina.post("/api/v1/policies", json=draft("count", {})).status_code == 201
    again = rina.post("/api/v1/policies", json=draft("count", {"max": 3}))
    assert (again.status_code, again.json()["code"]) == (409, "policies.code_taken")


def test_the_same_request_twice_is_one_policy(rina: TestClient, draft: Draft) -> None:
    once = {"idempotency-key": "a-rule"}
    first, second = (rina.post("/api/v1/policies", json=draft("count", {}), headers=once) for _ in range(2))
    assert first.json() == second.json()
    assert len(rina.get("/api/v1/policies").json()["items"]) == 1


def test_an_unknown_cohort_has_no_rules(rina: TestClient, draft: Draft) -> None:
    refused = rina.post("/api/v1/policies", json=draft("count", {}) | {"cohort_id": "nowhere"})
    assert places(refused.json()["errors"]) == {("/cohort_id", "unknown_cohort")}


def test_policies_are_filtered_by_what_they_are(rina: TestClient, draft: Draft, nabire: str) -> None:
    rina.post("/api/v1/policies", json=draft("count", {}))
    rina.post("/api/v1/policies", json=draft("average", {"of": "fit"}, penalty=3))
    rina.post("/api/v1/policies", json=draft("home", {"level": 1}, active=False))

    def kinds(**wanted: Any) -> list[str]:
        return [one["kind"] for one in rina.get("/api/v1/policies", params=wanted).json()["items"]]

    assert kinds(cohort=nabire) == ["average", "count", "home"]
    assert kinds(cohort="other") == []
    assert kinds(kind=["count", "home"]) == ["count", "home"]
    assert kinds(hard=False) == ["average"]
    assert kinds(hard=True) == ["count", "home"]
    assert kinds(active=False) == ["home"]


def test_others_see_the_active_rules_but_not_who_is_named_in_them(
    rina: TestClient, draft: Draft, as_role: Callable[..., TestClient]
) -> None:
    seen = rina.post("/api/v1/policies", json=draft("count", {"volunteers": {"homes": ["94"]}}))
    hidden = [
        rina.post("/api/v1/policies", json=draft(kind, parameters, **fields)).headers["location"]
        for kind, parameters, fields in [
            ("home", {"level": 0}, {"active": False}),
            ("pin", {"volunteer": "maria", "post": "nabire-sd"}, {}),
            ("together", {"of": "post", "groups": [COUPLE]}, {}),
            ("forbid", {"volunteers": {"ids": ["yusuf"]}}, {}),
            ("average", {"of": "fit", "volunteers": {"groups": [COUPLE]}}, {}),
            ("share", {"percent": 1, "among": {"volunteers": {"ids": ["maria"]}}}, {}),
        ]
    ]
    for role in ("applicant", "sponsor", "officer", "partner"):
        visitor = as_role(role)
        assert [one["id"] for one in visitor.get("/api/v1/policies").json()["items"]] == [seen.json()["id"]]
        assert visitor.get(seen.headers["location"]).status_code == 200
        assert visitor.get(f"{seen.headers['location']}/versions").status_code == 403
        for there in hidden:
            assert visitor.get(there).status_code == 404
        assert visitor.patch(seen.headers["location"], json={"active": False}).status_code == 403
        assert visitor.post("/api/v1/policies", json=draft("count", {})).status_code == 403
    assert len(as_role("auditor").get("/api/v1/policies").json()["items"]) == 7


def test_names_are_used_only_where_there_are_some() -> None:
    wording = Wording("x", "count", {"posts": {"regions": ["94"]}, "min": 1}, None)
    read = PolicyDocumentReader().read(wording, {"region": {"94": ("Papua Tengah", "Central Papua")}})
    assert read.sentence == (
        "Jumlah penempatan di wilayah Papua Tengah: paling sedikit 1.",
        "The number of placements in region Central Papua is at least 1.",
    )
    tagged = Wording("x", "count", {"posts": {"tags": ["b", "a"]}, "min": 1}, None)
    said = PolicyDocumentReader().read(tagged, {}).sentence
    assert said is not None
    assert said[1] == "The number of placements tagged a + b is at least 1."
