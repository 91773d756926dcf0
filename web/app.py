"""The web application, put together: routes, gate, live stream, dashboard; and the listener that serves it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from voltaro.addresses import written
from voltaro.ports import CertificateAuthority, Clock, Condition, ConnectionAttempts, Fleet, Notice, Simulation, Store, WaitingRoom
from voltaro.ports.schema_book import SchemaBook
from web.attention import ATTENTION, Attention, attending
from web.auditing import recorded
from web.auth import Gate
from web.batches import Batches
from web.dashboard import FOREVER, Dashboard, page_policy
from web.house import HOUSE, House, Mask, NewPassword, WebSettings
from web.middleware import around, security_headers
from web.oidc import Provider
from web.openapi import DOCUMENT, openapi
from web.pace import Pace
from web.passwords import Passwords
from web.peer import Peers
from web.problem import not_found
from web.route import AGAIN, READERS, Endpoint
from web.routes import (
    actors,
    anomalies,
    attention,
    audit,
    batches,
    certificates,
    charger_import,
    charger_list,
    chargers,
    charging,
    commands,
    configuration,
    connections,
    dead_letters,
    demo_data,
    docs,
    drivers,
    events,
    faults,
    health,
    jobs,
    local_lists,
    login,
    logins,
    message_context,
    messages,
    notes,
    ocpp,
    oidc,
    overview,
    presented_tags,
    reports,
    reservations,
    resolutions,
    security,
    session_stories,
    sessions,
    signed_values,
    simulator,
    sites,
    strangers,
    system,
    tags,
    timeline,
    tokens,
    users,
    variables,
)
from web.site_figures import FIGURES, FiguresOfSites
from web.sse import LiveStream
from web.throttle import Throttle
from web.upload_folder import UploadFolder
from web.uploads import PATH, receive_upload

TABLES = (
    overview.routes,
    charger_list.routes,
    charger_import.routes,
    attention.routes,
    sites.routes,
    chargers.routes,
    security.routes,
    strangers.routes,
    batches.routes,
    connections.routes,
    commands.routes,
    configuration.routes,
    variables.routes,
    local_lists.routes,
    charging.routes,
    reservations.routes,
    jobs.routes,
    certificates.routes,
    sessions.routes,
    session_stories.routes,
    signed_values.routes,
    resolutions.routes,
    presented_tags.routes,
    tags.routes,
    drivers.routes,
    messages.routes,
    timeline.routes,
    notes.routes,
    message_context.routes,
    ocpp.routes,
    anomalies.routes,
    dead_letters.routes,
    events.routes,
    actors.routes,
    faults.routes,
    simulator.routes,
    demo_data.routes,
    system.routes,
    login.routes,
    oidc.routes,
    oidc.pages,
    login.pages,
    logins.routes,
    users.routes,
    tokens.routes,
    audit.routes,
    reports.routes,
    health.routes,
    docs.routes,
    docs.pages,
)
"""Every resource; a new file in ``web/routes`` is one line here."""

SHUTDOWN_S = 5.0
LINGERING_S = 2.0
"""How long the rest of a refused body is read, so that the answer is seen."""


@dataclass(frozen=True, slots=True)
class Served:
    """An application that is being served: where, and how to end it."""

    host: str
    port: int
    url: str
    stop: Callable[[], Awaitable[None]]


def make_app(
    *,
    store: Store,
    fleet: Fleet,
    waiting_room: WaitingRoom,
    stream: LiveStream,
    clock: Clock,
    settings: WebSettings,
    new_password: NewPassword,
    mask: Mask,
    passwords: Passwords | None = None,
    authority: CertificateAuthority | None = None,
    uploads: UploadFolder | None = None,
    attempts: ConnectionAttempts | None = None,
    schemas: SchemaBook | None = None,
    simulation: Simulation | None = None,
    condition: Condition | None = None,
) -> web.Application:
    """The application. ``stream`` is started and stopped with it. Raises ValueError for a trusted proxy that is no address, MissingExtra
    for OpenID Connect without its package."""
    gate = Gate(store, clock, Peers(settings.trusted_proxies), settings.admin_token_hash)
    app = web.Application(middlewares=[around])
    app[HOUSE] = House(
        store=store,
        fleet=fleet,
        waiting_room=waiting_room,
        stream=stream,
        clock=clock,
        settings=settings,
        new_password=new_password,
        mask=mask,
        gate=gate,
        passwords=passwords or Passwords(),
        throttle=Throttle(clock),
        dashboard=Dashboard.load(settings.ui),
        pace=Pace(clock, "principal", settings.requests_per_minute),
        public_pace=Pace(clock, "address", settings.public_requests_per_minute),
        authority=authority,
        uploads=uploads,
        simulation=simulation,
        condition=condition,
        oidc=None if settings.oidc is None else Provider(settings.oidc, clock),
        attempts=attempts,
        schemas=schemas,
    )
    endpoints = all_endpoints()
    app[DOCUMENT] = openapi(endpoints)
    app[READERS] = {endpoint.path: endpoint for endpoint in endpoints if endpoint.method == "GET"}
    app[AGAIN] = commands.answer_again
    app[overview.LATEST] = overview.Latest()
    app[batches.BATCHES] = Batches(store, fleet, stream, clock, settings.is_draining)
    app[FIGURES] = FiguresOfSites(store, fleet, clock)
    app[ATTENTION] = Attention(app[HOUSE])
    for endpoint in endpoints:
        app.router.add_route(endpoint.method, _any_name(endpoint.path), recorded(endpoint))
        if endpoint.method == "GET" and "text/event-stream" not in endpoint.media:
            app.router.add_route("HEAD", _any_name(endpoint.path), endpoint.handle)
    for method in ("PUT", "POST"):
        app.router.add_route(method, PATH, receive_upload)
    app.router.add_get("/ui/{path:.+}", _serve_asset)
    app.router.add_get("/{path:(?!api(?:/|$)).*}", _serve_page)
    app.on_response_prepare.append(security_headers)
    app.on_response_prepare.append(system.count_request)
    app.cleanup_ctx.append(_running)
    app.cleanup_ctx.append(attending)
    app.on_shutdown.append(_hang_up)
    return app


def all_endpoints() -> list[Endpoint]:
    """Every endpoint, in order."""
    return [endpoint for table in TABLES for endpoint in table.endpoints]


def forget(app: web.Application, notice: Notice) -> None:
    """The store said that something changed (``Store.listen``): forget what is cached of it. Cheap, never waits."""
    app[HOUSE].forget(notice)
    app[ATTENTION].poke()
    if notice.kind in ("charger", "charger_removed"):
        app[FIGURES].forget()


async def serve(app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None) -> Served:
    """Serve ``app``; port 0 picks a free one. Raises OSError when the address cannot be had."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S, lingering_time=LINGERING_S, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls, backlog=1024).start()
    except OSError:
        await runner.cleanup()
        raise
    bound = runner.addresses[0][1]
    return Served(host, bound, f"{'http' if tls is None else 'https'}://{written(host, bound)}", runner.cleanup)


