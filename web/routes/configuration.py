"""Configuration keys of OCPP 1.6 chargers: what they have told, and what is written to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web

from voltaro.domain.charger import Charger
from voltaro.domain.command import ChangeConfiguration, ReadConfiguration
from voltaro.domain.configuration import (
    GUARDED_KEYS,
    LONGEST_KEY,
    LONGEST_VALUE,
    Advice,
    Configuration,
    ConfigurationKey,
    KeyState,
    advise,
    fold_key,
    is_secret,
)
from voltaro.domain.person import Scope
from web.export import LIST_MEDIA, Format, each, stream, wanted_format
from web.problem import Problem, invalid
from web.route import Ask, Body, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, command_view, ordered

routes = Routes("configuration")

KeyName = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_KEY)]
Value = Annotated[str, msgspec.Meta(max_length=LONGEST_VALUE)]


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration key. ``value`` is as the charger wrote it, null where it told none or where it is a secret (``secret``).

    ``known`` false: the charger does not know it. ``state`` is what has come of the last write: ``confirmed`` (reads back the
    same), ``differs``, ``reboot_required``, ``unconfirmed``, ``rejected``, ``not_supported`` or ``unknown``.
    """

    key: str
    value: str | None
    readonly: bool | None
    known: bool
    secret: bool
    read_at: datetime | None
    written_value: str | None
    written_status: str | None
    written_at: datetime | None
    state: KeyState | None


