"""Facts put into the store, as the charger actors would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from voltaro.domain.fact import EventHappened, ExchangeLogged, FrameKept, MeterReported, SessionEndReported, SessionStartReported
from voltaro.domain.meter import Sample
from voltaro.domain.session import EndSession, Session, StartSession
from voltaro.domain.site import Site
from voltaro.ports import NewCharger, Recorded, Store

LONG_AGO = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


async def charger(store: Store, *charger_ids: str) -> None:
    """Known, open chargers."""
    for charger_id in charger_ids:
        await store.add_charger(NewCharger(charger_id, security_profile=0), "test")


async def site(store: Store, *site_ids: str) -> None:
    """Sites of these ids."""
    for site_id in site_ids:
        await store.add_site(Site(site_id, site_id.title(), LONG_AGO), "test")


async def session(store: Store, charger_id: str = "CP1", *, at: datetime = LONG_AGO, id_tag: str = "TAG1", evse_id: int = 1) -> Session:
    """An open session."""
    start = StartSession(charger_id, evse_id, 1, id_tag, 1000, at, at, "ocpp1.6")
    [recorded] = await store.write([SessionStartReported(start, "Accepted")])
    assert isinstance(recorded, Recorded)
    return recorded.session


async def ended(store: Store, running: Session, *, meter_stop_wh: int = 6000) -> Session:
    """The same session, ended an hour after its start."""
    at = running.started_at + timedelta(hours=1)
    stop = EndSession(running.charger_id, running.transaction_id, meter_stop_wh, at, at, "ocpp1.6", reason="Local")
    [recorded] = await store.write([SessionEndReported(stop)])
    assert isinstance(recorded, Recorded)
    return recorded.session


async def measured(store: Store, running: Session, *values: str) -> None:
    """Register readings of a session, a minute apart."""
    for minute, value in enumerate(values):
        sample = Sample(running.started_at + timedelta(minutes=minute), value)
        await store.write([MeterReported(running.charger_id, 1, running.id, running.transaction_id, sample.at, (sample,))])


async def happened(store: Store, count: int = 1, type: str = "charger.anomaly", charger_id: str | None = "CP1") -> None:
    """Durable events."""
    await store.write([EventHappened(type, datetime.now(UTC), charger_id, {"n": number}) for number in range(count)])


async def exchange(store: Store, charger_id: str, action: str, request: str, answer: str | None) -> None:
    """A logged call."""
    now = datetime.now(UTC)
    await store.write([ExchangeLogged(charger_id, "in", "m1", action, request, answer, "result", now, now)])


async def kept(store: Store, charger_id: str, raw: bytes) -> None:
    """A frame put aside."""
    now = datetime.now(UTC)
    await store.write([FrameKept(charger_id, "invalid", "StopTransaction", "m1", raw, "/meterStop: is text", now, "ocpp1.6")])
