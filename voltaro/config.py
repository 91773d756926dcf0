"""Settings: defaults, then the TOML file, then the environment, then flags; an error names where the value came from."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any


class BadSetting(Exception):
    """A setting cannot be used. The message names the setting, where it came from and what it may be."""


class UnknownChargers(StrEnum):
    """What becomes of a charger nobody has heard of."""

    REJECT = "reject"
    PENDING = "pending"
    ACCEPT = "accept"


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


class TlsPreset(StrEnum):
    """Which TLS the chargers' door speaks: all that OCPP names (with static RSA, so no forward secrecy there), or ECDHE alone."""

    CONFORMANCE = "conformance"
    MODERN = "modern"


class AuthoriserFailure(StrEnum):
    """What an external authoriser that does not answer means for a tag that is unknown here."""

    REJECT = "reject"
    ACCEPT = "accept"


class BenchStore(StrEnum):
    """For benchmarks only: facts are written in batches as ever, each in a transaction of its own, or (but for sessions) not at all."""

    BATCHES = "batches"
    SINGLY = "singly"
    NOTHING = "nothing"


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text")
    return value


def _path(value: object) -> Path:
    return Path(_text(str(value)))


def _paths(value: object) -> tuple[Path, ...]:
    """A list in TOML, a flag given several times, or one text with the parts divided as in PATH."""
    parts = value if isinstance(value, (list, tuple)) else str(value).split(os.pathsep)
    paths = tuple(_path(part) for part in parts if part)
    if not paths:
        raise ValueError(f"one file or several, divided by {os.pathsep!r} in the environment, a list in TOML")
    return paths


def _port(value: object) -> int:
    return int(_number(value, 0, 65_535, "a port from 0 to 65535; 0 picks a free one", whole=True))


def _whole(value: object) -> int:
    return int(_number(value, 1, 2**31 - 1, "a whole number from 1", whole=True))


def _limit(value: object) -> int:
    return int(_number(value, 0, 2**31 - 1, "a whole number from 0; 0 is no limit", whole=True))


def _hours(value: object) -> int:
    return int(_number(value, 1, 24 * 366, "a whole number of hours from 1 to 8784, a year", whole=True))


def _seconds(value: object) -> float:
    return _number(value, 0.001, 86_400 * 366, "a number of seconds above 0")


def _number(value: object, least: float, most: float, wanted: str, *, whole: bool = False) -> float:
    try:
        number: float = int(str(value)) if whole else float(str(value))
    except ValueError:
        raise ValueError(wanted) from None
    if not least <= number <= most:
        raise ValueError(wanted)
    return number


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off", ""):
        return False
    raise ValueError("1 or 0")


def _secret(value: object) -> str:
    text = _text(value)
    if len(text) < 32:
        raise ValueError("at least 32 characters")
    return text


def _address(value: object) -> str:
    text = _text(value)
    if not text.startswith(("http://", "https://")) or len(text) > 400:
        raise ValueError("an address that begins with http:// or https://")
    return text


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    """``their-group=admin``: a flag given several times, one text divided by commas, or a table in TOML."""
    if isinstance(value, dict):
        pairs = [(str(key), str(role)) for key, role in value.items()]
    else:
        words = value if isinstance(value, (list, tuple)) else [value]
        parts = [part.strip() for word in words for part in str(word).split(",") if part.strip()]
        pairs = [(key.strip(), role.strip()) for key, _, role in (part.rpartition("=") for part in parts)]
    if not pairs or any(not key or role not in ("admin", "operator", "viewer") for key, role in pairs):
        raise ValueError("pairs like their-group=admin, where the role is admin, operator or viewer")
    return tuple(pairs)


