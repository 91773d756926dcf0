"""Problems: every error of the API as RFC 9457 ``application/problem+json``, named by whose fault it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

import msgspec
from aiohttp import web

from voltaro.domain.driver import UnknownDriver
from voltaro.domain.identity import BadIdentity
from voltaro.domain.resolution import BadDecision, NotNow
from voltaro.ports import (
    ActorCrashed,
    ActorUnavailable,
    AlreadyExists,
    BadCursor,
    CommandsFull,
    FaultsOff,
    InvalidPayload,
    LastAdmin,
    NotConnected,
    Poison,
    StoreUnavailable,
    UnknownAction,
    UnknownTarget,
    VersionConflict,
)

PROBLEM_TYPE = "application/problem+json"


class Offender(msgspec.Struct, frozen=True):
    """One offending member of a request; ``pointer`` is an RFC 6901 JSON pointer, or ``?name`` for a query parameter."""

    pointer: str
    detail: str


class ProblemBody(msgspec.Struct, frozen=True, rename={"kind": "type"}):
    """An RFC 9457 problem. ``request_id`` finds the request in the log."""

    kind: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[Offender] | None = None


class Problem(Exception):
    """A request that ends with a problem. ``slug`` names its type; ``detail`` says what to do next."""

    def __init__(
        self, status: int, slug: str, detail: str, *, errors: list[Offender] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def __repr__(self) -> str:
        return f"Problem({self.status}, {self.slug!r}, {self.detail!r})"

    def response(self, instance: str, request_id: str) -> web.Response:
        """The problem as an answer."""
        body = ProblemBody(
            kind=f"urn:voltaro:problem:{self.slug}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            instance=instance,
            request_id=request_id,
            errors=self.errors,
        )
        return web.Response(status=self.status, body=msgspec.json.encode(body), content_type=PROBLEM_TYPE, headers=self.headers)


def not_found(what: str) -> Problem:
    """404: there is no such thing."""
    return Problem(404, "not_found", f"There is no {what}.")


def invalid(pointer: str, detail: str) -> Problem:
    """422: a member of the body is not what it must be."""
    return Problem(422, "invalid", f"{pointer or 'The body'}: {detail}", errors=[Offender(pointer, detail)])


def problem_of(error: Exception) -> Problem | None:
    """The problem that a known exception means, or None when the fault is ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, web.HTTPException):
        return _of_http(error)
    for kind, make in _PROBLEMS:
        if isinstance(error, kind):
            return make(error)
    return None


def _of_http(error: web.HTTPException) -> Problem:
    headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
    slug = HTTPStatus(error.status).name.lower()
    detail = _HTTP_DETAILS.get(error.status, HTTPStatus(error.status).description or HTTPStatus(error.status).phrase)
    return Problem(error.status, slug, detail, headers=headers)


def _invalid_payload(error: Exception) -> Problem:
    assert isinstance(error, InvalidPayload | BadDecision)
    return invalid(error.pointer, error.message)


_HTTP_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method; see the Allow header for those it takes.",
    413: "The request is larger than this address takes.",
}

_PROBLEMS: tuple[tuple[type[Exception], Callable[[Exception], Problem]], ...] = (
    (
        StoreUnavailable,
        lambda _: Problem(
            503, "store_unavailable", "The database is away just now; nothing was changed. Try again shortly.", headers={"Retry-After": "5"}
        ),
    ),
    (
        ActorUnavailable,
        lambda _: Problem(
            503,
            "actor_unavailable",
            "The charger's actor takes no messages now (quarantined or stopped). Try again shortly.",
            headers={"Retry-After": "10"},
        ),
    ),
    (
        ActorCrashed,
        lambda _: Problem(
            503, "actor_crashed", "The actor crashed meanwhile and is being restarted. Try again shortly.", headers={"Retry-After": "2"}
        ),
    ),
    (BadCursor, lambda _: Problem(400, "bad_cursor", "The cursor was not made by this list; leave it out to start from the beginning.")),
    (AlreadyExists, lambda error: Problem(409, "already_exists", str(error) or "One with that name is there already.")),
    (VersionConflict, lambda _: Problem(412, "version_conflict", "It has changed since you read it; read it again and repeat the change.")),
    (NotConnected, lambda _: Problem(409, "not_connected", "The charger is not connected, so it cannot be told anything now.")),
    (
        CommandsFull,
        lambda _: Problem(
            429,
            "commands_full",
            "Too many commands wait for this charger already; let some be answered first.",
            headers={"Retry-After": "5"},
        ),
    ),
    (InvalidPayload, _invalid_payload),
    (BadDecision, _invalid_payload),
    (NotNow, lambda error: Problem(409, "not_now", f"{error}. Read it again before you decide.")),
    (UnknownAction, lambda error: invalid("/action", str(error) or "The charger's OCPP version has no such action.")),
    (FaultsOff, lambda _: Problem(404, "not_found", "Fault injection is not enabled on this server.")),
    (UnknownTarget, lambda error: invalid("/target", str(error) or "There is no such target, kind or point of fault.")),
    (ConnectionError, lambda _: Problem(400, "connection_lost", "The connection was lost while the request came in.")),
    (web.RequestPayloadError, lambda _: Problem(400, "bad_request", "The body is not sent as its headers say.")),
    (LastAdmin, lambda error: Problem(409, "last_admin", f"This person {error}.")),
    (UnknownDriver, lambda _: invalid("/user_id", "is the id of no driver (GET /api/v1/drivers)")),
    (BadIdentity, lambda error: invalid("/id", str(error))),
    (Poison, lambda error: Problem(422, "not_storable", f"The database does not take a value of this request: {error}")),
)
