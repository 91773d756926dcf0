"""What a charger's actor knows of charging profiles and reservations outlives it, and follows what happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from persistence.store import PostgresStore
from tests.actors.house import House, PaperLine
from voltaro.domain.charging import ChargingProfile, Period, ProfileKind, Purpose, RateUnit, Schedule
from voltaro.domain.command import Reserve, SetProfile, StartCharging
from voltaro.domain.tag import Tag
from voltaro.ports import ReservationQuery

ACCEPTED = {"status": "Accepted"}
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


@pytest.fixture
async def house(house: House, store: PostgresStore) -> House:
    await store.add_tag(Tag("TAG1"), by="test")
    return house


@pytest.fixture
async def line(house: House) -> PaperLine:
    opened = await house.charger("CP1")
    await opened.say("BootNotification", BOOT)
    return opened


def profile(purpose: Purpose, id: int = 1, transaction_id: str | None = None) -> ChargingProfile:
    return ChargingProfile(id, purpose, ProfileKind.RELATIVE, (Schedule(RateUnit.A, (Period(0, 10.0),)),), transaction_id=transaction_id)


async def held(house: House) -> list[tuple[int, str | None]]:
    await house.heard()
    await house.written()
    return [(one.profile.id, one.profile.transaction_id) for one in await house.store.held_profiles("CP1")]


async def ordered(house: House, line: PaperLine, order: Any) -> None:
    """An order that the charger accepts."""
    await house.fleet.order("CP1", order, "ada")
    await line.asked(ACCEPTED)
    await house.heard()


async def start(line: PaperLine, house: House, connector_id: int = 1, id_tag: str = "TAG1") -> str:
    at = house.now().isoformat()
    answer = await line.say("StartTransaction", {"connectorId": connector_id, "idTag": id_tag, "meterStart": 0, "timestamp": at})
    return str(answer["transactionId"])


async def test_profiles_of_a_session_end_with_it_also_when_the_actor_has_crashed_before(house: House, line: PaperLine) -> None:
    transaction_id = await start(line, house)
    await ordered(house, line, SetProfile(1, profile(Purpose.TX, 1, transaction_id)))
    await ordered(house, line, SetProfile(1, profile(Purpose.TX_DEFAULT, 2)))
    assert await held(house) == [(1, transaction_id), (2, None)]
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    stop = {"transactionId": int(transaction_id), "meterStop": 5, "timestamp": house.now().isoformat()}
    await line.say("StopTransaction", stop)
    assert await held(house) == [(2, None)]


async def test_the_next_session_of_a_connector_ends_what_was_the_ones_before(house: House, line: PaperLine) -> None:
    first = await start(line, house)
    await ordered(house, line, SetProfile(1, profile(Purpose.TX, 1, first)))
    house.clock.advance(60.0)
    await start(line, house, 2)
    assert await held(house) == [(1, first)]
    await start(line, house)
    assert await held(house) == []


async def test_the_profile_of_a_remote_start_is_over_when_another_tag_starts_or_it_took_too_long(house: House, line: PaperLine) -> None:
    await ordered(house, line, StartCharging("TAG1", 1, profile=profile(Purpose.TX)))
    assert await held(house) == [(1, None)]
    await start(line, house, 1, "OTHER")
    assert await held(house) == []
    await ordered(house, line, StartCharging("TAG1", 1, profile=profile(Purpose.TX)))
    house.clock.advance(601.0)
    await start(line, house)
    assert await held(house) == []


async def test_a_reboot_ends_profiles_of_sessions_and_keeps_the_lasting(house: House, line: PaperLine) -> None:
    transaction_id = await start(line, house)
    await ordered(house, line, SetProfile(1, profile(Purpose.TX, 1, transaction_id)))
    await ordered(house, line, SetProfile(1, profile(Purpose.TX_DEFAULT, 2)))
    await line.say("BootNotification", BOOT)
    assert await held(house) == [(2, None)]


async def test_a_command_that_settles_is_followed_by_nothing_that_it_brought(house: House, line: PaperLine) -> None:
    command = await house.fleet.order("CP1", SetProfile(0, profile(Purpose.TX_DEFAULT)), "ada")
    await line.asked(ACCEPTED)
    await house.fleet.settled(command, 10)
    assert [one.profile.id for one in await house.store.held_profiles("CP1")] == [1]


async def test_a_reservation_keeps_a_stranger_out_after_a_crash_and_until_its_end(house: House, line: PaperLine) -> None:
    await house.store.add_tag(Tag("EVE"), by="test")
    await ordered(house, line, Reserve(7, 1, "TAG1", house.now() + timedelta(minutes=10)))
    await house.written()
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    at = house.now().isoformat()
    stranger = {"connectorId": 1, "idTag": "EVE", "meterStart": 0, "timestamp": at}
    assert (await line.say("StartTransaction", stranger))["idTagInfo"]["status"] == "Invalid"
    house.clock.advance(601.0)
    late = stranger | {"timestamp": house.now().isoformat()}
    assert (await line.say("StartTransaction", late))["idTagInfo"]["status"] == "Accepted"
    (kept,) = (await house.store.reservations(ReservationQuery("CP1"), limit=5)).items
    assert (kept.number, kept.state, kept.requested_by) == (7, "accepted", "ada")
