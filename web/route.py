"""Endpoints declared once: method, path, who may, what goes in and out. The router and the OpenAPI document are both made from this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from web.auth import Principal, unauthorized
from web.house import BY, HOUSE, House
from web.problem import Problem, not_found
from web.reading import read_body, read_query

API = "/api/v1"
LONGEST_ID = 2**63 - 1
Q_co = TypeVar("Q_co", covariant=True)
B_co = TypeVar("B_co", covariant=True)
T = TypeVar("T")

Limit = Annotated[int, msgspec.Meta(ge=1, le=500, description="How many items a page has.")]
Cursor = Annotated[str, msgspec.Meta(max_length=1000, description="The next of the page before; absent for the first page.")]


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


@dataclass(frozen=True, slots=True)
class Ask(Generic[Q_co, B_co]):
    """A request that has passed the gate, with its query and body read."""

    request: web.Request
    house: House
    principal: Principal | None
    query: Q_co
    body: B_co

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

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Let a request through the gate, read it, and answer it."""
        house = request.app[HOUSE]
        principal = None
        if not self.public:
            principal = await house.gate.who(request)
            if principal is None:
                raise unauthorized("Sign in, or send Authorization: Bearer TOKEN.")
            request[BY] = principal.name
            if self.scope is not None and not principal.may(self.scope):
                raise Problem(403, "forbidden", f"This needs the scope {self.scope}, which {principal.name} does not have.")
            house.gate.check_cross_site(request, principal)
        query = read_query(request, self.query)
        body = None if self.body is None else await read_body(request, self.body)
        return self._response(await self.handler(Ask(request, house, principal, query, body)))

    def _response(self, answer: object) -> web.StreamResponse:
        if isinstance(answer, web.StreamResponse):
            return answer
        reply = answer if isinstance(answer, Reply) else Reply(answer, self.status)
        if reply.body is None:
            return web.Response(status=204, headers=reply.headers)
        raw = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        return web.Response(status=reply.status, body=raw, content_type="application/json", headers=reply.headers)


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
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as an endpoint. ``status`` 0 is 200, or 204 when there is no response."""

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


def etag(version: int) -> str:
    """The ETag of an item's version."""
    return f'"{version}"'


def expected_version(request: web.Request) -> int | None:
    """The version that ``If-Match`` asks for; None when it asks for none. Raises Problem 412 for one that no item can have."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    digits = header.strip().removeprefix('"').removesuffix('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19 and header.strip() == f'"{digits}"'):
        raise Problem(412, "version_conflict", "If-Match holds no ETag of this item; read it again and repeat the change.")
    return int(digits)
