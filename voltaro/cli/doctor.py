"""``voltaro doctor``: checks what a server needs, and says what to do."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import click

from voltaro import checks
from voltaro.app import SystemClock
from voltaro.cli.common import OF_THE_SERVER, as_json, loop_factory, print_json, with_settings
from voltaro.cli.doctor_tls import examine
from voltaro.config import BadSetting, Settings
from voltaro.ports import Check
from voltaro.storage import opened_store
from voltaro.web_settings import oidc_settings
from web.oidc import MissingExtra, OidcFailed, Provider


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: whether it is well, what was seen, and what to do when it is not."""

    check: str
    well: bool
    seen: str
    advice: str = ""

    @classmethod
    def of(cls, judged: Check, seen: str) -> Finding:
        """What the system page of a running server says of the same thing."""
        return cls(judged.check.replace("_", " "), judged.state == "well", seen, judged.advice)


@click.command()
@as_json
@with_settings(OF_THE_SERVER)
def command(settings: Settings, as_json: bool) -> None:
    """Check what a server needs, and say what to do."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        findings = runner.run(_examine(settings))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = click.style("well", fg="green") if finding.well else click.style("ill ", fg="red")
            click.echo(f"{mark}  {finding.check:<14} {finding.seen}")
            if finding.advice and not finding.well:
                click.echo(f"                      -> {finding.advice}")
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


async def _examine(settings: Settings) -> list[Finding]:
    looks: list[Callable[[Settings], Awaitable[list[Finding]]]] = [_ports, _tls, _files, _folder, _oidc, _database]
    return [finding for look in looks for finding in await look(settings)]


async def _ports(settings: Settings) -> list[Finding]:
    found = []
    ports = [("http port", "http-port", settings.http_port), ("ocpp port", "ocpp-port", settings.ocpp_port)]
    if settings.ocpps_port is not None:
        ports.append(("ocpps port", "ocpps-port", settings.ocpps_port))
    for check, flag, port in ports:
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
                found.append(Finding(check, True, f"{settings.host}:{port} is free"))
            except OSError as error:
                advice = f"stop what listens there (it may be a running voltaro), or give another --{flag}"
                found.append(Finding(check, False, f"{settings.host}:{port}: {error.strerror}", advice))
    return found


async def _tls(settings: Settings) -> list[Finding]:
    return [Finding(check, not advice, seen, advice) for check, seen, advice in examine(settings)]


async def _files(_: Settings) -> list[Finding]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return [Finding.of(checks.files(0, hard), f"{soft} now, {hard} at most")]


async def _folder(settings: Settings) -> list[Finding]:
    folder = settings.data_dir.absolute()
    nearest = checks.nearest_folder(folder)
    writable = os.access(nearest, os.W_OK)
    return [Finding("data folder", writable, str(folder), f"{nearest} cannot be written to: give another --data-dir")]


async def _oidc(settings: Settings) -> list[Finding]:
    if settings.oidc_issuer is None:
        return []
    try:
        wanted = oidc_settings(settings)
        assert wanted is not None
        await Provider(wanted, SystemClock()).begin("http://localhost/login/oidc/callback")
    except (MissingExtra, BadSetting) as error:
        return [Finding("openid connect", False, "cannot be used", str(error))]
    except OidcFailed as error:
        return [Finding("openid connect", False, str(error), "is --oidc-issuer right, and can this machine reach it?")]
    return [Finding("openid connect", True, f"{settings.oidc_issuer} answers")]


async def _database(settings: Settings) -> list[Finding]:
    name = "embedded PostgreSQL" if settings.database_url is None else "PostgreSQL"
    try:
        async with opened_store(settings) as store:
            there = await store.time()
    except Exception as error:  # noqa: BLE001 - a doctor reports whatever is wrong
        advice = "look at --database-url; with none, the extra 'demo' brings an embedded one"
        return [Finding("database", False, f"{name}: {error}", advice)]
    judged = checks.clock((datetime.now(UTC) - there).total_seconds())
    return [
        Finding("database", True, f"{name} answers, its schema is that of this release"),
        Finding.of(judged, f"{judged.seen} from the database's"),
    ]
