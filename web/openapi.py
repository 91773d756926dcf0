"""The OpenAPI 3.1 document, made from the declared endpoints and their structs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from voltaro import __version__
from voltaro.domain.person import SCOPES_OF_ROLE, Scope
from web.auth import CSRF_HEADER, SAFE_METHODS
from web.examples import EXAMPLES
from web.openapi_answers import tell_answers
from web.openapi_parts import ABOUT, HEADERS, PARAMETERS, TAGS, problem_responses, shared
from web.problem import ProblemBody
from web.problem_types import PROBLEM_TYPES
from web.route import ByCommand, Endpoint, Listing

DOCUMENT = web.AppKey("openapi_document", bytes)
_REFERENCE = "#/components/schemas/{name}"
_JSON = "application/json"


def openapi(endpoints: Sequence[Endpoint]) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(described(endpoints))


def described(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The document."""
    kinds: dict[Any, None] = {ProblemBody: None}
    for endpoint in endpoints:
        for kind in (endpoint.body, endpoint.response, endpoint.query, *endpoint.also.values()):
            if kind is not None and not isinstance(kind, str):
                kinds[kind] = None
    made, components = msgspec.json.schema_components(list(kinds), ref_template=_REFERENCE)
    schemas = _Schemas(dict(zip(kinds, made, strict=True)), components)
    shown_by_get = {endpoint.path for endpoint in endpoints if endpoint.method == "GET"}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, schemas, has_reader=endpoint.path in shown_by_get)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    for endpoint in endpoints:
        if endpoint.query is not None:
            components.pop(schemas.name(endpoint.query), None)
    responses = [endpoint.response for endpoint in endpoints if endpoint.response is not None]
    tell_answers([ProblemBody, *responses], [endpoint.body for endpoint in endpoints if endpoint.body is not None], components)
    for name, example in EXAMPLES.items():
        if name in components:
            components[name]["examples"] = [example]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Voltaro",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": group, "description": _about(group, endpoints)} for group in dict.fromkeys(each.group for each in endpoints)],
        "security": [{"token": []}, {"login": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": problem_responses(schemas.of(ProblemBody)),
            "headers": HEADERS,
            "parameters": PARAMETERS,
            "securitySchemes": _SECURITY,
        },
        "x-problem-types": [
            {
                "type": f"urn:voltaro:problem:{kind.slug}",
                "statuses": list(kind.statuses),
                "fault": kind.blame.value,
                "meaning": kind.meaning,
            }
            for kind in PROBLEM_TYPES
        ],
    }


class _Schemas:
    """The schema of each type, and the components that they refer to."""

    def __init__(self, made: dict[Any, dict[str, Any]], components: dict[str, Any]) -> None:
        self._made = made
        self._components = components

    def of(self, kind: Any) -> dict[str, Any]:
        return self._made[kind]

    def name(self, kind: Any) -> str:
        return str(self._made[kind]["$ref"]).rpartition("/")[2]

    def written(self, kind: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._components[self.name(kind)]
        return found


def _operation(endpoint: Endpoint, schemas: _Schemas, *, has_reader: bool) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.group],
        "responses": {str(status): response for status, response in sorted(_responses(endpoint, schemas, has_reader=has_reader))},
    }
    parameters = [*_path_parameters(endpoint), *_query_parameters(endpoint, schemas), *_header_parameters(endpoint, has_reader=has_reader)]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        required = bool(schemas.written(endpoint.body).get("required"))
        operation["requestBody"] = {"required": required, "content": {_JSON: {"schema": schemas.of(endpoint.body)}}}
    elif endpoint.body_media is not None:
        operation["requestBody"] = {"required": True, "content": {endpoint.body_media: {"schema": {"type": "string"}}}}
    if endpoint.public:
        operation["security"] = []
        return operation
    scopes = [] if endpoint.scope is None else [endpoint.scope.value]
    login = {"login": scopes} if endpoint.method in SAFE_METHODS else {"login": scopes, "csrf": scopes}
    operation["security"] = [{"token": scopes}, login]
    if endpoint.scope is None:
        operation["description"] = "For whoever is signed in."
    else:
        roles = [role.value for role, held in SCOPES_OF_ROLE.items() if endpoint.scope in held or Scope.ADMIN in held]
        operation["description"] = f"Needs the scope `{endpoint.scope}`, which the roles {', '.join(roles)} have."
        operation |= {"x-scope": endpoint.scope, "x-roles": roles}
    return operation


