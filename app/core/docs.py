"""The API's reference as a page: written on the server from the OpenAPI document, without any script."""

from __future__ import annotations

import json
from typing import Any


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every operation of `document` for the reference page, grouped by tag in the document's order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            entry = {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary", ""),
                "description": operation.get("description", ""),
                "parameters": operation.get("parameters", []),
                "open": "security" not in operation,
                "example": _body_example(document, operation),
                "responses": sorted((status, value["description"]) for status, value in operation["responses"].items()),
            }
            found.setdefault((operation.get("tags") or ["api"])[0], []).append(entry)
    return [{"tag": tag, "operations": entries} for tag, entries in found.items()]


def _body_example(document: dict[str, Any], operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    for media in content.values():
        example = body_example(document, media)
        if example is not None:
            return json.dumps(example, indent=2, ensure_ascii=False)
    return ""


def body_example(document: dict[str, Any], media: dict[str, Any]) -> Any:
    """Return an example of a body: a stated one, or one put together from its fields' examples; None where one lacks."""
    stated = media.get("examples")
    if stated:
        return next(iter(stated.values()))["value"]
    return _schema_example(document, media.get("schema", {}))


def _schema_example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "const" in schema or schema.get("enum"):
        return schema["const"] if "const" in schema else schema["enum"][0]
    for union in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(union, []):
            example = _schema_example(document, part)
            if example is not None:
                return example
    if schema.get("type") == "array":
        item = _schema_example(document, schema.get("items", {}))
        return None if item is None else [item]
    if schema.get("type") == "object" and "properties" in schema:
        values = {name: _schema_example(document, part) for name, part in schema["properties"].items()}
        required = set(schema.get("required", []))
        if any(values[name] is None for name in required):
            return None
        return {name: value for name, value in values.items() if value is not None}
    return None
