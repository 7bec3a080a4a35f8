"""People's own data, what they ask about it, and the log of breaches, as JSON."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.applicants import consents
from app.applicants.models import Consent
from app.core import clock
from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.documents.sending import store_of
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import public, requires
from app.privacy import overview, queries, service
from app.privacy.export import exported, own_data
from app.privacy.models import Breach, CorrectionRequest
from app.privacy.schemas import (
    BreachIn,
    BreachOut,
    BreachPatch,
    BreachQuery,
    ConsentIn,
    ConsentOut,
    ConsentQuery,
    ConsentTextOut,
    CorrectionIn,
    CorrectionOut,
    CorrectionQuery,
    ErasedOut,
    EraseIn,
    EraseOwnIn,
    OwnDataOut,
    PrivacyOverviewOut,
    SettleIn,
)

router = APIRouter(prefix="/api/v1", tags=["Privacy"])

CORRECTION_SORTS: Final = {"due": CorrectionRequest.due_at, "created": CorrectionRequest.created_at}
Own = Annotated[Actor, requires("privacy.own")]


@router.get("/privacy/consent-text", summary="Show what people agree to")
def show_consent_text(_: Annotated[Actor, public("what people who think of applying want to know")]) -> ConsentTextOut:
    """Show how the data of people who apply is used, in both languages, with the version to which they agree."""
    words = consents.VERSIONS[consents.CURRENT]
    return ConsentTextOut(
        purpose=consents.PURPOSE, version=consents.CURRENT, text_id=words.indonesian, text_en=words.english
    )


@router.get("/privacy/consents", summary="List your consents", responses=problem_responses(422))
def list_consents(
    request: Request, query: Annotated[ConsentQuery, Query()], actor: Annotated[Actor, requires("consents.view")]
) -> Page[ConsentOut]:
    """List to what you have agreed and what you have taken back; auditors see everybody's."""
    with reading(request) as session:
        return page_of(
            session,
            consents.visible_to(actor),
            query,
            sorts={"given": Consent.given_at},
            key=Consent.id,
            shown=ConsentOut.of,
        )


@router.post(
    "/privacy/consents",
    status_code=201,
    summary="Agree to how your data is used",
    response_model=ConsentOut,
    responses=problem_responses(422),
)
def give_consent(
    request: Request, body: ConsentIn, once: Once, actor: Annotated[Actor, requires("consents.give")]
) -> Response:
    """Agree to the present version; an application is sent only with that."""

    def create(session: Session) -> tuple[int, ConsentOut, dict[str, str]]:
        given = service.give_consent(session, actor, body)
        return 201, ConsentOut.of(given), {"Location": f"/api/v1/privacy/consents/{given.id}"}

    return once.answer(request, actor, body, create)


@router.get("/privacy/consents/{consent_id}", summary="Show a consent", responses=problem_responses(404))
def show_consent(request: Request, consent_id: str, actor: Annotated[Actor, requires("consents.view")]) -> ConsentOut:
    """Show one of your consents."""
    with reading(request) as session:
        return ConsentOut.of(consents.consent(session, actor, consent_id))


@router.post(
    "/privacy/consents/{consent_id}/withdraw", summary="Take a consent back", responses=problem_responses(404, 409)
)
def withdraw_consent(
    request: Request, consent_id: str, actor: Annotated[Actor, requires("consents.withdraw")]
) -> ConsentOut:
    """Take your consent back: an open offer is declined, and your application ends. Your data goes after the retention time."""
    with transaction(request) as session:
        return ConsentOut.of(service.withdraw_consent(session, actor, consent_id))


@router.get("/privacy/export", summary="Take your data along", response_model=OwnDataOut)
def export_own_data(request: Request, actor: Own) -> JSONResponse:
    """Fetch everything that is known of you as one document; your files are fetched by their addresses in it."""
    with reading(request) as session:
        return exported(own_data(session, actor))


@router.post("/privacy/erase", summary="Erase yourself", responses=problem_responses(409, 422))
def erase_own_data(
    request: Request, body: EraseOwnIn, actor: Annotated[Actor, requires("privacy.erase_own")]
) -> ErasedOut:
    """Erase your data, your documents and your account. It cannot be undone, and you are logged out by it."""
    with transaction(request) as session:
        number, files = service.erase_own(session, actor, body)
    return _erased(request, number, files)


@router.post("/applicants/{applicant_id}/erase", summary="Erase a person", responses=problem_responses(404, 409, 422))
def erase_applicant(
    request: Request, applicant_id: str, body: EraseIn, actor: Annotated[Actor, requires("privacy.erase")]
) -> ErasedOut:
    """Erase a person who has asked for it; results of rounds stay, under a code that leads to nobody."""
    with transaction(request) as session:
        files = service.erase_applicant(session, actor, applicant_id, body)
    return _erased(request, 1, files)


@router.get("/privacy/corrections", summary="List wishes for correction", responses=problem_responses(422))
def list_corrections(
    request: Request, query: Annotated[CorrectionQuery, Query()], actor: Annotated[Actor, requires("corrections.view")]
) -> Page[CorrectionOut]:
    """List your own wishes and those that are yours to settle, what is due first before."""
    with reading(request) as session:
        statement = filtered(queries.corrections_visible_to(actor), query, {"state": CorrectionRequest.state})
        return page_of(
            session, statement, query, sorts=CORRECTION_SORTS, key=CorrectionRequest.id, shown=CorrectionOut.of
        )


