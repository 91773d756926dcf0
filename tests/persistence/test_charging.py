"""Charging profiles and reservations as they are stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from persistence.store import PostgresStore
from voltaro.domain.charger import Boot, Registration
from voltaro.domain.charging import ChargingProfile, HeldProfile, Period, ProfileKind, Purpose, RateUnit, Recurrency, Schedule
from voltaro.domain.charging_rules import ProfileLimits, Variant
from voltaro.domain.fact import ChargerBooted, ProfileHeld, ProfilesGone, ReservationAnswered, ReservationMoved
from voltaro.domain.reservation import Reservation, ReservationState, ReservationWish
from voltaro.ports import ChargingSettings, NewCharger, ReservationQuery

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WISH = ReservationWish("CP1", 1, "TAG1", NOON + timedelta(hours=1), "FAMILY")
SCHEDULE = Schedule(RateUnit.W, (Period(0, 7000.5), Period(60, 0.0, 1, 2)), 3600, NOON, 1380.0)
PROFILE = ChargingProfile(5, Purpose.TX_DEFAULT, ProfileKind.RECURRING, (SCHEDULE,), 1, Recurrency.WEEKLY, NOON, NOON, None)
HELD = HeldProfile(1, PROFILE, NOON, "ada")


async def test_a_profile_is_read_as_it_was_held_and_takes_the_place_of_others(store: PostgresStore) -> None:
    other = replace(HELD, profile=replace(PROFILE, id=6, stack_level=2), waits_for="TAG1")
    await store.write([ProfileHeld("CP1", HELD), ProfileHeld("CP1", other), ProfileHeld("CP2", HELD)])
    assert await store.held_profiles("CP1") == (HELD, other)
    same_place = replace(HELD, profile=replace(PROFILE, id=7))
    same_id = replace(other, evse_id=2)
    await store.write([ProfileHeld("CP1", same_place), ProfileHeld("CP1", same_id)])
    assert await store.held_profiles("CP1") == (same_place, same_id)
    await store.write([ProfilesGone("CP1", (7, 99), "cleared", NOON)])
    assert await store.held_profiles("CP1") == (same_id,)
    assert await store.held_profiles("CP2") == (HELD,)
    told = [event.type for event in await store.events_after(0, limit=50)]
    assert (told.count("charging_profile.set"), told.count("charging_profile.gone")) == (5, 1)


async def test_an_actor_is_given_what_its_charger_holds_and_has_open(store: PostgresStore) -> None:
    for charger_id in ("CP1", "CP2"):
        await store.add_charger(NewCharger(charger_id, security_profile=0), "test")
    open_one, ended = await store.ask_reservation(WISH, "ada", NOON), await store.ask_reservation(WISH, "ada", NOON)
    await store.withdraw_reservation(ended, "it was not sent", NOON)
    await store.write([ProfileHeld("CP1", HELD)])
    facts = await store.charger_facts(["CP1", "CP2"])
    assert (facts["CP1"].profiles, facts["CP1"].reservations) == ((HELD,), (open_one,))
    assert (facts["CP2"].profiles, facts["CP2"].reservations) == ((), ())
    await store.change_charging_settings("CP1", ChargingSettings(try_variants=True), "ada")
    await store.remove_charger("CP1", "test")
    assert (await store.held_profiles("CP1"), await store.charging_settings("CP1")) == ((), ChargingSettings())


async def test_settings_are_kept_and_a_learned_variant_beside_them(store: PostgresStore) -> None:
    assert await store.charging_settings("CP1") == ChargingSettings()
    await store.learn_variant("CP1", Variant.AMPERES)
    assert await store.charging_settings("CP1") == ChargingSettings(variant=Variant.AMPERES)
    settings = ChargingSettings(True, Variant.OTHER_LEVEL, ProfileLimits(3, 24, frozenset(RateUnit)), False)
    await store.change_charging_settings("CP1", settings, "ada")
    assert await store.charging_settings("CP1") == settings


async def test_what_has_worked_for_most_of_a_model_is_known_to_its_others(store: PostgresStore) -> None:
    learned = {"A": Variant.AMPERES, "B": Variant.AMPERES, "C": Variant.OTHER_LEVEL, "D": None, "E": Variant.TX_DEFAULT}
    for charger_id, variant in learned.items():
        await store.add_charger(NewCharger(charger_id, security_profile=0), "test")
        model = "Other" if charger_id == "E" else "One"
        await store.write([ChargerBooted(charger_id, Boot("Acme", model), Registration.ACCEPTED, "ocpp1.6", NOON)])
        if variant is not None:
            await store.learn_variant(charger_id, variant)
    assert await store.variant_of_model("D") is Variant.AMPERES
    assert await store.variant_of_model("C") is Variant.AMPERES
    assert await store.variant_of_model("E") is None
    assert await store.variant_of_model("nobody") is None


async def test_numbers_of_reservations_are_drawn_once_whoever_asks(store: PostgresStore) -> None:
    taken = (await store.ask_reservation(WISH, "ada", NOON)).number + 1
    (_,) = await store.write([ReservationAnswered(taken, WISH, "Accepted", "raw", NOON)])
    asked = await asyncio.gather(*(store.ask_reservation(WISH, "ada", NOON) for _ in range(10)))
    numbers = [reservation.number for reservation in asked]
    assert len({*numbers, taken, taken - 1}) == 12
    assert all(number > 0 for number in numbers)


async def test_an_answer_that_comes_late_or_again_is_one_of_the_same_reservation(store: PostgresStore) -> None:
    asked = await store.ask_reservation(WISH, "ada", NOON)
    answers = [ReservationAnswered(asked.number, WISH, word, "ada", NOON) for word in (None, "Accepted")]
    unknown, accepted = await store.write(answers)
    assert isinstance(unknown, Reservation)
    assert isinstance(accepted, Reservation)
    assert (unknown.state, accepted.state, accepted.id) == (ReservationState.UNKNOWN, ReservationState.ACCEPTED, asked.id)
    assert [one.id for one in (await store.reservations(ReservationQuery("CP1"), limit=10)).items] == [asked.id]


@pytest.mark.parametrize(
    ("states", "ends"),
    [
        (["cancelled", "used"], "cancelled"),
        (["lost", "used"], "used"),
        (["expired", "used"], "used"),
        (["lost", "cancelled"], "cancelled"),
        (["lost", "expired", "lost"], "expired"),
        (["used", "lost", "expired", "cancelled", "unknown"], "used"),
        (["unknown", "accepted"], "accepted"),
    ],
)
async def test_a_reservation_comes_only_to_states_that_can_follow(store: PostgresStore, states: list[str], ends: str) -> None:
    asked = await store.ask_reservation(WISH, "ada", NOON)
    await store.write([ReservationAnswered(asked.number, WISH, "Accepted", "ada", NOON)])
    for state in states:
        await store.write([ReservationMoved("CP1", asked.number, ReservationState(state), "told", NOON)])
    now = await store.reservation(asked.id)
    assert now is not None
    assert (now.state, now.ended_at is None) == (ends, ends == "accepted")


async def test_what_is_due_expires_once_and_is_told(store: PostgresStore) -> None:
    asked = [await store.ask_reservation(replace(WISH, evse_id=evse_id), "ada", NOON) for evse_id in (1, 2)]
    later = await store.ask_reservation(replace(WISH, expires_at=NOON + timedelta(hours=3)), "ada", NOON)
    due = NOON + timedelta(hours=1)
    assert await store.expire_reservations(due - timedelta(seconds=1)) == 0
    assert await store.expire_reservations(due) == 2
    assert await store.expire_reservations(due) == 0
    page = await store.reservations(ReservationQuery(state=ReservationState.EXPIRED), limit=1)
    assert [one.id for one in page.items] == [asked[1].id]
    rest = await store.reservations(ReservationQuery(state=ReservationState.EXPIRED), limit=1, cursor=page.next)
    assert ([one.id for one in rest.items], rest.next) == ([asked[0].id], None)
    assert (await store.reservations(ReservationQuery(state=ReservationState.REQUESTED), limit=5)).items[0].id == later.id
    told = [event.type for event in await store.events_after(0, limit=50)]
    assert (told.count("reservation.requested"), told.count("reservation.expired")) == (3, 2)
