"""What a server's figures are judged to mean, and how its settings are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voltaro.checks import GIB, Numbers, examine
from voltaro.condition import masked_address, settings_shown
from voltaro.config import Settings, UnknownChargers, load
from voltaro.ports import DatabaseState

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DATABASE = DatabaseState("18.4", "0017", 1, 5, 50, 1, 10, 0.5, 0.01, None, 1, 0, 0, 99.0, 0.0, ())
WELL = Numbers(DATABASE, None, 3, 2.0, 50 * GIB, 100 * GIB, 50, 65_536, [("a.pem", NOW + timedelta(days=90))], NOW, Settings())


def states(numbers: Numbers) -> dict[str, str]:
    return {check.check: check.state for check in examine(numbers)}


def test_a_server_that_is_well_has_nothing_to_do() -> None:
    found = examine(WELL)
    assert {check.state for check in found} == {"well"}
    assert not any(check.advice for check in found)


@pytest.mark.parametrize(
    ("numbers", "check", "state"),
    [
        (replace(WELL, database=None), "database", "ill"),
        (replace(WELL, away_s=12.0), "database", "ill"),
        (replace(WELL, database=replace(DATABASE, latency_ms=80.0)), "database", "warning"),
        (replace(WELL, database=replace(DATABASE, clock_apart_s=-3.0)), "clock", "warning"),
        (replace(WELL, database=replace(DATABASE, connections=45)), "connections", "warning"),
        (replace(WELL, database=replace(DATABASE, oldest_transaction_s=90.0)), "transactions", "warning"),
        (replace(WELL, queue=4000), "queue", "warning"),
        (replace(WELL, lag_p99_ms=150.0), "event_loop", "warning"),
        (replace(WELL, lag_p99_ms=1500.0), "event_loop", "ill"),
        (replace(WELL, disk_free=5 * GIB), "disk", "warning"),
        (replace(WELL, disk_free=1), "disk", "ill"),
        (replace(WELL, most_files=1024), "open_files", "warning"),
        (replace(WELL, open_files=65_000), "open_files", "ill"),
        (replace(WELL, certificates=[("a.pem", NOW + timedelta(days=20))]), "certificate", "warning"),
        (replace(WELL, certificates=[("a.pem", NOW - timedelta(days=1))]), "certificate", "ill"),
        (replace(WELL, settings=Settings(fault_injection=True)), "fault_injection", "warning"),
        (replace(WELL, settings=Settings(unknown_chargers=UnknownChargers.ACCEPT)), "unknown_chargers", "warning"),
        (replace(WELL, settings=Settings(host="0.0.0.0")), "tls", "warning"),
    ],
)
def test_what_is_not_well_comes_first_with_what_to_do(numbers: Numbers, check: str, state: str) -> None:
    assert states(numbers)[check] == state
    first = examine(numbers)[0]
    assert (first.check, first.state) == (check, state)
    assert first.advice


def test_a_password_in_an_address_is_not_shown() -> None:
    shown = masked_address("postgresql://volta:p%40ss@db:5432/voltaro?password=hush")
    assert shown == "postgresql://volta:***@db:5432/voltaro"
    assert masked_address("host=db password=hush") == "***"
    assert masked_address("postgresql:///voltaro?host=/run") == "postgresql:///voltaro"


@pytest.mark.parametrize("name", [name for name in Settings.__slots__ if "secret" in name or name in ("admin_token", "database_url")])
def test_no_setting_that_is_a_secret_is_shown(name: str) -> None:
    planted = "planted-secret-of-more-than-32-characters"
    shown = list(settings_shown(replace(Settings(), **{name: planted})))  # type: ignore[arg-type]
    assert not any(planted in str(setting) for setting in shown)


def test_settings_are_shown_with_their_origin_and_without_secrets(tmp_path: Path) -> None:
    file = tmp_path / "voltaro.toml"
    file.write_text("heartbeat_s = 60\n")
    token = "a-token-of-more-than-32-characters!"
    settings = load({"http_port": "0"}, {"VOLTARO_ADMIN_TOKEN": token, "VOLTARO_DATABASE_URL": "postgresql://v:hush@h/d"}, file)
    shown = {setting.name: (setting.value, setting.origin) for setting in settings_shown(replace(settings, simulator=True))}
    assert shown["http_port"] == ("0", "flag --http-port")
    assert shown["heartbeat_s"] == ("60", f"file {file}")
    assert shown["admin_token"] == ("***", "environment VOLTARO_ADMIN_TOKEN")
    assert shown["database_url"] == ("postgresql://v:***@h/d", "environment VOLTARO_DATABASE_URL")
    assert shown["simulator"] == ("on", "command")
    assert shown["password_login"] == ("on", "default")
    assert shown["ocpp_port"] == ("9000", "default")
