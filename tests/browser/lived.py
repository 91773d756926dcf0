"""A day in the life of a charger, put into the database behind a running server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from persistence.store import PostgresStore
from voltaro.domain.charger import ConnectorReport, ConnectorState
from voltaro.domain.fact import (
    ChargerConnected,
    ChargerDisconnected,
    ConnectorReported,
    EventHappened,
    Fact,
    SecurityEventReported,
    SessionEndReported,
    SessionStartReported,
)
from voltaro.domain.session import EndSession, StartSession
from voltaro.ports import NewCharger, Recorded

_STATES = (
    ("Available", 1300),
    ("Preparing", 620),
    ("Charging", 610),
    ("Finishing", 470),
    ("Available", 460),
    ("Faulted", 200),
    ("Available", 170),
)
"""Words of connector 1 and how many minutes ago they were said."""


async def lived(database_url: str, charger_id: str = "CP1") -> int:
    """Make the charger known, with a day behind it: a lost line, a session, a fault, a crash, oddities. The id of the session."""
    now = datetime.now(UTC)

    def ago(minutes: float) -> datetime:
        return now - timedelta(minutes=minutes)

    store = PostgresStore(database_url)
    try:
        await store.add_charger(NewCharger(charger_id, security_profile=0), "test")
        start = StartSession(charger_id, 1, 1, "BROWSERTAG", 1000, ago(610), ago(610), "ocpp1.6")
        [begun] = await store.write([SessionStartReported(start, "Accepted")])
        assert isinstance(begun, Recorded)
        stop = EndSession(charger_id, begun.session.transaction_id, 23_400, ago(470), ago(470), "ocpp1.6", reason="EVDisconnected")
        facts: list[Fact] = [
            ChargerConnected(charger_id, "ocpp1.6", "10.0.0.7", ago(1430)),
            SessionEndReported(stop),
            *(_reported(charger_id, 1, word, ago(minutes)) for word, minutes in _STATES),
            _reported(charger_id, 2, "Available", ago(1300)),
            ChargerDisconnected(charger_id, 1006, "the line broke", ago(330)),
            ChargerConnected(charger_id, "ocpp1.6", "10.0.0.7", ago(300)),
            EventHappened("actor.crashed", ago(120), charger_id, {"actor": f"charger/{charger_id}", "failure": "<b>boom</b>"}),
            EventHappened("charger.anomaly", ago(90), charger_id, {"code": "text_as_number"}),
            EventHappened("charger.configuration", ago(60), charger_id, {"charger_id": charger_id, "read": 41}),
            SecurityEventReported(charger_id, "TamperDetectionActivated", ago(80), ago(80), "<b>door</b>"),
            SecurityEventReported(charger_id, "SettingSystemTime", ago(1000), ago(1000), None),
        ]
        for fact in facts:
            await store.write([fact])
    finally:
        await store.close()
    return begun.session.id


def _reported(charger_id: str, connector_id: int, word: str, at: datetime) -> ConnectorReported:
    report = ConnectorReport(connector_id, 1, word, at, "NoError")
    if word == "Faulted":
        report = ConnectorReport(connector_id, 1, word, at, "GroundFailure", "<b>RCD</b> tripped", "acme", "E-17")
    return ConnectorReported(charger_id, report, ConnectorState(word.lower()), at)
