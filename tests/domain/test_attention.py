"""What needs attention, by a clock moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from voltaro.domain.attention import (
    KIND_RANK,
    SEVERITIES,
    Alarm,
    Expiring,
    Heap,
    Item,
    Kind,
    OpenSession,
    Patience,
    Severity,
    Troubles,
    Watch,
)
from voltaro.domain.charger import ClockOffset, Connection, Connector, ConnectorState
from voltaro.domain.session import Session, SessionState

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Standing:
    """How a charger stands."""

    connectors: tuple[Connector, ...] = ()
    sessions: Mapping[int, Session] = field(default_factory=dict)
    connection: Connection = Connection.ONLINE
    restless: bool = False
    clock: ClockOffset | None = None


@dataclass(frozen=True)
class Knocker:
    """A stranger."""

    charger_id: str = "CP9"
    protocol: str = "ocpp1.6"
    remote: str = "192.0.2.7:4000"
    since: datetime = NOON


class Desk:
    """A watch with its clock and the fleet it looks at."""

    def __init__(self) -> None:
        self.watch = Watch(Patience())
        self.now = NOON
        self.board: dict[str, Standing] = {}
        self.troubles = Troubles()
        self.strangers: list[Knocker] = []
        self.resting: dict[str, tuple[int, datetime | None]] = {}

    def after(self, minutes: float = 0) -> list[Item]:
        self.now += timedelta(minutes=minutes)
        items = [item for name, live in self.board.items() for item in self.watch.charger(name, live, self.now)]
        return items + list(self.watch.rest(self.troubles, self.board, self.strangers, self.resting, self.now))

    def kinds(self, minutes: float = 0) -> list[Kind]:
        return [item.kind for item in self.after(minutes)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def connector(state: ConnectorState, status: str | None = None, *, at: datetime = NOON, error_code: str | None = "NoError") -> Connector:
    return Connector(1, 1, status or state.value, state, error_code, at)


def running(**changes: object) -> Session:
    session = Session(7, "CP1", 1, 1, "1", "ocpp1.6", SessionState.ACTIVE, NOON, NOON)
    return replace(session, **changes)  # type: ignore[arg-type]


def charging(**changes: object) -> Standing:
    return Standing((connector(ConnectorState.CHARGING),), {1: running(**changes)})


def test_a_well_fleet_needs_nobody(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.AVAILABLE), connector(ConnectorState.RESERVED)))
    assert desk.kinds(600) == []


def test_a_faulted_connector_is_critical_at_once_and_says_its_error(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.FAULTED, error_code="GroundFailure", at=NOON - MINUTE),))
    [item] = desk.after()
    assert (item.kind, item.severity, item.since, item.evse_id) == (Kind.FAULTED, Severity.CRITICAL, NOON - MINUTE, 1)
    assert item.params["error_code"] == "GroundFailure"


def test_a_car_that_is_plugged_in_and_does_not_start_is_told_after_five_minutes(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.PREPARING),))
    assert desk.kinds(4.9) == []
    assert desk.kinds(0.2) == [Kind.NOT_STARTED]
    desk.board["CP1"] = charging(energy_wh=100)
    assert desk.kinds() == []


def test_an_item_keeps_its_id_from_round_to_round(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.PREPARING),))
    [first] = desk.after(6)
    [second] = desk.after(1)
    assert first == second
    assert [item.id for item in Desk().after()] == []


def test_a_session_without_progress_is_told_after_fifteen_minutes_of_standing_still(desk: Desk) -> None:
    desk.board["CP1"] = charging(energy_wh=100, power_w=7000)
    assert desk.kinds(10) == []
    desk.board["CP1"] = charging(energy_wh=200, power_w=7000)
    assert desk.kinds(5) == []
    assert desk.kinds(14.9) == []
    [item] = desk.after(0.2)
    assert (item.kind, item.session_id, item.params["energy_wh"]) == (Kind.NO_PROGRESS, 7, 200)
    desk.board["CP1"] = charging(energy_wh=201, power_w=7000)
    assert desk.kinds(1) == []


def test_a_session_that_is_paused_makes_no_progress_and_that_is_well(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.SUSPENDED_EV),), {1: running(energy_wh=100)})
    assert desk.kinds(119) == []
    [item] = desk.after(2)
    assert (item.kind, item.params) == (Kind.SUSPENDED, {"by": "car"})


def test_a_session_without_meter_values_is_told_after_ten_minutes(desk: Desk) -> None:
    desk.board["CP1"] = charging()
    assert desk.kinds(9.9) == []
    assert desk.kinds(0.2) == [Kind.NO_METER_VALUES]


def test_a_pause_of_2x_counts_from_when_it_was_seen_not_from_when_the_car_came(desk: Desk) -> None:
    occupied = connector(ConnectorState.CHARGING, "Occupied", at=NOON - timedelta(hours=5))
    desk.board["CP1"] = Standing((occupied,), {1: running(energy_wh=1)})
    desk.after()
    desk.board["CP1"] = Standing((occupied._replace(state=ConnectorState.SUSPENDED_EVSE),), {1: running(energy_wh=1)})
    assert desk.kinds(1) == []
    assert desk.kinds(119) == []
    assert desk.kinds(2) == [Kind.SUSPENDED]


def test_a_pause_of_2x_that_is_there_at_the_first_look_counts_from_then(desk: Desk) -> None:
    paused = connector(ConnectorState.SUSPENDED_EV, "Occupied", at=NOON - timedelta(hours=5))
    desk.board["CP1"] = Standing((paused,), {1: running()})
    assert desk.kinds(1) == []
    assert desk.kinds(121) == [Kind.SUSPENDED]


def test_a_charger_whose_clock_is_off_is_told_and_its_times_are_not_believed(desk: Desk) -> None:
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    desk.board["CP1"] = Standing((connector(ConnectorState.PREPARING, at=long_ago),), clock=ClockOffset(1e9, NOON))
    assert desk.kinds(1) == [Kind.CLOCK_OFF]
    assert desk.kinds(6) == [Kind.CLOCK_OFF, Kind.NOT_STARTED]


def test_a_time_to_come_counts_from_now(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.PREPARING, at=NOON + timedelta(hours=9)),))
    assert desk.kinds(1) == []
    assert desk.kinds(6) == [Kind.NOT_STARTED]


def test_a_charger_that_was_not_seen_for_long_is_offline_unless_it_is_here(desk: Desk) -> None:
    desk.troubles = Troubles(
        unseen=[("CP1", NOON - 15 * MINUTE, NOON), ("CP2", NOON - 14 * MINUTE, NOON), ("CP3", NOON - 99 * MINUTE, NOON)]
    )
    desk.board["CP3"] = Standing()
    [item] = desk.after()
    assert (item.kind, item.charger_id, item.since) == (Kind.OFFLINE, "CP1", NOON - 15 * MINUTE)


def test_an_offline_charger_with_an_open_session_is_critical_and_told_once(desk: Desk) -> None:
    sessions = [OpenSession(7, "CP1", 1, NOON), OpenSession(8, "CP1", 2, NOON), OpenSession(9, "CP2", 1, NOON)]
    desk.troubles = Troubles(unseen=[("CP1", NOON - 60 * MINUTE, NOON)], open_sessions=sessions)
    [item] = desk.after()
    assert (item.kind, item.severity, item.params) == (Kind.OFFLINE_IN_SESSION, Severity.CRITICAL, {"count": 2, "session_id": 7})


def test_a_charger_that_never_came_is_a_notice(desk: Desk) -> None:
    desk.troubles = Troubles(unseen=[("CP1", None, NOON - timedelta(days=2))])
    [item] = desk.after()
    assert (item.kind, item.severity) == (Kind.NEVER_CONNECTED, Severity.NOTICE)


def test_strangers_actors_sessions_frames_certificates_and_alarms_are_told(desk: Desk) -> None:
    desk.strangers = [Knocker()]
    desk.resting = {"charger/CP1": (4, NOON), "registry": (9, None)}
    desk.board["CP2"] = Standing(restless=True)
    desk.troubles = Troubles(
        unresolved=Heap(3, NOON),
        dead_letters=Heap(1, NOON),
        expiring=[Expiring("CP4", "CP4", NOON + timedelta(days=9))],
        alarms=[Alarm("CP5", "TamperDetectionActivated", 2, NOON)],
    )
    found = {item.kind: item for item in desk.after()}
    assert found.keys() == {
        Kind.UNKNOWN_CHARGER, Kind.QUARANTINED, Kind.RESTLESS, Kind.UNRESOLVED_SESSIONS, Kind.DEAD_LETTERS, Kind.CERTIFICATE_EXPIRES,
        Kind.SECURITY_EVENT,
    }  # fmt: skip
    assert found[Kind.UNRESOLVED_SESSIONS].params == {"count": 3}
    assert found[Kind.CERTIFICATE_EXPIRES].params["not_after"] == "2026-06-10T12:00:00Z"
    assert found[Kind.SECURITY_EVENT].params == {"type": "TamperDetectionActivated", "count": 2}


def test_actors_of_chargers_and_others_are_told_apart(desk: Desk) -> None:
    desk.resting = {"charger/CP1": (4, NOON), "registry": (9, None)}
    assert [(item.charger_id, item.params["actor"]) for item in desk.after()] == [("CP1", "charger/CP1"), (None, "registry")]


def test_worst_comes_first_and_in_it_the_oldest(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.FAULTED, at=NOON),))
    desk.board["CP2"] = Standing((connector(ConnectorState.FAULTED, at=NOON - MINUTE),), clock=ClockOffset(500.0, NOON))
    desk.board["CP3"] = Standing((connector(ConnectorState.FAULTED, at=NOON - MINUTE),))
    worst = min(desk.after(), key=lambda item: item.order)
    assert (worst.kind, worst.charger_id) == (Kind.FAULTED, "CP3")


def test_no_kind_is_milder_than_one_after_it() -> None:
    ranks = [list(Severity).index(SEVERITIES[kind]) for kind in sorted(KIND_RANK, key=KIND_RANK.__getitem__)]
    assert ranks == sorted(ranks)
    assert SEVERITIES.keys() == set(Kind)


def test_what_is_no_more_is_forgotten(desk: Desk) -> None:
    desk.board["CP1"] = Standing((connector(ConnectorState.PREPARING, at=NOON - 9 * MINUTE),))
    assert desk.kinds() == [Kind.NOT_STARTED]
    del desk.board["CP1"]
    assert desk.kinds(1) == []
    desk.board["CP1"] = Standing((connector(ConnectorState.PREPARING, at=desk.now),))
    assert desk.kinds(1) == []
