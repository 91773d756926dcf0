"""The roof: the only file that knows every room. It starts them in order and stops them in reverse.

Order: database, schema, store; live stream; actors; gateway; web. What chargers and operators reach comes up last and goes
down first, so that whoever gets in is served. Before anything goes down the server drains: it says that it is not ready, and
sends its chargers away at a pace.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from actors.auth import AuthPolicy, OnFailure
from actors.fleet import Fleet
from actors.gathering import Gathering
from actors.lines import Lines
from actors.outage import Outage
from actors.persistence import Pace
from actors.recorder import Recorder
from actors.settlements import Settlements
from actors.system import System
from actors.tree import Tree
from actors.wiring import ChargerPolicy, Wiring
from persistence.store import PostgresStore
from voltaro.addresses import written
from voltaro.authority import BuiltInAuthority
from voltaro.bench_store import benched
from voltaro.condition import Reach, ServerCondition
from voltaro.config import Settings
from voltaro.domain.attempt import Attempt, attempt_flash
from voltaro.domain.person import NO_PASSWORD, Role, Scope
from voltaro.gateway.credentials import hash_password, make_password, make_salt, sealed_password
from voltaro.gateway.limits import Limits
from voltaro.gateway.pressure import Pressure, raise_file_limit
from voltaro.gateway.server import Gateway
from voltaro.gateway.tls import Tls, TlsFiles
from voltaro.ocpp import read_again
from voltaro.ocpp.book import Book
from voltaro.ocpp.secrets import mask_payload, mask_secrets
from voltaro.ports import Authoriser
from voltaro.simulation import VirtualChargers
from voltaro.storage import opened_store
from voltaro.upkeep import expire, keep_up, listen, watch_tls
from voltaro.web_settings import oidc_settings, trusted, web_settings
from web.app import Served, forget, make_app, serve
from web.auth import hash_secret, new_token
from web.authoriser import HttpAuthoriser
from web.passwords import new_hasher
from web.sse import LiveStream
from web.upload_folder import MIB, UploadFolder

log = structlog.get_logger()

RECORDED_LOOKS, RECORDED_LOOK_S = 100, 0.05
"""How often, and how far apart, it is looked whether what virtual chargers have said is written, before it is removed."""
CLOSE_TRY_AGAIN_LATER = 1013
FIRST_ADMIN = "admin"
FIRST_LINK_FOR = timedelta(hours=1)


class SystemClock:
    """The machine's time."""

    monotonic = staticmethod(time.monotonic)

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Server:
    """A running Voltaro."""

    store: PostgresStore
    fleet: Fleet
    gateway: Gateway
    site: Served
    tls: Tls | None
    ocpps_address: tuple[str, int] | None
    failed: asyncio.Future[BaseException]
    admin_token: str | None = None
    """The token made by a first start without users, tokens or VOLTARO_ADMIN_TOKEN; it is shown once."""
    simulation: VirtualChargers | None = None
    """Where the settings allow it."""

    @property
    def http_url(self) -> str:
        return self.site.url

    @property
    def ocpp_url(self) -> str:
        return f"ws://{written(*self.gateway.addresses[0])}"

    @property
    def ocpps_url(self) -> str | None:
        """Where chargers connect with TLS."""
        return None if self.ocpps_address is None else f"wss://{written(*self.ocpps_address)}"

    async def login_link(self, name: str = "demo", good_for: timedelta = timedelta(minutes=10)) -> str:
        """A link that signs an administrator in once, within some minutes."""
        found = await self.store.user_secret(name)
        user = found[0] if found else await self.store.add_user(name, Role.ADMIN, NO_PASSWORD, by="voltaro")
        secret = secrets.token_urlsafe(24)
        await self.store.add_login_link(user.id, hash_secret(secret), datetime.now(UTC) + good_for)
        return f"{self.http_url}/login/{secret}"

    async def first_link(self) -> str | None:
        """A link that signs a fresh admin in, where nobody could sign in otherwise; None where somebody can."""
        return None if await self.store.can_sign_in() else await self.login_link(FIRST_ADMIN, FIRST_LINK_FOR)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    """Run everything. Raises what ``opened_store`` and ``oidc_settings`` raise, and OSError when an address is taken."""
    clock = SystemClock()
    oidc_settings(settings)  # what cannot be is said before anything is started
    files = TlsFiles.of(settings)
    tls = None if files is None else Tls(files)
    raise_file_limit()
    failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened_store(settings))
        password_key = await store.secret("charger-passwords")
        if interrupted := await store.interrupt_batches(clock.now()):
            log.warning("batches.interrupted", count=interrupted)

        stream = LiveStream(store)
        authoriser: Authoriser | None = None
        if settings.authoriser_url is not None:
            outside = HttpAuthoriser(settings.authoriser_url, timeout_s=settings.authoriser_timeout_s)
            stack.push_async_callback(outside.close)
            authoriser = outside

        def fatal(error: BaseException) -> None:
            if not failed.done():
                failed.set_result(error)

        tree = Tree(
            System(clock),
            store=benched(store, settings.bench_store),
            clock=clock,
            announcer=stream,
            faults_enabled=settings.fault_injection,
            fatal=fatal,
            auth_policy=AuthPolicy(
                patience_s=settings.database_grace_s,
                outside_s=settings.authoriser_timeout_s,
                on_failure=OnFailure(settings.authoriser_failure.value),
            ),
            authoriser=authoriser,
            pace=Pace(grace_s=settings.database_grace_s),
        )
        authority = BuiltInAuthority(
            settings.data_dir / "authority", partial(store.secret, "certificate-authority"), clock, organization=settings.cpo_name
        )
        uploads = UploadFolder(
            settings.data_dir / "uploads", most_bytes=settings.upload_limit_mb * MIB, quota_bytes=settings.upload_quota_mb * MIB
        )
        await uploads.clear()
        wiring = Wiring(
            clock=clock,
            queue=tree.queue,
            lines=Lines(),
            facts=Gathering(store.charger_facts),
            settlements=Settlements(),
            announcer=stream,
            mask=lambda _, payload: mask_payload(payload),
            reread=read_again,
            seal_password=partial(sealed_password, password_key),
            authority=authority,
            cpo_name=settings.cpo_name,
            policy=ChargerPolicy(
                heartbeat_s=settings.heartbeat_s,
                grace_s=settings.offline_grace_s,
                settle_s=settings.settle_s,
                lost_s=settings.lost_s,
                profile_upgrade_s=settings.profile_upgrade_s,
                effect_s=settings.effect_s,
            ),
        )
        tree.start()
        stack.push_async_callback(tree.stop)
        fleet = Fleet(tree, store, wiring)

        def tell_attempt(attempt: Attempt) -> None:
            if stream.is_watched():
                stream.flash(attempt_flash(attempt))

        gateway = Gateway(
            fleet,
            clock,
            password_key=password_key,
            unknown_chargers=settings.unknown_chargers,
            frame_log=settings.frame_log,
            trusted_proxies=trusted(settings),
            limits=Limits(quiet_s=3.0 * settings.heartbeat_s),
            pressure=Pressure(None if settings.memory_limit_mb is None else settings.memory_limit_mb << 20),
            cpo_name=settings.cpo_name,
            tell_attempt=tell_attempt,
        )
        await gateway.start(settings.host, settings.ocpp_port)
        plain = len(gateway.addresses)
        if tls is not None and settings.ocpps_port is not None:
            await gateway.start(settings.host, settings.ocpps_port, tls=tls)
        stack.push_async_callback(gateway.stop)

        def new_password(given: str | None) -> tuple[str, bytes, bytes]:
            return charger_password(password_key, given)

        condition = ServerCondition(settings, clock, _reach(tree, gateway, stream))
        simulation = _simulator(store, stream, tree, gateway, partial(charger_password, password_key, None)) if settings.simulator else None

        app = make_app(
            store=store,
            fleet=fleet,
            waiting_room=gateway.room,
            stream=stream,
            clock=clock,
            settings=web_settings(settings, gateway, fleet),
            new_password=new_password,
            mask=mask_secrets,
            authority=authority,
            uploads=uploads,
            attempts=gateway.attempts,
            schemas=Book(),
            simulation=simulation,
            condition=condition,
        )
        site = await serve(app, settings.host, settings.http_port)
        stack.push_async_callback(site.stop)

        outage = Outage(
            tree.queue,
            store.ping,
            clock,
            settings.database_grace_s,
            away=partial(_send_away, gateway),
            back=partial(_let_in_again, gateway),
        )
        for work in (
            listen(store, (fleet.notice, partial(forget, app))),
            keep_up(store, settings, uploads),
            expire(store, clock),
            condition.watch(),
            outage.watch(),
            fleet.local_lists.watch(),
            Recorder(fleet.standing, store, clock).watch(),
            *([] if tls is None else [watch_tls(tls)]),
        ):
            task = asyncio.create_task(work)
            task.add_done_callback(lambda task: None if task.cancelled() else fatal(task.exception() or RuntimeError("it ended")))
            stack.callback(task.cancel)
        stack.push_async_callback(_drain, fleet, gateway)
        if simulation is not None:
            stack.push_async_callback(simulation.close)
        secured = gateway.addresses[plain] if tls is not None else None
        yield Server(store, fleet, gateway, site, tls, secured, failed, await _first_token(store, settings), simulation)


