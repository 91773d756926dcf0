"""A charger's actor on a real store: what it answers, what it records."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from actors import standing
from actors.charger import ChargerActor
from persistence.store import PostgresStore
from tests.actors.clocks import NOON
from tests.actors.house import House, Outside
from tests.actors.sayings import BOOT, START, meter, only_session
from voltaro.domain.charger import Connection, ConnectorState, Registration
from voltaro.domain.command import CommandState, Effect, StartCharging
from voltaro.domain.session import SessionState
from voltaro.domain.tag import Authorization, Tag, Verdict
from voltaro.ports import (
    AuthoriserFailed,
    Change,
    CommandsFull,
    FrameQuery,
    InvalidPayload,
    NotConnected,
    Notice,
    Outcome,
    OutcomeKind,
    UnknownAction,
)

BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}


def event(kind: str, seq_no: int, transaction_id: str = "T1", **more: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "timestamp": "2026-06-01T11:00:00Z",
        "triggerReason": "Authorized",
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": transaction_id},
        "evse": {"id": 1, "connectorId": 1},
        **more,
    }


async def test_a_boot_of_an_accepted_charger_is_answered_with_the_interval_and_recorded(house: House) -> None:
    line = await house.charger("CP1")
    answer = await line.say("BootNotification", BOOT)
    assert (answer["status"], answer["interval"], answer["currentTime"]) == ("Accepted", 300, "2026-06-01T12:00:00.000Z")
    charger = await house.store.charger("CP1")
    assert (charger.vendor, charger.model) == ("V", "M")


async def test_a_charger_has_so_many_connectors_and_no_more_whatever_it_reports(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST_CONNECTORS", 3)
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    for number in (1, 2, 3, 4, 5, 2**31 - 1, 2):
        for status in ("Available", "Faulted"):
            await line.say("StatusNotification", {"connectorId": number, "errorCode": "NoError", "status": status})
    await house.written()
    charger = await house.store.charger("CP1")
    assert [(connector.evse_id, connector.status) for connector in charger.connectors] == [(1, "Faulted"), (2, "Faulted"), (3, "Faulted")]
    told = [happened.data for happened in await house.store.events_after(0, limit=100) if happened.type == "charger.anomaly"]
    assert told == [{"code": "too_many_connectors"}]


async def test_a_pending_charger_hears_pending_and_nothing_else(house: House) -> None:
    line = await house.charger("CP1", registration=Registration.PENDING)
    assert (await line.say("BootNotification", BOOT))["status"] == "Pending"
    assert (await line.frame("Heartbeat", {}))[2] == "SecurityError"


async def test_a_charger_of_2_is_gated_until_its_boot_and_never_again(house: House) -> None:
    line = await house.charger("CP1", "ocpp2.0.1")
    assert (await line.frame("Heartbeat", {}))[2] == "SecurityError"
    await line.say("BootNotification", BOOT_2)
    await line.say("Heartbeat", {})
    again = await house.line("CP1", "ocpp2.0.1")
    await again.say("Heartbeat", {})


async def test_a_known_charger_of_16_that_never_booted_is_served_and_asked_to_boot_once_it_has_settled(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("Heartbeat", {})
    await line.say("Heartbeat", {})
    assert line.sent.empty()
    house.clock.advance(5)
    assert await line.asked({"status": "Accepted"}) == ("TriggerMessage", {"requestedMessage": "BootNotification"})
    assert line.sent.empty()


async def test_an_operator_who_accepts_a_pending_charger_has_it_boot_again(house: House) -> None:
    line = await house.charger("CP1", registration=Registration.PENDING)
    await line.say("BootNotification", BOOT)
    await house.store.change_charger("CP1", Change({"registration": Registration.ACCEPTED}), by="test")
    await house.fleet.disconnect("CP1", "test")  # what a NOTIFY brings about, too: the row is read again
    assert (await line.asked({"status": "Accepted"}))[1] == {"requestedMessage": "BootNotification"}
    assert (await line.say("BootNotification", BOOT))["status"] == "Accepted"


async def test_a_whole_session_is_recorded_and_shown(house: House) -> None:
    await house.store.add_tag(Tag("TAG"), by="test")
    line = await house.charger("CP1")
    started = await line.say("StartTransaction", START)
    assert started["idTagInfo"]["status"] == "Accepted"
    await line.say("MeterValues", meter(started["transactionId"], 600))
    async with asyncio.timeout(30):
        while (flash := await house.listener.flashes.get()).data["energy_wh"] != 500:
            pass
    assert (flash.type, flash.data["power_w"]) == ("session.updated", 7000)
    live = (await house.fleet.live(["CP1"]))["CP1"]
    assert live.sessions[1].energy_wh == 500
    await line.say("StopTransaction", {"transactionId": started["transactionId"], "meterStop": 1100, "timestamp": "2026-06-01T12:00:00Z"})
    session = await only_session(house)
    assert (session.state, session.energy_wh, session.id_tag, session.stop_reason) == (SessionState.ENDED, 1000, "TAG", "Local")
    assert (await house.fleet.live(["CP1"]))["CP1"].sessions == {}


async def test_a_start_sent_again_with_a_new_id_is_one_session_and_answered_as_before(house: House) -> None:
    await house.store.add_tag(Tag("TAG", max_active_sessions=1), by="test")
    line = await house.charger("CP1")
    first = await line.say("StartTransaction", START, "a")
    again = await line.say("StartTransaction", START, "b")
    assert again == first
    await only_session(house)


async def test_a_second_session_of_a_tag_that_may_have_one_is_concurrent_and_kept(house: House) -> None:
    await house.store.add_tag(Tag("TAG", max_active_sessions=1), by="test")
    first, second = await house.charger("CP1"), await house.charger("CP2")
    assert (await first.say("StartTransaction", START))["idTagInfo"]["status"] == "Accepted"
    answer = await second.say("StartTransaction", START)
    assert answer["idTagInfo"]["status"] == "ConcurrentTx"
    assert answer["transactionId"] > 0
    third = await house.charger("CP3")
    assert (await third.say("Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"] == "ConcurrentTx"
    assert (await first.say("Authorize", {"idTag": "tag"}))["idTagInfo"]["status"] == "Accepted", "that is how it is stopped"


@pytest.mark.parametrize(
    ("tag", "status"),
    [(None, "Invalid"), (Tag("TAG", expires_at=NOON - timedelta(days=1)), "Expired")],
    ids=["unknown", "expired"],
)
async def test_a_start_with_a_tag_that_may_not_charge_is_still_a_session(house: House, tag: Tag | None, status: str) -> None:
    if tag is not None:
        await house.store.add_tag(tag, by="test")
    line = await house.charger("CP1")
    answer = await line.say("StartTransaction", START)
    assert answer["idTagInfo"]["status"] == status
    assert "not_authorized" in (await only_session(house)).flags


async def test_a_blocked_tag_is_blocked_as_soon_as_the_change_is_told(house: House) -> None:
    await house.store.add_tag(Tag("TAG"), by="test")
    line = await house.charger("CP1")
    assert (await line.say("Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"] == "Accepted"
    await house.store.change_tag("TAG", Change({"status": "blocked"}), by="test")
    house.fleet.notice(Notice("tag", "TAG"))
    assert (await line.say("Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"] == "Blocked"


async def test_a_stop_of_a_transaction_nobody_knows_is_answered_and_kept_unresolved(house: House) -> None:
    line = await house.charger("CP1")
    stop = {"transactionId": 4711, "meterStop": 900, "timestamp": "2026-06-01T12:00:00Z", "idTag": "TAG"}
    assert (await line.say("StopTransaction", stop))["idTagInfo"]["status"] == "Invalid"
    await line.say("StopTransaction", stop)
    session = await only_session(house)
    assert (session.state, session.transaction_id, session.meter_stop_wh) == (SessionState.UNRESOLVED, "4711", 900)


async def test_a_charger_can_never_stop_another_chargers_session(house: House) -> None:
    line, thief = await house.charger("CP1"), await house.charger("CP2")
    started = await line.say("StartTransaction", START)
    await thief.say("StopTransaction", {"transactionId": started["transactionId"], "meterStop": 1, "timestamp": "2026-06-01T12:00:00Z"})
    session = await house.store.session_by_transaction("CP1", str(started["transactionId"]))
    assert session.state is SessionState.ACTIVE


async def test_events_of_2_fold_into_a_session_in_any_order(house: House) -> None:
    await house.store.add_tag(Tag("TAG"), by="test")
    line = await house.charger("CP1", "ocpp2.0.1")
    await line.say("BootNotification", BOOT_2)
    assert await line.say("TransactionEvent", event("Ended", 2)) == {}
    token = {"idToken": "TAG", "type": "ISO14443"}
    answer = await line.say("TransactionEvent", event("Started", 0, idToken=token))
    assert answer["idTokenInfo"]["status"] == "Accepted"
    await line.say("TransactionEvent", event("Updated", 1))
    await line.say("TransactionEvent", event("Updated", 1))
    session = await only_session(house)
    assert (session.state, session.events_count, session.id_tag, session.complete) == (SessionState.ENDED, 3, "TAG", True)


async def test_who_watches_is_told_to_look_when_an_occupied_connector_of_2_changes_with_its_transaction(house: House) -> None:
    """No status is sent for that: the connector was occupied, and still is."""

    async def looked_at() -> ConnectorState:
        async with asyncio.timeout(30):
            while (await house.listener.flashes.get()).type != "charger.live":
                pass
        return (await house.fleet.live(["CP1"]))["CP1"].connectors[0].state

    line = await house.charger("CP1", "ocpp2.0.1")
    await line.say("BootNotification", BOOT_2)
    occupied = {"timestamp": "2026-06-01T10:59:00Z", "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    await line.say("StatusNotification", occupied)
    charging = {"transactionId": "T1", "chargingState": "Charging"}
    await line.say("TransactionEvent", event("Started", 0, transactionInfo=charging))
    assert await looked_at() is ConnectorState.CHARGING
    await line.say("TransactionEvent", event("Updated", 1, transactionInfo={**charging, "chargingState": "SuspendedEV"}))
    assert await looked_at() is ConnectorState.SUSPENDED_EV
    await line.say("TransactionEvent", event("Ended", 2))
    assert await looked_at() is ConnectorState.PREPARING


async def test_who_has_just_come_is_told_to_look_at_what_was_told_before_and_is_shown_now(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    house.listener.newcomers = True
    await line.say("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
    async with asyncio.timeout(30):
        while (await house.listener.flashes.get()).type != "charger.live":
            pass
    assert [connector.state for connector in (await house.fleet.live(["CP1"]))["CP1"].connectors] == [ConnectorState.AVAILABLE]


async def test_a_charger_that_makes_up_transactions_fills_no_memory_and_none_is_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST_SESSIONS", 2)
    line = await house.charger("CP1", "ocpp2.0.1")
    await line.say("BootNotification", BOOT_2)
    for number in range(4):
        await line.say("TransactionEvent", event("Started", 0, f"T{number}", evse={"id": number + 1, "connectorId": 1}))
    actor = house.system.cells["charger/CP1"].occupant
    assert isinstance(actor, ChargerActor)
    assert len(actor._standing.sessions()) == 2
    await line.say("TransactionEvent", event("Ended", 1, "T0", evse={"id": 1, "connectorId": 1}))
    assert (await house.store.session_by_transaction("CP1", "T0")).state is SessionState.ENDED
    assert (await house.store.session_by_transaction("CP1", "T1")).state is SessionState.ACTIVE


async def test_an_invalid_session_message_is_kept_raw_and_answered(house: House) -> None:
    line = await house.charger("CP1")
    answer = await line.frame("StartTransaction", {**START, "meterStart": "many"})
    assert answer[0] == 3
    kept = await house.store.kept_frames(FrameQuery(), limit=10)
    assert [(frame.kind, frame.action) for frame in kept.items] == [("invalid", "StartTransaction")]
    assert b'"meterStart": "many"' in kept.items[0].raw


# --- lines ---


async def test_a_charger_that_comes_back_as_its_actor_would_end_is_served(house: House) -> None:
    line = await house.charger("CP1")
    house.fleet.line_down(line, 1006, "")
    await house.heard()
    house.clock.advance(house.wiring.policy.grace_s + 1)
    again = await house.line("CP1")
    await house.heard()
    assert (await again.say("StartTransaction", START))["transactionId"] > 0
    house.fleet.line_down(again, 1006, "")
    await house.heard()
    house.clock.advance(house.wiring.policy.grace_s + 1)
    await house.until(lambda: "charger/CP1" not in house.system.cells)


async def test_the_newest_line_wins_and_a_late_close_of_the_old_one_harms_nothing(house: House) -> None:
    old = await house.charger("CP1")
    new = await house.line("CP1")
    assert old.closed == (4001, "replaced by a newer connection of this charger")
    house.fleet.line_down(old, 4001, "replaced")
    await new.say("Heartbeat", {})
    assert (await house.fleet.live(["CP1"]))["CP1"].connection is Connection.ONLINE
    house.fleet.line_down(new, 1006, "gone")
    await house.written()
    assert (await house.fleet.live(["CP1"]))["CP1"].connection is Connection.OFFLINE


async def test_a_silent_charger_is_suspect_until_it_speaks(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    for _ in range(2):
        house.clock.advance(301)
        await house.heard()
    assert (await house.fleet.live(["CP1"]))["CP1"].connection is Connection.SUSPECT
    await line.say("Heartbeat", {})
    assert (await house.fleet.live(["CP1"]))["CP1"].connection is Connection.ONLINE


async def test_an_actor_stops_when_its_charger_has_been_offline_for_the_grace_time(house: House) -> None:
    line = await house.charger("CP1")
    house.fleet.line_down(line, 1006, "gone")
    await house.written()
    house.clock.advance(901)
    await house.heard()
    assert "charger/CP1" not in house.system.cells
    again = await house.line("CP1")
    await again.say("Heartbeat", {})


async def test_a_crash_cuts_the_grace_time_of_an_offline_charger_no_shorter(house: House) -> None:
    line = await house.charger("CP1")
    house.clock.advance(200)
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    await line.say("Heartbeat", {})
    house.fleet.line_down(line, 1006, "gone")
    await house.written()
    for _ in range(8):
        house.clock.advance(100)
        await house.heard()
    assert "charger/CP1" in house.system.cells, "a timer of the incarnation that crashed is nobody's"
    house.clock.advance(101)
    await house.heard()
    assert "charger/CP1" not in house.system.cells


async def test_a_removed_charger_is_hung_up_on(house: House) -> None:
    line = await house.charger("CP1")
    await house.store.remove_charger("CP1", by="test")
    await house.fleet.disconnect("CP1", "removed")
    await house.until(lambda: "charger/CP1" not in house.system.cells)
    assert line.closed is not None


# --- commands ---


async def test_a_command_shows_the_chargers_real_answer_and_then_its_effect(house: House) -> None:
    line = await house.charger("CP1")
    await house.store.add_tag(Tag("TAG"), by="test")
    command = await house.fleet.order("CP1", StartCharging("TAG", evse_id=1), by="ada")
    assert command.state is CommandState.SENT
    assert await line.asked({"status": "Accepted"}) == ("RemoteStartTransaction", {"idTag": "TAG", "connectorId": 1})
    settled_command = await house.fleet.settled(command, 10)
    assert (settled_command.state, settled_command.response) == (CommandState.ACCEPTED, {"status": "Accepted"})
    await line.say("StartTransaction", START | {"timestamp": NOON.isoformat()})
    await house.written()
    stored = await house.store.command(command.id)
    assert (stored.state, stored.effect, stored.requested_by) == (CommandState.EFFECTIVE, Effect.SEEN, "ada")
    assert stored.session_id == (await only_session(house)).id


@pytest.mark.parametrize(
    ("outcome", "state", "error"),
    [
        (Outcome(OutcomeKind.RESULT, {"status": "Rejected"}), CommandState.REJECTED, None),
        (Outcome(OutcomeKind.ERROR, None, "NotSupported", "no"), CommandState.FAILED, "NotSupported: no"),
        (Outcome(OutcomeKind.TIMEOUT), CommandState.TIMED_OUT, "the charger did not answer in time"),
        (Outcome(OutcomeKind.LOST), CommandState.UNKNOWN, "the line was lost before the charger answered"),
        (Outcome(OutcomeKind.LOST, sent=False), CommandState.FAILED, "the line was lost before the command was sent"),
    ],
)
async def test_a_command_ends_as_its_call_did(house: House, outcome: Outcome, state: CommandState, error: str | None) -> None:
    line = await house.charger("CP1")
    command = await house.fleet.command("CP1", "Reset", {"type": "Soft"}, by="ada")
    _, done = await line.sent.get()
    done(outcome)
    ended = await house.fleet.settled(command, 10)
    assert (ended.state, ended.error) == (state, error)
    assert (await house.store.command(command.id)).state is state


async def test_a_command_of_a_crashed_incarnation_still_gets_its_answer(house: House) -> None:
    line = await house.charger("CP1")
    command = await house.fleet.command("CP1", "Reset", {"type": "Soft"}, by="ada")
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    await line.asked({"status": "Accepted"})
    assert (await house.fleet.settled(command, 10)).state is CommandState.ACCEPTED


async def test_a_command_that_cannot_be_is_refused_before_anything_is_sent(house: House) -> None:
    line = await house.charger("CP1")
    with pytest.raises(InvalidPayload) as invalid:
        await house.fleet.command("CP1", "Reset", {"type": "Sideways"}, by="ada")
    assert invalid.value.pointer == "/type"
    with pytest.raises(UnknownAction):
        await house.fleet.command("CP1", "Dance", {}, by="ada")
    with pytest.raises(NotConnected):
        await house.fleet.command("CP9", "Reset", {"type": "Soft"}, by="ada")
    house.fleet.line_down(line, 1006, "gone")
    with pytest.raises(NotConnected):
        await house.fleet.command("CP1", "Reset", {"type": "Soft"}, by="ada")
    assert line.sent.empty()


async def test_too_many_waiting_commands_are_refused(house: House) -> None:
    await house.charger("CP1")
    for _ in range(100):
        await house.fleet.command("CP1", "ClearCache", {}, by="ada")
    with pytest.raises(CommandsFull):
        await house.fleet.command("CP1", "ClearCache", {}, by="ada")


# --- the external authoriser ---


async def test_an_outside_authoriser_is_asked_about_tags_unknown_here_only(store: PostgresStore) -> None:
    outside = Outside(Authorization(Verdict.ACCEPTED, parent="THEIRS"))
    house = House(store, outside)
    await store.add_tag(Tag("OURS"), by="test")
    line = await house.charger("CP1")
    assert (await line.say("Authorize", {"idTag": "OURS"}))["idTagInfo"] == {"status": "Accepted"}
    assert (await line.say("Authorize", {"idTag": "THEIRS"}))["idTagInfo"] == {"status": "Accepted", "parentIdTag": "THEIRS"}
    assert outside.asked == [("THEIRS", "CP1")]
    await house.tree.stop()


async def test_an_outside_authoriser_that_fails_means_what_the_policy_says(store: PostgresStore) -> None:
    house = House(store, Outside(AuthoriserFailed("no answer")))
    line = await house.charger("CP1")
    assert (await line.say("Authorize", {"idTag": "THEIRS"}))["idTagInfo"]["status"] == "Invalid"
    assert house.system.cells["auth"].restarts == 0
    await house.tree.stop()