def _setting(default: Any, read: Callable[[Any], Any], help: str) -> Any:
    return field(default=default, metadata={"read": read, "help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a server. The names are those of flags, of ``VOLTARO_*`` and of TOML keys."""

    data_dir: Path = _setting(Path("voltaro-data"), lambda value: Path(_text(str(value))), "where the embedded database and secrets lie")
    database_url: str | None = _setting(None, _text, "a PostgreSQL 14+ to use instead of the embedded one")
    host: str = _setting("127.0.0.1", _text, "the address to listen on; 0.0.0.0 for chargers on the network")
    http_port: int = _setting(8080, _port, "the port of API and dashboard")
    ocpp_port: int = _setting(9000, _port, "the port of chargers")
    ocpps_port: int | None = _setting(None, _port, "the port of chargers with TLS (wss); without it there is none")
    tls_cert: tuple[Path, ...] = _setting((), _paths, "a certificate with its chain (PEM) for that port; once more for a second pair")
    tls_key: tuple[Path, ...] = _setting((), _paths, "the key of each certificate (PEM), in the same order")
    tls_client_ca: Path | None = _setting(None, _path, "the CAs of chargers' certificates (PEM), for security profile 3")
    tls_preset: TlsPreset = _setting(TlsPreset.CONFORMANCE, TlsPreset, "conformance (all suites OCPP names) or modern (ECDHE alone)")
    profile_upgrade_s: float = _setting(3600.0, _seconds, "how long a charger may take to come with a higher security profile, in seconds")
    unknown_chargers: UnknownChargers = _setting(UnknownChargers.PENDING, UnknownChargers, "what becomes of unknown chargers")
    fault_injection: bool = _setting(False, _switch, "whether faults may be provoked through the API")
    simulator: bool = _setting(False, _switch, "whether virtual chargers may be added through API and dashboard")
    admin_token: str | None = _setting(None, _secret, "an API token with all scopes, for automation and first set-up")
    log_format: LogFormat = _setting(LogFormat.TEXT, LogFormat, "how log lines are written")
    log_level: str = _setting("info", _text, "debug, info, warning or error")
    frame_log: bool = _setting(True, _switch, "whether OCPP messages are kept for the message log")
    keep_messages_days: int = _setting(30, _whole, "how many days the message log goes back")
    keep_messages_mb: int | None = _setting(
        None, _whole, "how large the message log may be, in MB; its oldest days go first, and the newest two stay"
    )
    keep_events_days: int = _setting(365, _whole, "how many days the events of the live stream go back")
    keep_figures_days: int = _setting(400, _whole, "how many days the figures of power and energy over time go back")
    trusted_proxy: str | None = _setting(None, _text, "the address of a proxy whose X-Forwarded headers are believed")
    requests_per_minute: int = _setting(6000, _limit, "how many API requests a minute one user or token may make; 0 is no limit")
    public_requests_per_minute: int = _setting(600, _limit, "how many requests a minute one address may make unsigned; 0 is no limit")
    public_url: str | None = _setting(None, _address, "the HTTP address under which chargers reach this server, for uploads")
    upload_limit_mb: int = _setting(100, _whole, "how large a file is that a charger may upload, in MiB")
    upload_quota_mb: int = _setting(2048, _whole, "how much all uploads together may take, in MiB")
    upload_hours: int = _setting(24, _whole, "how many hours a charger has to upload what it was asked for")
    keep_uploads_days: int = _setting(30, _whole, "how many days uploaded files are kept")
    cpo_name: str | None = _setting(None, _text, "the organization that chargers' certificates must name; without it any")
    memory_limit_mb: int | None = _setting(
        None, _whole, "the memory above which no new charger is let in; without it 70 % of the container's"
    )
    migrate: bool = _setting(True, _switch, "whether serve upgrades an older database schema by itself")
    heartbeat_s: int = _setting(300, _whole, "the heartbeat interval asked of chargers, in seconds")
    offline_grace_s: float = _setting(900.0, _seconds, "how long an offline charger's actor lives on, in seconds")
    settle_s: float = _setting(5.0, _seconds, "how long after a charger connects it is first asked anything, in seconds")
    lost_s: float = _setting(60.0, _seconds, "how long after a boot the stop of a session is awaited whose connector is free, in seconds")
    effect_s: float = _setting(180.0, _seconds, "how long an accepted command may take to show its effect, in seconds")
    attention_offline_s: float = _setting(900.0, _seconds, "how long a charger is offline before it needs attention, in seconds")
    attention_not_started_s: float = _setting(300.0, _seconds, "how long a car is plugged in without charging before that, in seconds")
    attention_stalled_s: float = _setting(900.0, _seconds, "how long a session charges without more energy before that, in seconds")
    attention_suspended_s: float = _setting(7200.0, _seconds, "how long charging is paused before that, in seconds")
    database_grace_s: float = _setting(10.0, _seconds, "how long messages wait for a database that is away, in seconds")
    authoriser_url: str | None = _setting(None, _text, "an HTTP service asked about tags that are unknown here")
    authoriser_timeout_s: float = _setting(5.0, _seconds, "how long that service may take, in seconds")
    authoriser_failure: AuthoriserFailure = _setting(AuthoriserFailure.REJECT, AuthoriserFailure, "what its silence means")
    oidc_issuer: str | None = _setting(None, _address, "the issuer of OpenID Connect by which people sign in; without it they do not")
    oidc_client_id: str | None = _setting(None, _text, "what that issuer calls this server")
    oidc_client_secret: str | None = _setting(None, _text, "the secret that goes with it; without one the client is public")
    oidc_role_claim: str = _setting("groups", _text, "the claim of the ID token that says what somebody may; realm_access.roles is a path")
    oidc_role_map: tuple[tuple[str, str], ...] = _setting(
        (), _pairs, "which of its values is which role, like ops=operator; may be repeated"
    )
    oidc_scopes: str = _setting("openid profile email", _text, "what is asked of the issuer")
    oidc_label: str = _setting("Single sign-on", _text, "what the button on the sign-in page says")
    login_hours: int = _setting(12, _hours, "how many hours a sign-in to the dashboard holds")
    password_login: bool = _setting(True, _switch, "whether people may sign in with a password")
    bench_store: BenchStore = _setting(BenchStore.BATCHES, BenchStore, "for benchmarks only: how facts are written")
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Where the settings come from that are not as they come, by name: flag, environment or file."""

    def __post_init__(self) -> None:
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise BadSetting(f"log_level is {self.log_level!r}; use debug, info, warning or error")
        if self.oidc_issuer is None:
            if self.oidc_client_id is not None or self.oidc_role_map:
                raise BadSetting("OpenID Connect needs oidc_issuer too")
            if not self.password_login:
                raise BadSetting("without password_login nobody could sign in: give oidc_issuer, oidc_client_id and oidc_role_map")
        elif self.oidc_client_id is None or not self.oidc_role_map:
            raise BadSetting("oidc_issuer needs oidc_client_id, and oidc_role_map to say who may do what")


def load(flags: Mapping[str, object], environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Settings from flags (None: not given), ``VOLTARO_*`` and a TOML file. Raises BadSetting."""
    if file is None and environment.get("VOLTARO_CONFIG"):
        file = Path(environment["VOLTARO_CONFIG"])
    written = {} if file is None else _read_file(file)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in settings_there_are():
        name, read = setting.name, setting.metadata["read"]
        variable = f"VOLTARO_{name.upper()}"
        if flags.get(name) not in (None, ()):
            values[name] = _read(name, flags[name], read, f"the flag --{name.replace('_', '-')}")
            origins[name] = f"flag --{name.replace('_', '-')}"
        elif environment.get(variable):
            values[name] = _read(name, environment[variable], read, f"the environment variable {variable}")
            origins[name] = f"environment {variable}"
        elif name in written:
            values[name] = _read(name, written[name], read, f"{name} in {file}")
            origins[name] = f"file {file}"
    return Settings(**values, origins=origins)


def settings_there_are() -> list[Field[Any]]:
    """Every setting, in order."""
    return [setting for setting in fields(Settings) if "read" in setting.metadata]


def default_of(name: str) -> Any:
    """The default of a setting."""
    for setting in settings_there_are():
        if setting.name == name:
            return None if setting.default is MISSING else setting.default
    raise KeyError(name)


def help_of(name: str) -> str:
    """What a setting is for, in one line."""
    return next(str(setting.metadata["help"]) for setting in settings_there_are() if setting.name == name)


def _read(name: str, value: object, read: Callable[[Any], Any], origin: str) -> Any:
    try:
        return read(value)
    except ValueError as error:
        shown = "(not shown)" if name in _SECRET else repr(value)
        choices = f"one of {', '.join(read)}" if isinstance(read, type) and issubclass(read, StrEnum) else str(error)
        raise BadSetting(f"{origin} is {shown}; it must be {choices}") from error


_SECRET = frozenset({"admin_token", "oidc_client_secret"})


def _read_file(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            written = tomllib.load(opened)
    except OSError as error:
        raise BadSetting(f"the settings file {file} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"the settings file {file} is not TOML: {error}") from error
    unknown = sorted(set(written) - {setting.name for setting in settings_there_are()})
    if unknown:
        raise BadSetting(f"the settings file {file} has unknown keys: {', '.join(unknown)}")
    return written