def charger_password(key: bytes, given: str | None) -> tuple[str, bytes, bytes]:
    """A given or made password of a charger with its salt and hash. Raises ValueError for one that no charger takes."""
    password = make_password() if given is None else given
    if not 8 <= len(password.encode()) <= 40 or not password.isprintable():
        raise ValueError("a charger's password has 8 to 40 printable characters")
    salt = make_salt()
    return password, salt, hash_password(key, salt, password.encode())


def hash_person_password(password: str) -> str:
    """The argon2id hash under which a person's password is stored. Takes some 30 ms on purpose."""
    return new_hasher().hash(password)


async def _drain(fleet: Fleet, gateway: Gateway) -> None:
    """The first thing when the server stops: it is not ready any more, takes no commands, and its chargers are sent away at a pace."""
    log.info("server.draining", lines=gateway.wires)
    fleet.draining = True
    await gateway.drain()


def _send_away(gateway: Gateway) -> None:
    """Nothing can be recorded: chargers keep what they have to say while they are offline, and only then (1.6 section 3.7)."""
    gateway.pause("database")
    gateway.close_lines(CLOSE_TRY_AGAIN_LATER, "cannot record now, try again later")


def _let_in_again(gateway: Gateway) -> None:
    gateway.keep_lines()
    gateway.resume("database")