def _responses(endpoint: Endpoint, schemas: _Schemas, *, has_reader: bool) -> Iterable[tuple[int, dict[str, Any]]]:
    is_read = endpoint.method == "GET"
    headers = ["X-Request-Id", *(("RateLimit", "RateLimit-Policy") if endpoint.limited else ())]
    if is_read and endpoint.response is not None:
        headers.append("ETag")
    if endpoint.query is not None and "cursor" in endpoint.query.__struct_fields__:
        headers.append("Link")
    if endpoint.status in (201, 202, 303):
        headers.append("Location")
    if endpoint.status == 202:
        headers.append("Preference-Applied")
    if not is_read and not endpoint.public:
        headers.append("Idempotency-Replayed")
    success: dict[str, Any] = {"description": _SUCCESS.get(endpoint.status, "Done."), "headers": shared("headers", *headers)}
    if endpoint.response is not None or endpoint.media != (_JSON,):
        success["content"] = {media: _content(endpoint, media, schemas) for media in endpoint.media}
    yield endpoint.status, success
    if endpoint.status == 202 and _is_by_command(endpoint.response):
        yield 200, {**success, "description": "The final state, where Prefer: wait=N was asked for and it came in time."}
    for status, kind in endpoint.also.items():
        other: dict[str, Any] = {"description": _SUCCESS.get(status, "Done otherwise."), "headers": success["headers"]}
        if isinstance(kind, str):
            other["content"] = {kind: {"schema": {"type": "string"}}}
        elif kind is not None:
            other["content"] = {_JSON: {"schema": schemas.of(kind)}}
        yield status, other
    if is_read and endpoint.response is not None:
        yield 304, {"description": "Unchanged since the answer of that ETag (If-None-Match).", "headers": shared("headers", "ETag")}
    for status in sorted(_problems(endpoint, has_reader=has_reader) - endpoint.also.keys()):
        yield status, {"$ref": f"#/components/responses/Problem{status}"}


def _problems(endpoint: Endpoint, *, has_reader: bool) -> set[int]:
    """The statuses of the problems that may come, by what an endpoint is."""
    found = {400, 500, 503, *endpoint.problems}
    if endpoint.limited:
        found.add(429)
    if not endpoint.public:
        found |= {401, 403}
    if "{" in endpoint.path:
        found.add(404)
    if "{charger_id}" in endpoint.path:
        found.add(409)
    if len(endpoint.media) > 1:
        found.add(406)
    if endpoint.body is not None or endpoint.body_media is not None:
        found |= {408, 413, 415, 422}
    if endpoint.method not in SAFE_METHODS and not endpoint.public:
        found |= {409, 422}
        if endpoint.scope is Scope.COMMANDS_WRITE:
            found.add(429)
        if endpoint.method != "POST" and has_reader:
            found.add(412)
    return found


def _content(endpoint: Endpoint, media: str, schemas: _Schemas) -> dict[str, Any]:
    if media == _JSON:
        return {"schema": schemas.of(endpoint.response)}
    item = getattr(endpoint.response, "__args__", (None,))[0] if getattr(endpoint.response, "__origin__", None) is Listing else None
    fields = getattr(item, "__struct_fields__", ())
    if media == "text/csv" and fields:
        return {"schema": {"type": "string", "description": f"A header line and a line for each item: {', '.join(fields)}."}}
    if media == "application/x-ndjson" and fields:
        return {"schema": {"type": "string", "description": "One item of the list a line, each as JSON, whatever the limit."}}
    if media == "text/event-stream":
        return {"schema": {"type": "string", "description": _STREAM}, "example": _STREAM_EXAMPLE}
    return {"schema": {"type": "string"}}


