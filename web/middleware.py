"""What goes around every request: its id, its problem when it fails, its headers and its line in the log."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from voltaro.ports import Origin, asked_by
from web.dashboard import PERMISSIONS, REPORTING_ENDPOINTS
from web.house import BY, HOUSE
from web.pace import PACED
from web.problem import Problem, problem_of

log = structlog.get_logger("voltaro.web")
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def around(request: web.Request, handler: Next) -> web.StreamResponse:
    """Give the request an id, turn what goes wrong into a problem, and log it. Secrets are in no line: paths are logged as patterns."""
    given = request.headers.get("X-Request-Id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    trace = _TRACE.fullmatch(request.headers.get("traceparent", ""))
    trace_id = None if trace is None else trace.group(1)
    began = time.perf_counter()
    with asked_by(Origin(request.app[HOUSE].gate.peers.address(request), request_id)):
        try:
            response = await handler(request)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the last resort: it is logged with its stack and becomes a 500
            response = _failed(request, request_id, trace_id, error)
    response_began = response.prepared
    if not response_began:
        response.headers["X-Request-Id"] = request_id
    resource = request.match_info.route.resource
    log.debug(
        "http.answered",
        method=request.method,
        route="unknown" if resource is None else resource.canonical,
        charger_id=request.match_info.get("charger_id"),
        status=response.status,
        ms=round((time.perf_counter() - began) * 1000, 1),
        request_id=request_id,
        trace_id=trace_id,
        by=request.get(BY),
    )
    return response


async def security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer (``on_response_prepare``): what a browser may do with it. Pages bring a content policy of their own."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Reporting-Endpoints", REPORTING_ENDPOINTS)
    headers.setdefault("Cache-Control", "no-store")
    headers.pop("Server", None)
    for name, value in request.get(PACED, {}).items():
        headers.setdefault(name, value)
    if request.app[HOUSE].gate.peers.secure(request):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _failed(request: web.Request, request_id: str, trace_id: str | None, error: Exception) -> web.StreamResponse:
    problem = problem_of(error)
    if problem is None:
        log.error("http.failed", method=request.method, request_id=request_id, trace_id=trace_id, exc_info=error)
        problem = Problem(500, "internal", "The server made a mistake; its log names the request by its request_id.")
    elif problem.status >= 500:
        log.warning("http.unavailable", method=request.method, request_id=request_id, trace_id=trace_id, problem=problem.slug)
    return problem.response(request.path if "secret" not in request.match_info else "", request_id)


_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.{0,200})?")
"""W3C Trace Context: who called us may follow a request through several systems by the id in it."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
