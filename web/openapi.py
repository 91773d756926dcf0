"""The OpenAPI 3.1 document, made from the declared endpoints and their structs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from voltaro import __version__
from web.auth import CSRF_HEADER
from web.problem import PROBLEM_TYPE, ProblemBody
from web.route import Endpoint

DOCUMENT = web.AppKey("openapi_document", bytes)
_REFERENCE = "#/components/schemas/{name}"


def openapi(endpoints: Sequence[Endpoint]) -> bytes:
    """The document as JSON."""
    kinds: dict[Any, None] = {ProblemBody: None}
    for endpoint in endpoints:
        for kind in (endpoint.body, endpoint.response, endpoint.query):
            if kind is not None:
                kinds[kind] = None
    schemas, components = msgspec.json.schema_components(list(kinds), ref_template=_REFERENCE)
    schema_of = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schema_of, components)
    for endpoint in endpoints:
        if endpoint.query is not None:
            components.pop(endpoint.query.__name__, None)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Voltaro",
            "version": __version__,
            "description": "Central system for EV chargers. Errors are RFC 9457 problems, times RFC 3339 UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"login": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token (vlt_...)."},
                "login": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "voltaro_login",
                    "description": f"The dashboard's cookie; what changes something also needs the header {CSRF_HEADER}.",
                },
            },
        },
    }
    return msgspec.json.encode(document)


def _operation(endpoint: Endpoint, schema_of: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.group],
        "responses": dict(_responses(endpoint, schema_of)),
    }
    parameters = [*_path_parameters(endpoint), *_query_parameters(endpoint, components)]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        required = bool(components[endpoint.body.__name__].get("required"))
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema_of[endpoint.body]}}}
    elif endpoint.body_media is not None:
        operation["requestBody"] = {"required": True, "content": {endpoint.body_media: {"schema": {"type": "string"}}}}
    if endpoint.public:
        operation["security"] = []
    elif endpoint.scope is not None:
        operation["description"] = f"Needs the scope `{endpoint.scope}`."
        operation["x-scope"] = endpoint.scope
    return operation


def _responses(endpoint: Endpoint, schema_of: dict[Any, Any]) -> Iterable[tuple[str, Any]]:
    success: dict[str, Any] = {"description": "Done."}
    if endpoint.response is not None or endpoint.media != ("application/json",):
        success["content"] = {
            media: {"schema": schema_of[endpoint.response] if media == "application/json" else {"type": "string"}}
            for media in endpoint.media
        }
    yield str(endpoint.status), success
    if endpoint.status == 202 and endpoint.group == "commands":
        yield "200", {**success, "description": "The final state, when Prefer: wait=N was asked for and it came in time."}
    yield "default", {"description": "A problem.", "content": {PROBLEM_TYPE: {"schema": schema_of[ProblemBody]}}}


def _path_parameters(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    for name in _PLACE.findall(endpoint.path):
        numeric = name in ("session_id", "user_id", "token_id", "frame_id", "driver_id", "login_id")
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "integer"} if numeric else {"type": "string"}}


def _query_parameters(endpoint: Endpoint, components: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if endpoint.query is None:
        return
    schema = components[endpoint.query.__name__]
    for name, member in schema["properties"].items():
        required = name in schema.get("required", ())
        kinds = [kind for kind in member.get("anyOf", ()) if kind != {"type": "null"}]
        if kinds and len(kinds) == 1:
            member = kinds[0]
        yield {"name": name, "in": "query", "required": required, "schema": member}


_PLACE = re.compile(r"\{(\w+)\}")
