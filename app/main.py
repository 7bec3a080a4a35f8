"""The web application: every slice's routes behind one set of limits, headers and error answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

import app.applicants.api
import app.applicants.own_pages
import app.applicants.pages
import app.applicants.screening_api
import app.applicants.screening_pages
import app.audit.api
import app.deployments.api
import app.deployments.host_pages
import app.deployments.own_pages
import app.deployments.pages
import app.documents.api
import app.documents.pages
import app.funding.api
import app.funding.statement_api
import app.geography.api
import app.health
import app.home.pages
import app.identity.account_pages
import app.identity.api
import app.identity.elsewhere_pages
import app.identity.invitation_pages
import app.identity.joining_api
import app.identity.joining_pages
import app.identity.pages
import app.jobs.api
import app.notifications.api
import app.notifications.pages
import app.offers.api
import app.offers.own_pages
import app.offers.pages
import app.offers.replacement_api
import app.partners.api
import app.policies.api
import app.policies.pages
import app.privacy.api
import app.privacy.overview_pages
import app.privacy.pages
import app.reports.api
import app.reports.pages
import app.reviews.api
import app.reviews.pages
import app.rounds.answer_api
import app.rounds.answer_pages
import app.rounds.api
import app.rounds.choice_api
import app.rounds.choice_pages
import app.rounds.lottery_pages
import app.rounds.pages
import app.schools.api
import app.transfers.export_api
import app.transfers.import_api
import app.transfers.pages
from app.core import problem_handlers
from app.core.access import Actor, public
from app.core.database import Database
from app.core.docs import operations
from app.core.middleware import BodyLimitsMiddleware, LanguageMiddleware, LastNetMiddleware, SecurityHeadersMiddleware
from app.core.openapi import describe
from app.core.problems import NotFound, Problem
from app.core.routing import passed_over
from app.core.templating import render
from app.identity.authentication import recognise
from app.identity.permissions import check_routes, marked_routes
from app.rounds.policy_reader import PolicyDocumentReader
from app.settings import Settings

# Every slice's routers, in the order in which the reference shows them. A slice adds its own lines here.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    app.identity.api.router,
    app.identity.joining_api.router,
    app.identity.pages.router,
    app.identity.elsewhere_pages.router,
    app.identity.joining_pages.router,
    app.identity.account_pages.router,
    app.identity.invitation_pages.router,
    app.home.pages.router,
    app.geography.api.router,
    app.transfers.export_api.router,
    app.transfers.import_api.router,
    app.transfers.pages.router,
    app.schools.api.router,
    app.applicants.api.router,
    app.applicants.screening_api.router,
    app.applicants.screening_pages.router,
    app.applicants.own_pages.router,
    app.applicants.pages.router,
    app.reports.api.router,
    app.reports.pages.router,
    app.reviews.api.router,
    app.reviews.pages.router,
    app.documents.api.router,
    app.documents.pages.router,
    app.privacy.api.router,
    app.privacy.pages.router,
    app.privacy.overview_pages.router,
    app.funding.api.router,
    app.funding.statement_api.router,
    app.policies.api.router,
    app.policies.pages.router,
    app.partners.api.router,
    app.rounds.api.router,
    app.rounds.choice_api.router,
    app.rounds.answer_api.router,
    app.rounds.pages.router,
    app.rounds.choice_pages.router,
    app.rounds.answer_pages.router,
    app.rounds.lottery_pages.router,
    app.deployments.api.router,
    app.deployments.pages.router,
    app.deployments.own_pages.router,
    app.deployments.host_pages.router,
    app.offers.api.router,
    app.offers.replacement_api.router,
    app.offers.pages.router,
    app.offers.own_pages.router,
    app.notifications.api.router,
    app.notifications.pages.router,
    app.jobs.api.router,
    app.audit.api.router,
    app.health.router,
)
STATIC: Final = Path(__file__).parent / "core" / "static"
DESCRIPTION: Final = (
    "Places volunteers into remote regions under money and policy constraints, and explains why. "
    "Errors are RFC 9457 problem documents; lists are paged by cursor."
)


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Return the application.

    Args:
        settings: What the operator set; read from the environment where None.
        database: An open database, which stays the caller's to close; made from the settings where None.

    Raises:
        SettingsRefused: For settings that cannot be used.
        RuntimeError: For a route without a permission.
    """
    chosen = settings or Settings.from_environment()
    opened = database or Database(chosen.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if database is None:
            opened.close()

    web = FastAPI(
        title="Gotong",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
    )
    web.state.settings = chosen
    web.state.database = opened
    web.state.recognise = recognise
    web.state.policy_reader = PolicyDocumentReader()
    _add_middleware(web, chosen)
    problem_handlers.install(web)
    for router in (*ROUTERS, _reference_router(web)):
        web.include_router(passed_over(router))
    web.mount("/static", StaticFiles(directory=STATIC), name="static")
    web.openapi = lambda: describe(web, _open_operations(web))  # type: ignore[method-assign]
    check_routes(web)
    return web


def _add_middleware(web: FastAPI, settings: Settings) -> None:
    """Wrap the app; the one added last stands outermost."""
    web.add_middleware(
        BodyLimitsMiddleware,
        max_body=settings.max_body_bytes,
        max_upload=settings.max_upload_bytes,
        max_depth=settings.max_json_depth,
    )
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts), www_redirect=False)
    web.add_middleware(LastNetMiddleware)
    web.add_middleware(LanguageMiddleware)
    web.add_middleware(SecurityHeadersMiddleware, production=settings.production)


def _open_operations(web: FastAPI) -> set[tuple[str, str]]:
    return {
        (route.path, method.lower())
        for route in marked_routes(web)
        if route.permission is None
        for method in route.methods
    }


def _reference_router(web: FastAPI) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    def description(_: Annotated[Actor, public("the API's description")]) -> JSONResponse:
        return JSONResponse(web.openapi())

    @router.get("/docs")
    def reference(request: Request, _: Annotated[Actor, public("the API's description")]) -> HTMLResponse:
        return render(request, "core/docs.html", groups=operations(web.openapi()), description=DESCRIPTION)

    @router.get("/problems/{code}")
    def problem_kind(request: Request, code: str, _: Annotated[Actor, public("error codes")]) -> HTMLResponse:
        if code not in Problem.known:
            raise NotFound
        return render(request, "core/problem_kind.html", kind=Problem.known[code])

    return router


def application() -> Callable[..., Any]:
    """Return the app for a server that calls a factory (`uvicorn --factory app.main:application`)."""
    return create_app()
