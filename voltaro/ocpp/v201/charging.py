"""OCPP 2.x block K: profiles on the wire, and what a charger's answers say of those that we have set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from voltaro.domain.charging import ChargingProfile, CompositeSchedule, ProfileCriteria, Purpose
from voltaro.ocpp.charging import (
    KIND_WORDS,
    KINDS,
    RECURRENCIES,
    RECURRENCY_WORDS,
    Learning,
    Told,
    fits,
    learn_set,
    learn_start,
    moment_of,
    reported,
    schedule_of,
    schedule_payload,
)
from voltaro.ocpp.dialect import Handlers, after
from voltaro.ocpp.moments import wire_time
from voltaro.ports import Station

PURPOSES = {
    Purpose.STATION_MAX: "ChargingStationMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
    Purpose.EXTERNAL: "ChargingStationExternalConstraints",
}
PURPOSE_WORDS = {word: purpose for purpose, word in PURPOSES.items()}

_NOTHING: Told = {}


class Charging(Handlers):
    """What is learned of the profiles a charger holds."""

    @after("SetChargingProfile")
    def after_set_charging_profile(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        return learn_set(station, asked["evseId"], profile_of(asked["chargingProfile"]), answered)

    @after("RequestStartTransaction")
    def after_request_start_transaction(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        profile = profile_of(asked["chargingProfile"]) if "chargingProfile" in asked else None
        return learn_start(station, asked.get("evseId"), asked["idToken"]["idToken"], profile, answered)

    @after("ClearChargingProfile")
    def after_clear_charging_profile(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        if answered is None:
            return None
        wanted = asked.get("chargingProfileCriteria", _NOTHING)
        word = wanted.get("chargingProfilePurpose")
        purpose = None if word is None else PURPOSE_WORDS.get(word)
        if word is not None and purpose is None:
            return None  # a purpose of 2.1 that we never set
        return station.profiles.gone(
            ProfileCriteria(asked.get("chargingProfileId"), wanted.get("evseId"), purpose, wanted.get("stackLevel"))
        )

    @after("GetCompositeSchedule")
    def after_get_composite_schedule(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        told = None if answered is None else composite_of(asked, answered, station.now())
        return station.profiles.composite(asked["evseId"], told)


def profile_payload(profile: ChargingProfile) -> dict[str, Any]:
    """A profile in the spelling of 2.x; its schedules are numbered after it."""
    schedules = [{"id": profile.id + place} | schedule_payload(schedule) for place, schedule in enumerate(profile.schedules)]
    payload: dict[str, Any] = {
        "id": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": PURPOSES[profile.purpose],
        "chargingProfileKind": KINDS[profile.kind],
        "chargingSchedule": schedules,
    }
    if profile.transaction_id is not None:
        payload["transactionId"] = profile.transaction_id
    if profile.recurrency is not None:
        payload["recurrencyKind"] = RECURRENCIES[profile.recurrency]
    for name, moment in (("validFrom", profile.valid_from), ("validTo", profile.valid_to)):
        if moment is not None:
            payload[name] = wire_time(moment)
    return payload


def profile_of(payload: Told) -> ChargingProfile | None:
    """A profile as it was sent; None for one of 2.1 that our words do not have (a purpose or kind of its own, no limits)."""
    purpose, kind = PURPOSE_WORDS.get(payload["chargingProfilePurpose"]), KIND_WORDS.get(payload["chargingProfileKind"])
    schedules = [schedule_of(one) for one in payload["chargingSchedule"]]
    whole = tuple(one for one in schedules if one is not None)
    if purpose is None or kind is None or len(whole) < len(schedules) or not fits(payload["id"], payload["stackLevel"]):
        return None
    recurrency = payload.get("recurrencyKind")
    return ChargingProfile(
        payload["id"],
        purpose,
        kind,
        whole,
        payload["stackLevel"],
        None if recurrency is None else RECURRENCY_WORDS[recurrency],
        moment_of(payload.get("validFrom")),
        moment_of(payload.get("validTo")),
        payload.get("transactionId"),
    )


def composite_of(asked: Told, answered: Told, now: datetime) -> CompositeSchedule | None:
    """The schedule that a charger told, of the evse it was asked for."""
    told = answered.get("schedule")
    if answered.get("status") != "Accepted" or told is None:
        return None
    return reported(asked["evseId"], told, moment_of(told["scheduleStart"]) or now, asked["duration"])