@router.post(
    "/privacy/corrections",
    status_code=201,
    summary="Ask for a correction",
    response_model=CorrectionOut,
    responses=problem_responses(422),
)
def ask_correction(
    request: Request, body: CorrectionIn, once: Once, actor: Annotated[Actor, requires("corrections.ask")]
) -> Response:
    """Ask that something is put right that you cannot change yourself; it is settled within three days."""

    def create(session: Session) -> tuple[int, CorrectionOut, dict[str, str]]:
        asked = service.ask_correction(session, actor, body)
        headers = {"ETag": etag(asked.version), "Location": f"/api/v1/privacy/corrections/{asked.id}"}
        return 201, CorrectionOut.of(asked), headers

    return once.answer(request, actor, body, create)


@router.get(
    "/privacy/corrections/{correction_id}",
    summary="Show a wish for correction",
    response_model=CorrectionOut,
    responses=problem_responses(404),
)
def show_correction(
    request: Request, correction_id: str, actor: Annotated[Actor, requires("corrections.view")]
) -> JSONResponse:
    """Show one wish with its answer."""
    with reading(request) as session:
        out = CorrectionOut.of(queries.correction(session, actor, correction_id))
    return with_etag(out, out.version)


@router.post(
    "/privacy/corrections/{correction_id}/settle",
    summary="Settle a wish for correction",
    response_model=CorrectionOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def settle_correction(
    request: Request,
    correction_id: str,
    body: SettleIn,
    actor: Annotated[Actor, requires("corrections.settle")],
    match: IfMatch,
) -> JSONResponse:
    """Say what became of a wish, after putting right what is to be put right."""
    with transaction(request) as session:
        out = CorrectionOut.of(service.settle_correction(session, actor, correction_id, body, match))
    return with_etag(out, out.version)


@router.get("/privacy/breaches", summary="List breaches", responses=problem_responses(422))
def list_breaches(
    request: Request, query: Annotated[BreachQuery, Query()], actor: Annotated[Actor, requires("breaches.view")]
) -> Page[BreachOut]:
    """List the breaches of personal data, the newest first."""
    with reading(request) as session:
        statement = filtered(queries.breaches_visible_to(actor), query, {"state": Breach.state})
        return page_of(session, statement, query, sorts={"found": Breach.found_at}, key=Breach.id, shown=BreachOut.of)


@router.post(
    "/privacy/breaches",
    status_code=201,
    summary="Note a breach",
    response_model=BreachOut,
    responses=problem_responses(422),
)
def log_breach(
    request: Request, body: BreachIn, once: Once, actor: Annotated[Actor, requires("breaches.manage")]
) -> Response:
    """Note that personal data was lost, leaked or changed; people and the authority are told within three days."""

    def create(session: Session) -> tuple[int, BreachOut, dict[str, str]]:
        breach = service.log_breach(session, actor, body)
        headers = {"ETag": etag(breach.version), "Location": f"/api/v1/privacy/breaches/{breach.id}"}
        return 201, BreachOut.of(breach), headers

    return once.answer(request, actor, body, create)


@router.get(
    "/privacy/breaches/{breach_id}",
    summary="Show a breach",
    response_model=BreachOut,
    responses=problem_responses(404),
)
def show_breach(request: Request, breach_id: str, actor: Annotated[Actor, requires("breaches.view")]) -> JSONResponse:
    """Show one breach."""
    with reading(request) as session:
        out = BreachOut.of(queries.breach(session, actor, breach_id))
    return with_etag(out, out.version)


@router.patch(
    "/privacy/breaches/{breach_id}",
    summary="Add to a breach",
    response_model=BreachOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def edit_breach(
    request: Request,
    breach_id: str,
    body: BreachPatch,
    actor: Annotated[Actor, requires("breaches.manage")],
    match: IfMatch,
) -> JSONResponse:
    """Add what is known by now: what was done, and when people and the authority were told."""
    with transaction(request) as session:
        out = BreachOut.of(service.edit_breach(session, actor, breach_id, body, match))
    return with_etag(out, out.version)


@router.post(
    "/privacy/breaches/{breach_id}/close",
    summary="Close a breach",
    response_model=BreachOut,
    responses=problem_responses(404, 409),
)
def close_breach(
    request: Request, breach_id: str, actor: Annotated[Actor, requires("breaches.manage")]
) -> JSONResponse:
    """Close a breach of which everybody who has to know was told."""
    with transaction(request) as session:
        out = BreachOut.of(service.close_breach(session, actor, breach_id))
    return with_etag(out, out.version)


@router.get("/privacy/overview", summary="Show how the duties stand")
def show_privacy_overview(request: Request, _: Annotated[Actor, requires("privacy.desk")]) -> PrivacyOverviewOut:
    """Show what waits and what is late of corrections, breaches and erasure, and how often documents were opened."""
    with reading(request) as session:
        found = overview.overview_of(session, request.app.state.settings.retention_days)
        return PrivacyOverviewOut.model_validate(found)


def _erased(request: Request, applications: int, files: list[str]) -> ErasedOut:
    """Delete the files, which nothing points to any more, and say what was erased."""
    store = store_of(request)
    for name in files:
        store.remove(name)
    return ErasedOut(erased_at=clock.now(), applications=applications, documents=len(files))
