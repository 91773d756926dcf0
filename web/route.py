"""Endpoints declared once: method, path, who may, what goes in and out. The router and the OpenAPI document are both made from this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from web.auth import SAFE_METHODS, Principal, unauthorized
from web.conditional import check_match, etag, etag_of, expected_version, is_known, version_of
from web.house import BY, HOUSE, UNCHANGED, House
from web.idempotency import REPLAYED, Once, digest_of, key_given, once
from web.pace import PACED
from web.paging import bound, unbound
from web.problem import Problem, not_found
from web.reading import keep_bytes, read_body, read_query

__all__ = [
    "API",
    "Ask",
    "Body",
    "ByCommand",
    "Cursor",
    "Endpoint",
    "Limit",
    "Listing",
    "PageQuery",
    "Query",
    "Reply",
    "Routes",
    "etag",
    "expected_version",
]

API = "/api/v1"
LONGEST_ID = 2**63 - 1
Q_co = TypeVar("Q_co", covariant=True)
B_co = TypeVar("B_co", covariant=True)
T = TypeVar("T")

Limit = Annotated[int, msgspec.Meta(ge=1, le=500, description="How many items a page has.")]
Cursor = Annotated[str, msgspec.Meta(max_length=3000, description="The next of the page before; absent for the first page.")]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query parameters of an endpoint; an unknown one is refused."""


