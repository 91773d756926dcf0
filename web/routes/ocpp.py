"""What may be said in each version of OCPP: actions and their JSON schemas, for forms, checks and explanations. No charger is needed."""

from __future__ import annotations

from typing import Any

import msgspec

from voltaro.ports.schema_book import SchemaBook, SpokenAction
from web.problem import not_found
from web.route import Ask, Routes

routes = Routes("ocpp")


class SpokenActionView(msgspec.Struct, frozen=True):
    """An action: whether we may send it (``to_charger``), and whether a charger may (``from_charger``)."""

    action: str
    to_charger: bool
    from_charger: bool


class SpokenActionsView(msgspec.Struct, frozen=True):
    """All actions of a version, by name."""

    protocol: str
    items: list[SpokenActionView]


class ActionSchemasView(msgspec.Struct, frozen=True, kw_only=True):
    """An action with the JSON schemas (draft 4) of its request and of its answer, null where it has none."""

    action: str
    protocol: str
    to_charger: bool
    from_charger: bool
    request: dict[str, Any]
    response: dict[str, Any] | None


@routes.get("/ocpp/{protocol}/actions", "List the actions of a version of OCPP: ocpp1.6, ocpp2.0.1 or ocpp2.1.", response=SpokenActionsView)
async def list_ocpp_actions(ask: Ask[None, None]) -> SpokenActionsView:
    protocol = ask.text("protocol")
    actions = _book(ask).actions(protocol)
    if actions is None:
        raise not_found(f"OCPP version {protocol[:40]!r}")
    return SpokenActionsView(protocol, [_action_view(action) for action in actions])


@routes.get("/ocpp/{protocol}/actions/{action}", "Show the JSON schemas of an action.", response=ActionSchemasView)
async def show_ocpp_action(ask: Ask[None, None]) -> ActionSchemasView:
    protocol, action = ask.text("protocol"), ask.text("action")
    found = _book(ask).schemas(protocol, action)
    if found is None:
        raise not_found(f"action {action[:80]!r} in {protocol[:40]!r}")
    return ActionSchemasView(
        action=action,
        protocol=protocol,
        to_charger=found.action.to_charger,
        from_charger=found.action.from_charger,
        request=dict(found.request),
        response=None if found.response is None else dict(found.response),
    )


def _book(ask: Ask[None, None]) -> SchemaBook:
    if ask.house.schemas is None:
        raise not_found("OCPP here")
    return ask.house.schemas


def _action_view(action: SpokenAction) -> SpokenActionView:
    return SpokenActionView(action.name, action.to_charger, action.from_charger)