class ConfigurationView(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a charger's configuration. ``read_at``: when all keys were last read; ``failure``: why they were not."""

    charger_id: str
    firmware_version: str | None
    read_at: datetime | None
    asked_at: datetime | None
    failure: str | None
    reboot_required: bool
    most_keys: int | None
    keys: list[KeyView]


class RefreshBody(Body, frozen=True):
    """The keys to read; without any, all of them."""

    keys: Annotated[list[KeyName], msgspec.Meta(max_length=100)] = []


class ValueBody(Body, frozen=True):
    """The value to set, as the charger writes it: in OCPP 1.6 every value is a text."""

    value: Value


class AdviceView(msgspec.Struct, frozen=True):
    """A key of the recommended set. ``value`` is what would be written, null where nothing would be; ``reason`` says why."""

    key: str
    current: str | None
    recommended: str
    value: str | None
    reason: str


class AdvisedView(msgspec.Struct, frozen=True):
    """The recommended set as it fits this charger now."""

    items: list[AdviceView]


class ApplyBody(Body, frozen=True):
    """The recommended keys to write; without any, all that differ."""

    keys: Annotated[list[KeyName], msgspec.Meta(max_length=100)] = []


class AppliedView(msgspec.Struct, frozen=True):
    """The commands that write what differed, in the order in which they are sent."""

    items: list[CommandView]


@routes.get(
    "/chargers/{charger_id}/configuration",
    "Show the configuration keys of a charger (OCPP 1.6), as last read; as CSV or NDJSON the keys alone.",
    scope=Scope.CHARGERS_READ,
    response=ConfigurationView,
    media=LIST_MEDIA,
)
async def show_configuration(ask: Ask[None, None]) -> ConfigurationView | web.StreamResponse:
    charger = await _with_keys(ask)
    wanted = wanted_format(ask.request)
    view = configuration_view(charger.id, await ask.house.store.configuration(charger.id))
    if wanted is Format.JSON:
        return view
    return await stream(ask.request, wanted, f"configuration-{charger.id}", each(view.keys), KeyView.__struct_fields__)


@routes.post(
    "/chargers/{charger_id}/configuration/refresh",
    "Read configuration keys from the charger now, all or some. Answers as a command does.",
    scope=Scope.COMMANDS_WRITE,
    body=RefreshBody,
    response=CommandView,
    status=202,
)
async def refresh_configuration(ask: Ask[None, RefreshBody]) -> Reply:
    charger = await _with_keys(ask)
    keys = ask.body.keys
    for place, key in enumerate(keys):
        if is_secret(key):
            raise invalid(f"/keys/{place}", f"{key} holds a secret: it is written, and never read back")
    most = (await ask.house.store.configuration(charger.id)).whole("GetConfigurationMaxKeys")
    if most is not None and 0 < most < len(keys):
        raise invalid(
            "/keys", f"the charger takes at most {most} keys in one question (GetConfigurationMaxKeys): ask in pieces, or for all"
        )
    return await ordered(ask, ReadConfiguration(tuple(keys)))


@routes.put(
    "/chargers/{charger_id}/configuration/{key}",
    "Set a configuration key; it is read back afterwards. Answers as a command does.",
    scope=Scope.COMMANDS_WRITE,
    body=ValueBody,
    response=CommandView,
    status=202,
)
async def set_configuration_key(ask: Ask[None, ValueBody]) -> Reply:
    await _with_keys(ask)
    key = ask.text("key")
    if len(key) > LONGEST_KEY:
        raise invalid("/key", f"the name of a key has at most {LONGEST_KEY} characters")
    if fold_key(key) in GUARDED_KEYS:
        raise Problem(
            409,
            "guarded_key",
            f"{key} changes together with what is stored here, or the charger is locked out: use POST /chargers/{{id}}/password/rotate or "
            "/security-profile. Who knows what follows may send ChangeConfiguration as a command.",
        )
    return await ordered(ask, ChangeConfiguration(key, ask.body.value))


@routes.get(
    "/chargers/{charger_id}/configuration-advice",
    "Show what the recommended set of keys would change. Nothing is written.",
    scope=Scope.CHARGERS_READ,
    response=AdvisedView,
)
async def show_configuration_advice(ask: Ask[None, None]) -> AdvisedView:
    charger = await _with_keys(ask)
    return AdvisedView([_advice_view(advice) for advice in advise(await ask.house.store.configuration(charger.id))])


@routes.post(
    "/chargers/{charger_id}/configuration-advice",
    "Write what of the recommended set differs: each key once, in one go.",
    scope=Scope.COMMANDS_WRITE,
    body=ApplyBody,
    response=AppliedView,
    status=202,
)
async def apply_configuration_advice(ask: Ask[None, ApplyBody]) -> AppliedView:
    charger = await _with_keys(ask)
    advised = advise(await ask.house.store.configuration(charger.id))
    known = {fold_key(advice.recommendation.name) for advice in advised}
    for place, key in enumerate(ask.body.keys):
        if fold_key(key) not in known:
            raise invalid(f"/keys/{place}", f"{key} is not in the recommended set")
    wanted = {fold_key(key) for key in ask.body.keys} or known
    commands = []
    for advice in advised:
        if advice.value is not None and fold_key(advice.recommendation.name) in wanted:
            order = ChangeConfiguration(advice.recommendation.name, advice.value)
            commands.append(command_view(await ask.house.fleet.order(charger.id, order, ask.by)))
    return AppliedView(commands)


def configuration_view(charger_id: str, configuration: Configuration) -> ConfigurationView:
    """A configuration as the API shows it."""
    return ConfigurationView(
        charger_id=charger_id,
        firmware_version=configuration.firmware_version,
        read_at=configuration.read_at,
        asked_at=configuration.asked_at,
        failure=configuration.failure,
        reboot_required=any(key.reboot_required for key in configuration.keys),
        most_keys=configuration.whole("GetConfigurationMaxKeys"),
        keys=[_key_view(key) for key in configuration.keys],
    )


def _key_view(key: ConfigurationKey) -> KeyView:
    return KeyView(
        key=key.name,
        value=key.value,
        readonly=key.readonly,
        known=key.known,
        secret=is_secret(key.name),
        read_at=key.read_at,
        written_value=key.written_value,
        written_status=key.written_status,
        written_at=key.written_at,
        state=key.state,
    )


def _advice_view(advice: Advice) -> AdviceView:
    return AdviceView(advice.recommendation.name, advice.current, advice.recommendation.value, advice.value, advice.reason)


async def _with_keys(ask: Ask[Any, Any]) -> Charger:
    """The charger of the path. Raises Problem 409 for one whose version of OCPP has variables instead."""
    charger = await known_charger(ask)
    if charger.protocol is not None and charger.protocol.startswith("ocpp2"):
        raise Problem(
            409,
            "no_configuration_keys",
            f"{charger.id} speaks OCPP {charger.protocol.removeprefix('ocpp')}, which has variables of components and no configuration "
            "keys: send GetBaseReport, GetVariables or SetVariables as a command.",
        )
    return charger