class PageQuery(Query, frozen=True, kw_only=True):
    """The query parameters of a list."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request; an unknown member is refused."""


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; ``next`` is the cursor of the following page, null on the last."""

    items: list[T]
    next: str | None


class ByCommand(msgspec.Struct, frozen=True):
    """The answer of a request that sends one command and does nothing else. Repeated under its ``Idempotency-Key`` it is answered by
    that command as it then stands; and one that was cut off before its command was recorded has done nothing."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[Q_co, B_co]):
    """A request that has passed the gate, with its query and body read."""

    request: web.Request
    house: House
    principal: Principal | None
    query: Q_co
    body: B_co
    once: Once | None = None
    """The ``Idempotency-Key`` it came with. Who sends a command binds it."""

    @property
    def who(self) -> Principal:
        """Who asks. Only public endpoints may have nobody, and those do not look."""
        if self.principal is None:
            raise unauthorized("Sign in, or send Authorization: Bearer TOKEN.")
        return self.principal

    @property
    def by(self) -> str:
        """The name under which a change is recorded."""
        return self.who.name

    def changed_nothing(self) -> None:
        """Say that nothing was to be changed: there is nothing to tell the audit."""
        self.request[UNCHANGED] = True

    def text(self, name: str) -> str:
        """A part of the path."""
        value = self.request.match_info[name]
        if "\0" in value:
            raise not_found(f"{name} of that name")
        return value

    def number(self, name: str) -> int:
        """A whole number in the path. Raises Problem 404 for what no id can be."""
        digits = self.request.match_info[name]
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 19 and int(digits) <= LONGEST_ID):
            raise not_found(f"{name} {digits[:40]!r}")
        return int(digits)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status or headers of its own; ``body`` None has no content."""

    body: object | None
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Ask[Any, Any]], Awaitable[object]]
Again = Callable[[Ask[Any, Any], str], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path. ``scope`` None asks only for someone signed in, unless ``public``."""

    method: str
    path: str
    name: str
    summary: str
    group: str
    scope: Scope | None
    public: bool
    query: type[Query] | None
    body: Any
    response: Any
    status: int
    media: Sequence[str]
    body_media: str | None
    handler: Handler
    limited: bool = True
    also: Mapping[int, Any] = field(default_factory=dict)
    problems: Sequence[int] = ()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Let a request through the gate, read it, and answer it; once, where it comes with a key."""
        house = request.app[HOUSE]
        principal = await self._let_in(request, house)
        query = unbound(request, read_query(request, self.query))
        key = None if principal is None or request.method in SAFE_METHODS else key_given(request)
        body = None if self.body is None else await read_body(request, self.body)
        ask = Ask(request, house, principal, query, body)
        if key is None:
            return await self._answer(ask)
        if self.body_media is not None:
            body = await keep_bytes(request)
        own = Once(ask.who.name, f"{ask.who.key} {key}")
        return await once(
            house.store,
            own,
            digest_of(request, body),
            lambda: self._answer(replace(ask, once=own)),
            lambda command_id: self._again(ask, command_id),
            retake=isinstance(self.response, type) and issubclass(self.response, ByCommand),
        )

    async def _let_in(self, request: web.Request, house: House) -> Principal | None:
        """Who asks, None where nobody needs to. Raises Problem 401, 403, 429."""
        principal = None
        if not self.public:
            try:
                principal = await house.gate.who(request)
                if principal is None:
                    raise unauthorized("Sign in, or send Authorization: Bearer TOKEN.")
            except Problem:
                request[PACED] = house.public_pace.take(house.gate.peers.address(request))
                raise
        if self.limited and principal is not None:
            request[PACED] = house.pace.take(principal.key)
        elif self.limited:
            request[PACED] = house.public_pace.take(house.gate.peers.address(request))
        if principal is None:
            return None
        request[BY] = principal.name
        if self.scope is not None and not principal.may(self.scope):
            raise Problem(403, "forbidden", f"This needs the scope {self.scope}, which {principal.name} does not have.")
        house.gate.check_cross_site(request, principal)
        return principal

    async def _answer(self, ask: Ask[Any, Any]) -> web.StreamResponse:
        if self.method not in SAFE_METHODS and self.method != "POST" and "If-Match" in ask.request.headers:
            await self._check_match(ask)
        return self._response(ask.request, await self.handler(ask))

    async def _again(self, ask: Ask[Any, Any], command_id: str) -> web.StreamResponse:
        """The answer to a repeat whose first sent this command."""
        response = self._response(ask.request, await ask.request.app[AGAIN](ask, command_id))
        response.headers[REPLAYED] = "true"
        return response

    async def _check_match(self, ask: Ask[Any, Any]) -> None:
        """Compare ``If-Match`` with what the same address shows now; who changes an item with a version looks once more, at its row."""
        reader = ask.request.app[READERS].get(self.path)
        if reader is None:
            return
        reply = await reader.handler(Ask(ask.request, ask.house, ask.principal, None if reader.query is None else reader.query(), None))
        body, headers = (reply.body, reply.headers) if isinstance(reply, Reply) else (reply, {})
        if isinstance(body, web.StreamResponse):
            return
        version = headers.get("ETag")
        check_match(ask.request, etag_of(_encoded(body), version), version_of(version))

    def _response(self, request: web.Request, answer: object) -> web.StreamResponse:
        if isinstance(answer, web.StreamResponse):
            return answer
        reply = answer if isinstance(answer, Reply) else Reply(answer, self.status)
        if reply.body is None:
            return web.Response(status=204, headers=reply.headers)
        body, headers = reply.body, dict(reply.headers)
        if isinstance(body, Listing) and body.next is not None:
            following = bound(request, body.next)
            body = msgspec.structs.replace(body, next=following)
            headers["Link"] = f'<{request.rel_url.update_query(cursor=following)}>; rel="next"'
        raw = _encoded(body)
        if self.method == "GET" and reply.status == 200:
            headers["ETag"] = etag_of(raw, headers.get("ETag"))
            if is_known(request, headers["ETag"]):
                return web.Response(status=304, headers=headers)
        return web.Response(status=reply.status, body=raw, content_type="application/json", headers=headers)


AGAIN: web.AppKey[Again] = web.AppKey("again")
"""How a request is answered whose first has sent the command of this id."""
READERS: web.AppKey[Mapping[str, Endpoint]] = web.AppKey("readers")
"""What shows the item at each path."""


def _encoded(body: object) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


class Routes:
    """The endpoints of one resource, in the order they are declared."""

    def __init__(self, group: str, prefix: str = API) -> None:
        self.group = group
        self.endpoints: list[Endpoint] = []
        self._prefix = prefix

    def add(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        scope: Scope | None = None,
        public: bool = False,
        query: type[Query] | None = None,
        body: Any = None,
        response: Any = None,
        status: int = 0,
        media: Sequence[str] = ("application/json",),
        body_media: str | None = None,
        limited: bool = True,
        also: Mapping[int, Any] | None = None,
        problems: Sequence[int] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as an endpoint. ``status`` 0 is 200, or 204 when there is no response.

        ``limited`` False: its requests are not counted against the limit of who makes them. ``also``: what other statuses come with, a
        type, a media type or None; ``problems``: those that an endpoint of its kind would not have. Both are for the document.
        """

        def declare(handler: Handler) -> Handler:
            self.endpoints.append(
                Endpoint(
                    method=method,
                    path=self._prefix + path,
                    name=getattr(handler, "__name__", path),
                    summary=summary,
                    group=self.group,
                    scope=scope,
                    public=public,
                    query=query,
                    body=body,
                    response=response,
                    status=status or (200 if response is not None or media != ("application/json",) else 204),
                    media=media,
                    body_media=body_media,
                    handler=handler,
                    limited=limited,
                    also=also or {},
                    problems=problems,
                )
            )
            return handler

        return declare

    def get(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("GET", path, summary, **options)

    def post(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("POST", path, summary, **options)

    def put(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("PUT", path, summary, **options)

    def patch(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("PATCH", path, summary, **options)

    def delete(self, path: str, summary: str, **options: Any) -> Callable[[Handler], Handler]:
        return self.add("DELETE", path, summary, **options)