def _any_name(path: str) -> str:
    """A path whose parts hold anything but a slash: those of aiohttp hold no braces, and a charger is called what it likes."""
    return re.sub(r"\{(\w+)\}", r"{\1:[^/]+}", path)


async def _running(app: web.Application) -> AsyncIterator[None]:
    house = app[HOUSE]
    house.stream.start(house.gate.still_holds)
    noting = asyncio.create_task(house.gate.keep_noting())
    yield
    noting.cancel()
    await app[batches.BATCHES].stop()
    await house.stream.stop()
    house.passwords.close()


async def _hang_up(app: web.Application) -> None:
    await app[HOUSE].stream.stop()


async def _serve_asset(request: web.Request) -> web.StreamResponse:
    """``/ui/<version>/<file>`` is kept for ever; ``/ui/<file>`` is asked for anew each time."""
    dashboard = request.app[HOUSE].dashboard
    version, _, name = request.match_info["path"].partition("/")
    if version == dashboard.version:
        cache = FOREVER
    else:
        cache, name = "no-cache", request.match_info["path"]
    asset = dashboard.assets.get(name)
    if asset is None:
        raise not_found(f"file {name[:80]!r}")
    # A shared worker runs under the policy of its own script.
    return asset.response(request, cache, {"Content-Security-Policy": page_policy()})


async def _serve_page(request: web.Request) -> web.StreamResponse:
    """The dashboard's page, whatever the path: its own router takes it from there."""
    dashboard = request.app[HOUSE].dashboard
    path = request.match_info["path"]
    asset = dashboard.assets.get(path)
    if asset is not None and "/" not in path:
        return asset.response(request, "no-cache")
    if path in ("favicon.ico", "robots.txt"):
        raise web.HTTPNotFound
    return dashboard.page.response(request, "no-cache", {"Content-Security-Policy": dashboard.policy})
