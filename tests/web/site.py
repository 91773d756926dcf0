"""A served web application with a client, for tests: people, tokens, and requests as each of them."""

from __future__ import annotations

import asyncio
import io
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from argon2 import PasswordHasher
from yarl import URL

from tests.web.fakes import FakeFleet, FakeRoom, TurnableClock, new_password
from voltaro.authority import BuiltInAuthority
from voltaro.domain.person import Role, Scope
from voltaro.ocpp.book import Book
from voltaro.ports import Store
from web.app import Served, make_app, serve
from web.auth import hash_secret, new_token
from web.house import HOUSE, House, WebSettings
from web.passwords import Passwords
from web.sse import LiveStream

ADMIN_TOKEN = "an-admin-token-of-the-tests-0123456789"
PASSWORD = "correct horse battery"
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Site:
    """The application under test."""

    house: House
    fleet: FakeFleet
    room: FakeRoom
    clock: TurnableClock
    stream: LiveStream
    served: Served
    client: aiohttp.ClientSession

    @property
    def store(self) -> Store:
        return self.house.store

    def url(self, path: str) -> URL:
        return URL(self.served.url + path, encoded=True)

    async def ask(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        token: str | None = ADMIN_TOKEN,
        headers: dict[str, str] | None = None,
        data: bytes | str | None = None,
        api: bool = True,
        client: aiohttp.ClientSession | None = None,
    ) -> Answer:
        """A request with a bearer token (the admin's, unless another or none is given)."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        if json is not None:
            data = msgspec.json.encode(json)
            sent.setdefault("Content-Type", "application/json")
        if isinstance(data, str):
            data = data.encode()
        async with asyncio.timeout(30):
            async with (client or self.client).request(
                method,
                self.url(("/api/v1" if api else "") + path),
                data=io.BytesIO(data) if isinstance(data, bytes) else data,
                headers=sent,
                allow_redirects=False,
            ) as response:
                return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return await self.ask("POST", path, json, **options)

    async def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        return await self.ask("PATCH", path, json, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.ask("DELETE", path, **options)

    async def add_token(self, *scopes: Scope) -> str:
        """A token with these scopes."""
        secret = new_token()
        await self.store.add_token("of a test", secret[:12], hash_secret(secret), frozenset(scopes), None, "test")
        return secret

    async def add_person(self, name: str, role: Role) -> None:
        """A person whose password is PASSWORD."""
        await self.store.add_user(name, role, QUICK_HASHER.hash(PASSWORD), "test")

    @asynccontextmanager
    async def signed_in(self, name: str) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
        """A browser in which the person is signed in, and the csrf value of the login."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            answer = await self.post("/login", {"name": name, "password": PASSWORD}, token=None, client=browser)
            assert answer.status == 200, answer.text
            yield browser, answer.json["csrf"]


@asynccontextmanager
async def open_site(store: Store, *, tls: ssl.SSLContext | None = None, **settings: Any) -> AsyncIterator[Site]:
    """Serve the application on a free port of the loopback."""
    fleet, room, clock, stream = FakeFleet(), FakeRoom(), TurnableClock(), LiveStream(store)
    with tempfile.TemporaryDirectory(prefix="voltaro-test-authority-") as folder:
        app = make_app(
            store=store,
            fleet=fleet,
            waiting_room=room,
            stream=stream,
            clock=clock,
            settings=WebSettings(admin_token_hash=hash_secret(ADMIN_TOKEN), **settings),
            new_password=new_password,
            mask=lambda frame: frame.replace("hush", "***").replace("hunter2", "***"),
            passwords=Passwords(QUICK_HASHER),
            authority=BuiltInAuthority(Path(folder), partial(store.secret, "certificate-authority"), clock),
            schemas=Book(),
        )
        served = await serve(app, "127.0.0.1", 0, tls)
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
                yield Site(app[HOUSE], fleet, room, clock, stream, served, client)
        finally:
            await served.stop()
