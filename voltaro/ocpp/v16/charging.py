"""OCPP 1.6 Smart Charging (sections 5.3, 5.7, 5.11, 5.16): profiles on the wire, and what a charger's answers say of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from voltaro.domain.charging import ChargingProfile, CompositeSchedule, ProfileCriteria, ProfileKind, Purpose
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

PURPOSES = {Purpose.STATION_MAX: "ChargePointMaxProfile", Purpose.TX_DEFAULT: "TxDefaultProfile", Purpose.TX: "TxProfile"}
"""1.6 has no word for what others limit: a charger keeps that to itself."""
PURPOSE_WORDS = {word: purpose for purpose, word in PURPOSES.items()}


class Charging(Handlers):
    """What is learned of the profiles a charger holds."""

    @after("SetChargingProfile")
    def after_set_charging_profile(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        return learn_set(station, asked["connectorId"], profile_of(asked["csChargingProfiles"]), answered)

    @after("RemoteStartTransaction")
    def after_remote_start_transaction(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        profile = profile_of(asked["chargingProfile"]) if "chargingProfile" in asked else None
        return learn_start(station, asked.get("connectorId"), asked["idTag"], profile, answered)

    @after("ClearChargingProfile")
    def after_clear_charging_profile(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        if answered is None:
            return None
        word = asked.get("chargingProfilePurpose")
        purpose = None if word is None else PURPOSE_WORDS[word]
        return station.profiles.gone(ProfileCriteria(asked.get("id"), asked.get("connectorId"), purpose, asked.get("stackLevel")))

    @after("GetCompositeSchedule")
    def after_get_composite_schedule(self, station: Station, asked: Told, answered: Told | None) -> Learning:
        told = None if answered is None else composite_of(asked, answered, station.now())
        return station.profiles.composite(asked["connectorId"], told)


def profile_payload(profile: ChargingProfile, transaction_id: int | None) -> dict[str, Any]:
    """A profile in 1.6's spelling."""
    payload: dict[str, Any] = {
        "chargingProfileId": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": PURPOSES[profile.purpose],
        "chargingProfileKind": KINDS[profile.kind],
        "chargingSchedule": schedule_payload(profile.schedule),
    }
    if transaction_id is not None:
        payload["transactionId"] = transaction_id
    if profile.recurrency is not None:
        payload["recurrencyKind"] = RECURRENCIES[profile.recurrency]
    for name, moment in (("validFrom", profile.valid_from), ("validTo", profile.valid_to)):
        if moment is not None:
            payload[name] = wire_time(moment)
    return payload


def profile_of(payload: Told) -> ChargingProfile | None:
    """A profile as it was sent; None for one with numbers that no charger can hold."""
    schedule = schedule_of(payload["chargingSchedule"])
    if schedule is None or not fits(payload["chargingProfileId"], payload["stackLevel"], payload.get("transactionId")):
        return None
    transaction_id, recurrency = payload.get("transactionId"), payload.get("recurrencyKind")
    kind: ProfileKind = KIND_WORDS[payload["chargingProfileKind"]]
    return ChargingProfile(
        payload["chargingProfileId"],
        PURPOSE_WORDS[payload["chargingProfilePurpose"]],
        kind,
        (schedule,),
        payload["stackLevel"],
        None if recurrency is None else RECURRENCY_WORDS[recurrency],
        moment_of(payload.get("validFrom")),
        moment_of(payload.get("validTo")),
        None if transaction_id is None else str(transaction_id),
    )


def composite_of(asked: Told, answered: Told, now: datetime) -> CompositeSchedule | None:
    """The schedule that a charger told, of the connector it was asked for: some answer with connector 0 whatever that was (Q-73)."""
    told = answered.get("chargingSchedule")
    if answered.get("status") != "Accepted" or told is None:
        return None
    starts_at = moment_of(answered.get("scheduleStart") or told.get("startSchedule")) or now
    return reported(asked["connectorId"], told, starts_at, asked["duration"])
