"""Variables of OCPP 2.x chargers: what they have reported and told, and what is written to them."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from aiohttp import web

from voltaro.domain.charger import Charger
from voltaro.domain.configuration import KeyState
from voltaro.domain.person import Scope
from voltaro.domain.variable import ACTUAL, Variable, VariableName
from web.export import LIST_MEDIA, Format, each, stream, wanted_format
from web.problem import Problem, invalid
from web.route import Ask, Body, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, commanded

routes = Routes("configuration")

LONGEST_VALUE = 2500
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Place = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class BaseReport(StrEnum):
    """Which variables a charger reports: all, those that can be set, or a summary."""

    FULL = "FullInventory"
    CONFIGURATION = "ConfigurationInventory"
    SUMMARY = "SummaryInventory"


class VariableView(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of a variable. ``value`` is as the charger told it, null where it told none or where it is a secret.

    ``choices``, ``least`` and ``most`` are what it takes, as far as it said so. ``state`` is what has come of the last write, with
    ``written_status`` and ``written_reason`` in the charger's words.
    """

    component: str
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    variable: str
    variable_instance: str | None
    attribute: str
    value: str | None
    mutability: str
    data_type: str | None
    unit: str | None
    choices: list[str]
    least: float | None
    most: float | None
    secret: bool
    read_at: datetime | None
    written_value: str | None
    written_status: str | None
    written_reason: str | None
    written_at: datetime | None
    state: KeyState | None


class VariablesView(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a charger's variables. ``read_at``: when the newest was told."""

    charger_id: str
    read_at: datetime | None
    reboot_required: bool
    items: list[VariableView]


class ReportBody(Body, frozen=True):
    """Which variables are to be reported."""

    report: BaseReport = BaseReport.FULL


class VariableBody(Body, frozen=True, kw_only=True):
    """The value to set, as text, and the variable's whole name."""

    component: Name
    component_instance: Name | None = None
    evse_id: Place | None = None
    connector_id: Place | None = None
    variable: Name
    variable_instance: Name | None = None
    attribute: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] = ACTUAL
    value: Annotated[str, msgspec.Meta(max_length=LONGEST_VALUE)]


@routes.get(
    "/chargers/{charger_id}/variables",
    "Show the variables of a charger (OCPP 2.x), as last reported or read.",
    scope=Scope.CHARGERS_READ,
    response=VariablesView,
    media=LIST_MEDIA,
)
async def show_variables(ask: Ask[None, None]) -> VariablesView | web.StreamResponse:
    charger = await _with_variables(ask)
    wanted = wanted_format(ask.request)
    found = [_view(variable) for variable in await ask.house.store.device_variables(charger.id)]
    if wanted is not Format.JSON:
        return await stream(ask.request, wanted, f"variables-{charger.id}", each(found), VariableView.__struct_fields__)
    return VariablesView(
        charger_id=charger.id,
        read_at=max((view.read_at for view in found if view.read_at is not None), default=None),
        reboot_required=any(view.state is KeyState.REBOOT_REQUIRED for view in found),
        items=found,
    )


@routes.post(
    "/chargers/{charger_id}/variables/refresh",
    "Have the charger report its variables now. Answers as a command does; the report comes afterwards.",
    scope=Scope.COMMANDS_WRITE,
    body=ReportBody,
    response=CommandView,
    status=202,
)
async def refresh_variables(ask: Ask[None, ReportBody]) -> Reply:
    await _with_variables(ask)
    payload = {"requestId": secrets.randbelow(2**31 - 1) + 1, "reportBase": ask.body.report}
    return await commanded(ask, "GetBaseReport", payload)


@routes.put(
    "/chargers/{charger_id}/variables",
    "Set a variable; it is read back afterwards. Answers as a command does.",
    scope=Scope.COMMANDS_WRITE,
    body=VariableBody,
    response=CommandView,
    status=202,
)
async def set_variable(ask: Ask[None, VariableBody]) -> Reply:
    await _with_variables(ask)
    body = ask.body
    name = VariableName(body.component, body.component_instance, body.evse_id, body.connector_id, body.variable, body.variable_instance)
    if name.is_secret:
        raise Problem(
            409,
            "guarded_key",
            f"{body.variable} holds a secret that changes together with what is stored here: use POST /chargers/{{id}}/password/rotate. "
            "Who knows what follows may send SetVariables as a command.",
        )
    if body.connector_id is not None and body.evse_id is None:
        raise invalid("/evse_id", "is required beside connector_id")
    item: dict[str, Any] = {**name.payload(), "attributeValue": body.value}
    if body.attribute != ACTUAL:
        item["attributeType"] = body.attribute
    return await commanded(ask, "SetVariables", {"setVariableData": [item]})


def _view(variable: Variable) -> VariableView:
    name = variable.name
    return VariableView(
        component=name.component,
        component_instance=name.component_instance,
        evse_id=name.evse_id,
        connector_id=name.connector_id,
        variable=name.name,
        variable_instance=name.instance,
        attribute=variable.attribute,
        value=variable.value,
        mutability=variable.mutability,
        data_type=variable.data_type,
        unit=variable.unit,
        choices=list(variable.choices),
        least=variable.least,
        most=variable.most,
        secret=name.is_secret,
        read_at=variable.read_at,
        written_value=variable.written_value,
        written_status=variable.written_status,
        written_reason=variable.written_reason,
        written_at=variable.written_at,
        state=variable.state,
    )


async def _with_variables(ask: Ask[Any, Any]) -> Charger:
    """The charger of the path. Raises Problem 409 for one whose version of OCPP has configuration keys instead."""
    charger = await known_charger(ask)
    if charger.protocol == "ocpp1.6":
        raise Problem(
            409, "no_variables", f"{charger.id} speaks OCPP 1.6, which has configuration keys and no variables: see /configuration."
        )
    return charger