def _path_parameters(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    for name in _PLACE.findall(endpoint.path):
        yield {"name": name, "in": "path", "required": True, "schema": _PLACES.get(name, {"type": "string", "minLength": 1})}


def _query_parameters(endpoint: Endpoint, schemas: _Schemas) -> Iterable[dict[str, Any]]:
    if endpoint.query is None:
        return
    schema = schemas.written(endpoint.query)
    for name, member in schema["properties"].items():
        required = name in schema.get("required", ())
        kinds = [kind for kind in member.get("anyOf", ()) if kind != {"type": "null"}]
        if kinds and len(kinds) == 1:
            member = kinds[0]
        parameter = {"name": name, "in": "query", "required": required, "schema": member}
        if "description" in member:
            parameter["description"] = member["description"]
        yield parameter


def _header_parameters(endpoint: Endpoint, *, has_reader: bool) -> Iterable[dict[str, Any]]:
    names = []
    if endpoint.method == "GET" and endpoint.response is not None:
        names.append("If-None-Match")
    if endpoint.method not in SAFE_METHODS and not endpoint.public:
        names.append("Idempotency-Key")
        if endpoint.method != "POST" and has_reader:
            names.append("If-Match")
        if endpoint.status == 202 and (_is_by_command(endpoint.response) or 200 in endpoint.also):
            names.append("Prefer")
    return ({"$ref": f"#/components/parameters/{name}"} for name in names)


def _about(group: str, endpoints: Sequence[Endpoint]) -> str:
    """What the group is for: the sentence with which its file opens."""
    if group in TAGS:
        return TAGS[group]
    module = next(endpoint.handler.__module__ for endpoint in endpoints if endpoint.group == group)
    return " ".join((sys.modules[module].__doc__ or "").split())


def _is_by_command(response: Any) -> bool:
    return isinstance(response, type) and issubclass(response, ByCommand)


_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token (`vlt_...`), made at `POST /api/v1/tokens`."},
    "login": {
        "type": "apiKey",
        "in": "cookie",
        "name": "voltaro_login",
        "description": "The dashboard's cookie (`__Host-voltaro_login` over HTTPS); what changes something also needs the csrf header.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "Beside the cookie, for whatever changes something: the `csrf` value of `GET /api/v1/me`.",
    },
}
_SUCCESS = {201: "Made.", 202: "Taken in hand; Location says where to see what becomes of it.", 204: "Done.", 303: "Goes on elsewhere."}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
_NUMBERS = (
    *("session_id", "user_id", "token_id", "frame_id", "value_id", "message_id"),
    *("reservation_id", "profile_id", "driver_id", "login_id", "note_id"),
)
_PLACES: dict[str, dict[str, Any]] = {
    **dict.fromkeys(_NUMBERS, _NUMBER),
    "charger_id": {"type": "string", "minLength": 1, "maxLength": 48, "description": "The identity with which the charger connects."},
    "id_tag": {"type": "string", "minLength": 1, "maxLength": 255, "description": "The tag, compared without case."},
}
_PLACE = re.compile(r"\{(\w+)\}")
_STREAM = (
    "Server-sent events. `id:` grows with every durable event and is what Last-Event-ID resumes after; what is coalesced (session.updated, "
    "messages, live figures) has none. `event:` is the type, `data:` JSON. A comment comes every 15 s. The event `resync` says that what "
    "was missed is too much to be told: read everything anew."
)
_STREAM_EXAMPLE = (
    'id: 4711\nevent: connector.status\ndata: {"charger_id":"CP1","evse_id":1,"connector_id":1,"status":"Charging","state":"charging"}\n\n'
)