async def _first_token(store: PostgresStore, settings: Settings) -> str | None:
    """Make the first token where nobody could get in otherwise."""
    if settings.admin_token is not None or (await store.users(limit=1)).items or (await store.tokens(limit=1)).items:
        return None
    token = new_token()
    await store.add_token("first start", token[:8], hash_secret(token), frozenset(Scope), None, by="voltaro")
    return token


def _reach(tree: Tree, gateway: Gateway, stream: LiveStream) -> Reach:
    return Reach(
        queue=lambda: len(tree.queue),
        away_since=lambda: tree.queue.away_since,
        lines=lambda: gateway.wires,
        readers=lambda: len(stream.readers),
        actors=lambda: len(tree.system.cells),
    )


def _simulator(
    store: PostgresStore, stream: LiveStream, tree: Tree, gateway: Gateway, new_secret: Callable[[], tuple[str, bytes, bytes]]
) -> VirtualChargers:
    """Virtual chargers that dial this server itself, over the loopback where it listens everywhere."""

    async def recorded() -> None:
        for _ in range(RECORDED_LOOKS):
            await asyncio.sleep(RECORDED_LOOK_S)  # what a closed line and its actor have to say is said in the turns after
            if not len(tree.queue):
                return

    host, port = gateway.addresses[0]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is read, not bound
    return VirtualChargers(store, stream, url=f"ws://{written(host, port)}/ocpp", new_secret=new_secret, recorded=recorded)
