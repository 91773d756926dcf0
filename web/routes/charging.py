"""Charging profiles: what a charger holds, what that comes to, and how to change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.charging import (
    ChargingProfile,
    CompositeSchedule,
    ProfileCriteria,
    Purpose,
    RateUnit,
    TooManyChanges,
    composite,
)
from voltaro.domain.charging_rules import Variant, allowed_units, variants
from voltaro.domain.command import AskCompositeSchedule, ClearProfiles, Command, CommandState, SetProfile
from voltaro.domain.person import Scope
from voltaro.domain.session import Session, SessionState
from voltaro.ports import ChargingSettings, NotConnected, SessionQuery
from web.charging import (
    Assumed,
    ChargingProfileBody,
    CompositeView,
    HeldProfileView,
    Number,
    Positive,
    checked,
    composite_view,
    held_view,
    profile_id_for,
    profile_of,
    told_to,
)
from web.house import House
from web.problem import Problem, invalid
from web.route import Ask, Body, Listing, Query, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, command_view, ordered, wait_wished

routes = Routes("charging")

LONGEST_S = 7 * 86_400
ANSWER_S = 10
VARIANT_S = 30
"""How long each way of saying a profile is waited for."""


class NewChargingProfileBody(ChargingProfileBody, frozen=True, kw_only=True):
    """A charging profile for an evse; 0 is the whole charger. One of purpose ``tx`` names the transaction that runs there."""

    evse_id: Number


class ChargingProfileQuery(Query, frozen=True, kw_only=True):
    """Filters of the held profiles."""

    evse_id: Number | None = None
    purpose: Purpose | None = None


class ClearQuery(Query, frozen=True, kw_only=True):
    """Which profiles to clear: those that fit all that is given, or ``all=true``."""

    evse_id: Number | None = None
    purpose: Purpose | None = None
    stack_level: Number | None = None
    all: bool = False


class CompositeQuery(Query, frozen=True, kw_only=True):
    """Of which evse (0: the charger as a whole), for how long from now, and in which unit."""

    evse_id: Number
    duration_s: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_S)] = 86_400
    unit: RateUnit | None = None


class CompositeBody(Body, frozen=True, kw_only=True):
    """The same, asked of the charger."""

    evse_id: Number
    duration_s: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_S)] = 86_400
    unit: RateUnit | None = None


class CompositeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What we computed from the profiles the charger holds, and what it told itself where it was asked and told any."""

    computed: CompositeView
    reported: CompositeView | None
    assumes: Assumed
    command: CommandView | None = None


class ChargingSettingsView(msgspec.Struct, frozen=True, kw_only=True):
    """How this charger is told of profiles and reservations; null is what its configuration says, and where that is not known
    either, nothing is refused for it.

    ``try_variants``: a profile it rejects is said otherwise, each way once (whole limits, amperes, with a start, another stack level,
    as a default of at most a day); ``variant`` is the way that last worked here, ``variant_of_model`` for most others of its model.
    """

    try_variants: bool
    variant: Variant | None
    variant_of_model: Variant | None
    max_stack_level: int | None
    max_periods: int | None
    rate_units: list[RateUnit] | None
    reserve_evse_zero: bool | None


class ChargingSettingsPatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay. ``rate_units`` as the charger spells ChargingScheduleAllowedChargingRateUnit."""

    try_variants: bool | UnsetType = UNSET
    variant: Variant | UnsetType | None = UNSET
    max_stack_level: Number | UnsetType | None = UNSET
    max_periods: Positive | UnsetType | None = UNSET
    rate_units: Annotated[str, msgspec.Meta(max_length=100)] | UnsetType | None = UNSET
    reserve_evse_zero: bool | UnsetType | None = UNSET


@routes.get(
    "/chargers/{charger_id}/charging-profiles",
    "List the charging profiles that the charger has accepted and still holds, as far as its answers say.",
    scope=Scope.CHARGERS_READ,
    query=ChargingProfileQuery,
    response=Listing[HeldProfileView],
)
async def list_profiles(ask: Ask[ChargingProfileQuery, None]) -> Listing[HeldProfileView]:
    charger = await known_charger(ask)
    wanted = ProfileCriteria(evse_id=ask.query.evse_id, purpose=ask.query.purpose)
    now = ask.house.clock.now()
    held = [one for one in await ask.house.store.held_profiles(charger.id) if wanted.fit(one) and not one.has_missed_its_start(now)]
    return Listing([held_view(one) for one in held], None)


@routes.post(
    "/chargers/{charger_id}/charging-profiles",
    "Give the charger a charging profile. Answers as commands do.",
    scope=Scope.COMMANDS_WRITE,
    body=NewChargingProfileBody,
    response=CommandView,
    status=202,
)
async def set_profile(ask: Ask[None, NewChargingProfileBody]) -> Reply:
    charger, house, evse_id = await known_charger(ask), ask.house, ask.body.evse_id
    now = house.clock.now()
    held = await house.store.held_profiles(charger.id)
    settings = await told_to(house, charger.id)
    profile = checked(profile_of(ask.body, profile_id_for(ask.body, evse_id, held), now), evse_id, settings.limits)
    if profile.transaction_id is not None:
        await _check_runs(house, charger.id, evse_id, profile.transaction_id)
    if not settings.try_variants:
        return await ordered(ask, SetProfile(evse_id, profile))
    command = await _set_somehow(ask, charger.id, evse_id, profile, settings, now)
    return Reply(command_view(command), 200 if command.state.settled else 202, {"Location": f"/api/v1/commands/{command.id}"})


@routes.delete(
    "/chargers/{charger_id}/charging-profiles/{profile_id}",
    "Let the charger clear one charging profile. Answers as commands do.",
    scope=Scope.COMMANDS_WRITE,
    response=CommandView,
    status=202,
)
async def clear_profile(ask: Ask[None, None]) -> Reply:
    await known_charger(ask)
    profile_id = ask.number("profile_id")
    if profile_id > 2**31 - 1:
        raise invalid("/profile_id", "is a number of 32 bits")
    return await ordered(ask, ClearProfiles(ProfileCriteria(profile_id)))


@routes.delete(
    "/chargers/{charger_id}/charging-profiles",
    "Let the charger clear the charging profiles that fit. Answers as commands do.",
    scope=Scope.COMMANDS_WRITE,
    query=ClearQuery,
    response=CommandView,
    status=202,
)
async def clear_profiles(ask: Ask[ClearQuery, None]) -> Reply:
    await known_charger(ask)
    wanted = ProfileCriteria(None, ask.query.evse_id, ask.query.purpose, ask.query.stack_level)
    if ask.query.all is (wanted != ProfileCriteria()):
        raise Problem(400, "bad_query", "Say which profiles to clear (evse_id, purpose, stack_level), or all=true for every one.")
    return await ordered(ask, ClearProfiles(wanted))


@routes.get(
    "/chargers/{charger_id}/composite-schedule",
    "Compute what the held profiles come to: the limit of an evse from now on.",
    scope=Scope.CHARGERS_READ,
    query=CompositeQuery,
    response=CompositeAnswer,
)
async def compute_composite(ask: Ask[CompositeQuery, None]) -> CompositeAnswer:
    charger, query = await known_charger(ask), ask.query
    computed = await _computed(ask.house, charger.id, query.evse_id, query.duration_s, query.unit)
    return CompositeAnswer(computed=composite_view(computed), reported=None, assumes=Assumed())


@routes.post(
    "/chargers/{charger_id}/composite-schedule",
    "Ask the charger for its composite schedule, and show it beside ours. Waits for the answer.",
    scope=Scope.COMMANDS_WRITE,
    body=CompositeBody,
    response=CompositeAnswer,
)
async def ask_composite(ask: Ask[None, CompositeBody]) -> Reply:
    charger, body, fleet = await known_charger(ask), ask.body, ask.house.fleet
    dialect = await fleet.dialect(charger.id)
    command = await fleet.order(charger.id, AskCompositeSchedule(body.evse_id, body.duration_s, body.unit), ask.by)
    wished = wait_wished(ask.request)
    command = await fleet.settled(command, ANSWER_S if wished is None else wished)
    reported = None
    if command.state is CommandState.ACCEPTED and command.response is not None and command.error is None:
        reported = dialect.composite_of(command.payload, command.response, ask.house.clock.now())
    unit = body.unit if reported is None else reported.unit
    computed = await _computed(ask.house, charger.id, body.evse_id, body.duration_s, unit)
    answer = CompositeAnswer(
        computed=composite_view(computed),
        reported=None if reported is None else composite_view(reported),
        assumes=Assumed(),
        command=command_view(command),
    )
    return Reply(answer, 200, {} if wished is None else {"Preference-Applied": f"wait={wished}"})


@routes.get(
    "/chargers/{charger_id}/charging-settings",
    "Show how the charger is told of profiles and reservations.",
    scope=Scope.CHARGERS_READ,
    response=ChargingSettingsView,
)
async def show_settings(ask: Ask[None, None]) -> ChargingSettingsView:
    charger = await known_charger(ask)
    return await _settings_view(ask.house, charger.id, await ask.house.store.charging_settings(charger.id))


@routes.patch(
    "/chargers/{charger_id}/charging-settings",
    "Change how the charger is told of profiles and reservations.",
    scope=Scope.CHARGERS_WRITE,
    body=ChargingSettingsPatch,
    response=ChargingSettingsView,
)
async def change_settings(ask: Ask[None, ChargingSettingsPatch]) -> ChargingSettingsView:
    charger, patch = await known_charger(ask), ask.body
    before = await ask.house.store.charging_settings(charger.id)
    limits = before.limits
    if patch.rate_units is not UNSET:
        units = allowed_units(patch.rate_units)
        if units is None and patch.rate_units is not None:
            raise invalid("/rate_units", "says neither Current (A) nor Power (W)")
        limits = replace(limits, units=units)
    given = {name: getattr(patch, name) for name in ("max_stack_level", "max_periods") if getattr(patch, name) is not UNSET}
    own = {name: getattr(patch, name) for name in ("try_variants", "variant", "reserve_evse_zero") if getattr(patch, name) is not UNSET}
    after = replace(before, limits=replace(limits, **given), **own)
    await ask.house.store.change_charging_settings(charger.id, after, ask.by)
    return await _settings_view(ask.house, charger.id, after)


async def _set_somehow(
    ask: Ask[Any, Any], charger_id: str, evse_id: int, profile: ChargingProfile, settings: ChargingSettings, now: datetime
) -> Command:
    """Set the profile, and where the charger rejects it, say it otherwise; each way is a command of its own, and is sent once."""
    fleet = ask.house.fleet
    command = await fleet.settled(await fleet.order(charger_id, SetProfile(evse_id, profile), ask.by), VARIANT_S)
    first = settings.variant or await ask.house.store.variant_of_model(charger_id)
    for variant, said in variants(profile, now, settings.limits, first):
        if command.state is not CommandState.REJECTED:
            break
        try:
            command = await fleet.settled(await fleet.order(charger_id, SetProfile(evse_id, said), ask.by), VARIANT_S)
        except NotConnected:
            break
        if command.state is CommandState.ACCEPTED:
            await ask.house.store.learn_variant(charger_id, variant)
    return command


async def _check_runs(house: House, charger_id: str, evse_id: int, transaction_id: str) -> None:
    session = await house.store.session_by_transaction(charger_id, transaction_id)
    if session is None or session.state is not SessionState.ACTIVE:
        raise invalid("/transaction_id", "is no transaction that runs at this charger")
    if session.evse_id is not None and session.evse_id != evse_id:
        raise invalid("/evse_id", f"the transaction runs at evse {session.evse_id}")


async def _computed(house: House, charger_id: str, evse_id: int, duration_s: int, unit: RateUnit | None) -> CompositeSchedule:
    held = await house.store.held_profiles(charger_id)
    session = await _running(house, charger_id, evse_id)
    try:
        return composite(
            held,
            evse_id=evse_id,
            starts_at=house.clock.now().replace(microsecond=0),
            duration_s=duration_s,
            unit=unit,
            transaction_id=None if session is None else session.transaction_id,
            session_started_at=None if session is None else session.started_at,
        )
    except TooManyChanges as error:
        raise invalid("/duration_s", "the profiles change more often in that time than is computed at once; ask for less") from error


async def _running(house: House, charger_id: str, evse_id: int) -> Session | None:
    page = await house.store.sessions(SessionQuery(charger_id=charger_id, state=SessionState.ACTIVE), limit=100)
    return next((session for session in page.items if session.evse_id == evse_id), None)


async def _settings_view(house: House, charger_id: str, settings: ChargingSettings) -> ChargingSettingsView:
    limits = settings.limits
    return ChargingSettingsView(
        try_variants=settings.try_variants,
        variant=settings.variant,
        variant_of_model=await house.store.variant_of_model(charger_id),
        max_stack_level=limits.max_stack_level,
        max_periods=limits.max_periods,
        rate_units=None if limits.units is None else sorted(limits.units),
        reserve_evse_zero=settings.reserve_evse_zero,
    )
