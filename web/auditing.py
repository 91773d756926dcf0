"""No change without an entry: what an endpoint has not told the audit itself is told for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from voltaro.ports import StoreUnavailable, present_origin
from web.auth import SAFE_METHODS
from web.house import BY, HOUSE, UNCHANGED
from web.idempotency import REPLAYED
from web.route import Endpoint

log = structlog.get_logger("voltaro.web")

UNRECORDED: Mapping[str, str] = {"report_violations": "a browser tells what it has refused; it is logged"}
"""Endpoints that change nothing though their method says so, by name, each with its reason."""

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


def recorded(endpoint: Endpoint) -> Handle:
    """The endpoint, followed by an entry in the audit where it has succeeded and left none.

    What changes rows of ours tells the audit itself, in the same transaction, with what was before and after. This is for the rest,
    commands to chargers above all: the action is the operation's id, the target what its path names, and ``made`` where to read on.
    A dry run changes nothing, nor does a PATCH of no members; what an answer that was given before tells of is in the audit already.
    """
    if endpoint.method in SAFE_METHODS or endpoint.name in UNRECORDED:
        return endpoint.handle

    async def handle(request: web.Request) -> web.StreamResponse:
        response = await endpoint.handle(request)
        origin = present_origin()
        is_silent = origin is not None and not origin.entries and UNCHANGED not in request
        if response.status < 400 and is_silent and REPLAYED not in response.headers:
            made = response.headers.get("Location")
            detail = {} if made is None else {"made": made}
            target = "/".join(request.match_info.values())
            try:
                await request.app[HOUSE].store.record_audit(request.get(BY, ""), endpoint.name, target, detail)
            except StoreUnavailable:  # it is done, and saying otherwise would have it done twice
                log.exception("audit.lost", action=endpoint.name, target=target, by=request.get(BY))
        return response

    return handle
