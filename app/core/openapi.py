"""The API's description: problem responses on every route, examples on every body, no framework defaults left over.

    @router.post("/rounds", status_code=201, summary="Create a round", responses=problem_responses(404, 409))

401, 403 and 422 are added by themselves where a route asks for a permission or has parameters.
"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field

from app.core.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]


class FieldErrorOut(BaseModel):
    """One wrong value of a request."""

    pointer: str = Field(examples=["/headcount"])
    code: str = Field(examples=["greater_than_equal"])
    message: str = Field(examples=["The number is too small."])
    remedy: str = Field(examples=["Use 1 or more."])


class ProblemOut(BaseModel):
    """A problem document (RFC 9457). `code` is stable; `detail` is in the language of the request."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str = Field(examples=["/problems/not_found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is nothing here, or it is not visible to you. Check the address."])
    code: str = Field(examples=["not_found"])
    instance: str = Field(examples=["/api/v1/rounds/0191"])
    errors: list[FieldErrorOut] = Field(default=[])


_NAMES = {413: "Too large", 422: "Some values are wrong"}


def problem_responses(*statuses: int) -> Responses:
    """Return the `responses` of a route that can answer with these error statuses."""
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    return {
        "description": _NAMES.get(status) or HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def describe(app: FastAPI, open_operations: Collection[tuple[str, str]]) -> dict[str, Any]:
    """Return the OpenAPI document of `app`, made once.

    Args:
        app: The application with all its routes.
        open_operations: (path, method in lower case) of what needs no log-in.
    """
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        model = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(model.pop("$defs", {}))
        schemas["Problem"] = model
        document["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "An opaque token from POST /api/v1/login."}
        }
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(operation, is_open=(path, method) in open_operations)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(operation: dict[str, Any], *, is_open: bool) -> None:
    """Put our problem document in the place of the framework's, and the ones that any route can give."""
    responses = operation["responses"]
    if "422" in responses:
        responses["422"] = _response(422)
    if "requestBody" in operation or operation.get("parameters"):
        # Also an address can be one that nobody can read, such as one with a NUL character.
        responses.setdefault("400", _response(400))
    if "requestBody" in operation:
        responses.setdefault("413", _response(413))
    if any(one["name"].lower() == "idempotency-key" for one in operation.get("parameters", ())):
        # The key of another request.
        responses.setdefault("409", _response(409))
    if not is_open:
        responses.setdefault("401", _response(401))
        responses.setdefault("403", _response(403))
        operation["security"] = [{"token": []}]
