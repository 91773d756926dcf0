"""Facts as a charger would report them, for the tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from voltaro.domain.fact import Fact, MeterReported, SessionEndReported, SessionMetered, SessionStartReported, TransactionReported
from voltaro.domain.meter import Figures, Sample
from voltaro.domain.session import EndSession, EventKind, Session, StartSession, TransactionEvent
from voltaro.ports import Recorded, Store

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def start(charger_id: str = "CP1", at: datetime = NOON, **changes: Any) -> SessionStartReported:
    values: dict[str, Any] = {
        "charger_id": charger_id,
        "evse_id": 1,
        "connector_id": 1,
        "id_tag": "TAG1",
        "meter_start_wh": 1000,
        "at": at,
        "received_at": at,
        "protocol": "ocpp1.6",
    }
    authorization = changes.pop("authorization", "Accepted")
    return SessionStartReported(StartSession(**(values | changes)), authorization)


def stop(session: Session | None = None, at: datetime | None = None, meter_stop_wh: int = 5000, **changes: Any) -> SessionEndReported:
    at = at or after(3600)
    values: dict[str, Any] = {
        "charger_id": session.charger_id if session else "CP1",
        "transaction_id": session.transaction_id if session else "-1",
        "meter_stop_wh": meter_stop_wh,
        "at": at,
        "received_at": at,
        "protocol": "ocpp1.6",
    }
    return SessionEndReported(EndSession(**(values | changes)))


def reading(session: Session, seconds: float, register_wh: int, power_w: int | None = None) -> MeterReported:
    samples = [Sample(after(seconds), str(register_wh))]
    if power_w is not None:
        samples.append(Sample(after(seconds), str(power_w), "Power.Active.Import", "W"))
    return MeterReported(session.charger_id, session.evse_id or 0, session.id, session.transaction_id, after(seconds), tuple(samples))


def metered(session: Session, seconds: float, register_wh: int, **changes: Any) -> SessionMetered:
    base = session.base_wh or 0
    values: dict[str, Any] = {
        "session_id": session.id,
        "register_wh": register_wh,
        "base_wh": base,
        "carried_wh": 0,
        "energy_wh": register_wh - base,
        "power_w": 7000,
        "soc_percent": None,
        "at": after(seconds),
    }
    return SessionMetered(**(values | changes))


def event(seq_no: int, kind: EventKind = EventKind.UPDATED, register_wh: int | None = None, **changes: Any) -> TransactionReported:
    values: dict[str, Any] = {
        "charger_id": "CP2",
        "transaction_id": "tx-1",
        "seq_no": seq_no,
        "digest": f"digest-{seq_no}",
        "kind": kind,
        "at": after(seq_no),
        "received_at": after(seq_no),
        "trigger_reason": "MeterValuePeriodic",
        "protocol": "ocpp2.0.1",
        "figures": Figures(register_wh=register_wh),
    }
    authorization = changes.pop("authorization", None)
    return TransactionReported(TransactionEvent(**(values | changes)), authorization)


async def recorded(store: Store, fact: Fact) -> Recorded:
    """Write one fact and return its result."""
    (result,) = await store.write([fact])
    assert isinstance(result, Recorded), result
    return result


async def event_types(store: Store) -> list[str]:
    return [happened.type for happened in await store.events_after(0, limit=1000)]


def ids(sessions: Sequence[Session]) -> list[int]:
    return [session.id for session in sessions]
