"""What many operations of the OpenAPI document share: headers, parameters, problem responses, and the words about groups."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from web.problem import PROBLEM_TYPE
from web.problem_types import PROBLEM_TYPES, of_status

ABOUT = """\
Central system for EV chargers.

Sign in with `Authorization: Bearer TOKEN`. Bodies are JSON in UTF-8, names snake_case, times RFC 3339 in UTC, energy Wh, power W.
Errors are RFC 9457 problems: tell them apart by `type`; `errors` points at what is wrong (the first of it in a body), `request_id` finds
the request in the log. An unknown query parameter or member of a body is refused.

Lists come in pages (`limit`, `cursor`; `next` and the Link header lead on), and many as CSV or NDJSON by `Accept`. What changes something
takes an `Idempotency-Key`. Reads have strong ETags. Within v1 things are only added: pass over members and event types that are new to you.
"""

TAGS = {
    "people": "People who sign in, API tokens, what was done by whom, and who is asking.",
    "docs": "This document, and the page to read and try it.",
    "health": "For supervisors, load balancers and Prometheus; outside /api/v1, without sign-in.",
}
"""Groups whose files do not say it in a sentence of their own."""

HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "The id of the request in the log: that of the request's X-Request-Id header, else one of ours.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'How many requests are left (`r`) and in how many seconds all are (`t`): `"principal";r=5999;t=1`.',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'How many requests (`q`) may be made in how many seconds (`w`): `"principal";q=6000;w=60`.',
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}},
    "ETag": {
        "description": "Strong: changes with every byte. An item with a version has it in front, and If-Match goes by that alone.",
        "schema": {"type": "string"},
    },
    "Link": {"description": 'The next page: `</api/v1/...>; rel="next"`. Absent on the last.', "schema": {"type": "string"}},
    "Location": {"description": "Where to find what was made, or what becomes of it.", "schema": {"type": "string"}},
    "Preference-Applied": {"description": "What of Prefer was heeded: `wait=10`.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` where this is the kept answer to an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Allow": {"description": "The methods that this address takes.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}},
}

PARAMETERS: dict[str, Any] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "1 to 255 printable ASCII characters, new for each thing to be done. The same request under the same key is "
        "answered as before and not done again, for 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag with which the item was read; 412 when it has changed since. Of an item with a version that alone counts.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of an answer that you have; 304 without a body when it still holds.",
        "schema": {"type": "string"},
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`wait=N`: answer with the final state when it comes within N seconds (60 at most). A command also takes "
        "`wait=N; until=effective`: until the charger has shown what it accepted.",
        "schema": {"type": "string"},
    },
}


def shared(kind: str, *names: str) -> dict[str, Any]:
    """References to shared components."""
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}


def problem_responses(schema: dict[str, Any]) -> dict[str, Any]:
    """A response for every status that problems come with; each type is an example of it."""
    return {
        f"Problem{status}": _response(status, schema) for status in sorted({status for kind in PROBLEM_TYPES for status in kind.statuses})
    }


def _response(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    kinds = of_status(status)
    own = {401: ("WWW-Authenticate",), 405: ("Allow",), 429: ("Retry-After",), 503: ("Retry-After",)}
    return {
        "description": "\n".join(f"- `{kind.slug}` ({kind.blame}): {kind.meaning}" for kind in kinds),
        "headers": shared("headers", "X-Request-Id", *own.get(status, ())),
        "content": {
            PROBLEM_TYPE: {
                "schema": schema,
                "examples": {
                    kind.slug: {
                        "summary": kind.meaning,
                        "value": {
                            "type": f"urn:voltaro:problem:{kind.slug}",
                            "title": HTTPStatus(status).phrase,
                            "status": status,
                            "detail": kind.meaning,
                            "instance": "/api/v1/...",
                            "request_id": "9f2c41d07ab3e655",
                            "errors": None,
                        },
                    }
                    for kind in kinds
                },
            }
        },
    }
