"""What every route has at hand: the ports, the settings and the gate, under one typed key of the application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from voltaro.domain.attention import Patience
from voltaro.domain.event import Flash
from voltaro.ports import CertificateAuthority, Clock, Condition, ConnectionAttempts, Fleet, Notice, Simulation, Store, WaitingRoom
from voltaro.ports.schema_book import SchemaBook
from web.auth import Gate
from web.dashboard import Dashboard
from web.doors import Door
from web.oidc import OidcSettings, Provider
from web.pace import Pace
from web.passwords import Passwords
from web.sse import LiveStream
from web.throttle import Throttle
from web.upload_folder import UploadFolder

NewPassword = Callable[[str | None], tuple[str, bytes, bytes]]
"""A given or made charger password -> (password, salt, hash). Raises ValueError for one that no charger could take."""

UI = Path(__file__).parent / "ui"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the web room is set up. ``admin_token_hash`` is the SHA-256 of ``VOLTARO_ADMIN_TOKEN``.

    ``fault_injection``, ``simulator`` and ``ocpp_url`` are only told to the dashboard (``GET /me``).
    ``has_tls`` and ``has_client_ca`` say whether chargers can connect by ``wss``, and with certificates.
    ``is_draining`` says whether the server is being stopped, and so is not ready any more.
    ``public_url`` is where chargers reach this server, ``upload_hours`` how long an upload place waits for its file.
    ``requests_per_minute`` may come from one principal, ``public_requests_per_minute`` from one address that nobody is signed in from;
    0 is no limit.
    ``password_login`` says whether people may sign in with a password, ``oidc`` where else.
    ``doors`` are where it listens for chargers.
    ``patience`` is how long something may last before it needs attention.
    ``trusted_proxies`` are addresses or networks whose ``X-Forwarded-For/-Proto/-Host`` are believed.
    """

    admin_token_hash: bytes | None = None
    trusted_proxies: tuple[str, ...] = ()
    streams_per_user: int = 16
    requests_per_minute: int = 6000
    public_requests_per_minute: int = 600
    login_hours: int = 12
    fault_injection: bool = False
    simulator: bool = False
    ocpp_url: str | None = None
    has_tls: bool = False
    has_client_ca: bool = False
    is_draining: Callable[[], bool] = lambda: False
    public_url: str | None = None
    upload_hours: int = 24
    password_login: bool = True
    oidc: OidcSettings | None = None
    doors: tuple[Door, ...] = ()
    patience: Patience = Patience()  # noqa: RUF009 - it is frozen
    ui: Path = field(default=UI)


Mask = Callable[[str], str]
"""The text of an OCPP frame -> the same without the secrets in it."""


@dataclass(frozen=True, slots=True)
class House:
    """The ports and services that routes use."""

    store: Store
    fleet: Fleet
    waiting_room: WaitingRoom
    stream: LiveStream
    clock: Clock
    settings: WebSettings
    new_password: NewPassword
    mask: Mask
    gate: Gate
    passwords: Passwords
    throttle: Throttle
    dashboard: Dashboard
    pace: Pace
    public_pace: Pace
    authority: CertificateAuthority | None = None
    uploads: UploadFolder | None = None
    simulation: Simulation | None = None
    condition: Condition | None = None
    oidc: Provider | None = None
    attempts: ConnectionAttempts | None = None
    schemas: SchemaBook | None = None
    """What may be said in OCPP; None where nobody speaks it."""

    def forget(self, notice: Notice) -> None:
        """Something has changed in the store: forget what is cached of it, tell who watches, look whether they still may."""
        if notice.kind == "events":
            self.stream.ring()
        elif notice.kind == "charger":
            self.stream.flash(Flash("charger.changed", {}, notice.key or None, key=f"changed/{notice.key}"))
        elif notice.kind == "charger_removed":
            self.stream.flash(Flash("charger.removed", {"ids": [notice.key]}))
        elif notice.kind in _OF_PEOPLE:
            name, read = _OF_PEOPLE[notice.kind]
            whose = {name: read(notice.key)} if notice.key else {}
            self.stream.flash(Flash(f"{notice.kind}.changed", whose, key=f"{notice.kind}_changed/{notice.key}"))
        if notice.kind in ("token", "user"):
            self.gate.forget(notice)
            self.stream.doubt()


_OF_PEOPLE: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "tag": ("id_tag", str),
    "driver": ("driver_id", int),
    "user": ("user_id", int),
}
"""Notices of which who watches the list is told: what the key is called in the event, and how it is read. A tag's is folded."""

HOUSE = web.AppKey("house", House)
BY = web.RequestKey("by", str)
"""Who a request comes from, for the log."""
UNCHANGED = web.RequestKey("unchanged", bool)
"""Set where a request that may change something has changed nothing, so that no audit tells of it."""
