"""The server itself: versions, database, event loop, rates, health with what to do, settings in effect; and a bundle for whoever helps."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from voltaro.metrics import exposition
from voltaro.ports import ActorNode, Condition, DatabaseState, ProcessState, StoreUnavailable
from web.house import HOUSE, House
from web.problem import not_found
from web.route import Ask, Routes

routes = Routes("system")

PATIENCE_S = 5.0
_KIND_OF_ERROR = re.compile(r"[A-Za-z_][\w.]*")


class TableView(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its indexes and partitions; ``rows`` is an estimate."""

    name: str
    rows: int
    bytes: int


class DatabaseView(msgspec.Struct, frozen=True, kw_only=True):
    """PostgreSQL. ``latency_ms`` is a round trip; ``clock_apart_s`` how far its clock is ahead of ours."""

    version: str
    revision: str | None
    bytes: int
    connections: int
    max_connections: int
    pool_in_use: int
    pool_size: int
    latency_ms: float
    clock_apart_s: float
    started_at: datetime | None
    commits: int
    rollbacks: int
    deadlocks: int
    cache_hit_percent: float | None
    oldest_transaction_s: float
    tables: list[TableView]


class MomentView(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of five seconds. Rates are a second's: calls of chargers, commands to them, HTTP requests, facts written."""

    at: datetime
    calls: float
    commands: float
    requests: float
    facts: float
    queue: int
    lag_ms: float
    commit_ms: float | None
    memory_bytes: int


class SettingView(msgspec.Struct, frozen=True, kw_only=True):
    """A setting in effect. ``origin``: default, flag, environment, file, or command. Secrets are masked."""

    name: str
    value: str | None
    origin: str
    help: str


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: well, warning or ill; ``advice`` is what to do."""

    check: str
    state: str
    seen: str
    advice: str


class CertificateFileView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that chargers see."""

    file: str
    subject: str
    key: str
    not_after: datetime


class SystemView(msgspec.Struct, frozen=True, kw_only=True):
    """The server. ``database`` is null while it does not answer. ``settings`` and paths are for administrators alone."""

    at: datetime
    started_at: datetime
    versions: dict[str, str]
    memory_bytes: int
    open_files: int
    most_files: int
    threads: int
    tasks: int
    collections: list[int]
    lag_p50_ms: float
    lag_p99_ms: float
    queue: int
    database_away_s: float | None
    last_database_error: str | None
    last_database_error_at: datetime | None
    lines: int
    stream_readers: int
    actors: int
    disk_free_bytes: int
    disk_total_bytes: int
    data_dir: str | None
    certificates: list[CertificateFileView]
    history: list[MomentView]
    checks: list[CheckView]
    settings: list[SettingView]
    database: DatabaseView | None


@routes.get("/system", "Show how the server stands.", scope=Scope.CHARGERS_READ, response=SystemView)
async def show_system(ask: Ask[None, None]) -> SystemView:
    database, state = await _looked(ask.house)
    return _view(ask.house, database, state, everything=ask.who.may(Scope.ADMIN))


@routes.get(
    "/system/bundle",
    "A ZIP with what somebody needs who is to help: figures, health, settings, actors, log. No tags, no secrets, no payloads.",
    scope=Scope.ADMIN,
    media=("application/zip",),
)
async def support_bundle(ask: Ask[None, None]) -> web.Response:
    database, state = await _looked(ask.house)
    view = _view(ask.house, database, state, everything=True)
    tree = redacted(await ask.house.fleet.tree())
    body = await asyncio.to_thread(_zipped, view, state.log, tree)
    await ask.house.store.record_audit(ask.by, "system.bundle", "", {})
    name = f"voltaro-support-{view.at:%Y%m%d-%H%M%S}.zip"
    return web.Response(body=body, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def count_request(request: web.Request, _: web.StreamResponse) -> None:
    """On every answer (``on_response_prepare``)."""
    condition = request.app[HOUSE].condition
    if condition is not None:
        condition.count_request()


def redacted(node: ActorNode) -> ActorNode:
    """The tree with only the kind of each last failure: its words may quote what a charger said."""
    failure = node.last_failure
    if failure is not None:
        kind = _KIND_OF_ERROR.match(failure)
        failure = kind.group() if kind is not None else "an error"
    return replace(node, last_failure=failure, children=tuple(redacted(child) for child in node.children))


async def _looked(house: House) -> tuple[DatabaseState | None, ProcessState]:
    database = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            database = await house.store.database_state()
    except (StoreUnavailable, TimeoutError):
        pass  # what is known of the rest is shown all the same, and that the database is away
    return database, await _condition(house).state(database)


def _condition(house: House) -> Condition:
    if house.condition is None:
        raise not_found("look at this server")
    return house.condition


def _view(house: House, database: DatabaseState | None, state: ProcessState, *, everything: bool) -> SystemView:
    values = {name: getattr(state, name) for name in ProcessState.__slots__ if name != "log"}
    versions = dict(state.versions)
    if database is not None:
        versions |= {"postgresql": database.version, "schema": database.revision or "none"}
    values |= {"at": house.clock.now(), "database": database, "versions": versions}
    if not everything:
        values |= {"settings": [], "data_dir": None, "certificates": [{**one, "file": ""} for one in state.certificates]}
        values["checks"] = [replace(check, seen="") if check.check in ("certificate", "tls") else check for check in state.checks]
    return msgspec.convert(values, SystemView, from_attributes=True)


def _zipped(view: SystemView, log: Any, tree: ActorNode) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        parts: Mapping[str, object] = {
            "system.json": view,
            "checks.json": view.checks,
            "settings.json": view.settings,
            "actors.json": tree,
        }
        bundle.writestr("README.txt", _ABOUT)
        for name, part in parts.items():
            bundle.writestr(name, msgspec.json.format(msgspec.json.encode(part), indent=1))
        bundle.writestr("log.ndjson", b"".join(msgspec.json.encode(line) + b"\n" for line in log))
        bundle.writestr("metrics.txt", exposition())
    return packed.getvalue()


_ABOUT = """A support bundle of Voltaro.

system.json    versions, database, event loop, rates of the last ten minutes
checks.json    health, with what to do
settings.json  the settings in effect and where they come from; secrets are masked
actors.json    the supervision tree; of failures only their kind
log.ndjson     the newest log lines: their keys and figures, without reasons, stacks and payloads
metrics.txt    the figures in Prometheus text

It names chargers by their identities. It holds no tags, no passwords, no tokens and no OCPP messages.
"""
