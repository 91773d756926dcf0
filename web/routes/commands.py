"""Commands: what operators ask chargers to do, in OCPP's spelling or in one vocabulary for all versions."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web

from voltaro.domain.command import (
    ChangeAvailability,
    ClearCache,
    Command,
    CommandState,
    DataTransfer,
    Effect,
    Order,
    Reset,
    StartCharging,
    StopCharging,
    Trigger,
    Unlock,
)
from voltaro.domain.person import Scope
from voltaro.domain.session import SessionState
from voltaro.ports import InvalidPayload, NotConnected, SessionQuery
from web.charging import ChargingProfileBody, start_profile
from web.problem import Problem, invalid, not_found
from web.route import Ask, Body, ByCommand, Listing, PageQuery, Reply, Routes
from web.routes.chargers import known_charger

routes = Routes("commands")

LONGEST_WAIT_S = 60
Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
IdTag = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class CommandView(ByCommand, frozen=True, kw_only=True):
    """A command and what became of it; ``response`` is what the charger really answered, ``error`` what went wrong with the call.

    ``effect``: whether the charger was seen to do it; ``awaited`` until ``effect_until`` (null: until it comes), ``reason`` says why
    it was not seen, or what it waits for. ``session_id`` is the session that a start brought."""

    id: str
    charger_id: str
    action: str
    payload: dict[str, Any]
    state: CommandState
    response: dict[str, Any] | None
    error: str | None
    requested_by: str | None
    created_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    effect: Effect
    reason: str | None
    effect_until: datetime | None
    effect_at: datetime | None
    session_id: int | None


class CommandBody(Body, frozen=True):
    """Any action of the charger's OCPP version, its payload in OCPP spelling."""

    action: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    payload: dict[str, Any] = {}


class StartBody(Body, frozen=True, kw_only=True):
    """Start charging for a tag; without ``evse_id`` the charger chooses. ``charging_profile`` limits the session that starts."""

    id_tag: IdTag
    evse_id: Positive | None = None
    connector_id: Positive | None = None
    tag_type: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    charging_profile: ChargingProfileBody | None = None


class StopBody(Body, frozen=True, kw_only=True):
    """Stop a session, by our id or by the OCPP transaction id. With neither, the only open session of the charger is meant."""

    session_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    transaction_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | None = None


class ResetBody(Body, frozen=True, kw_only=True):
    """Restart the charger; ``immediately`` does not wait for sessions to end."""

    immediately: bool = False
    evse_id: Positive | None = None


class UnlockBody(Body, frozen=True, kw_only=True):
    """Release a cable."""

    evse_id: Positive
    connector_id: Positive = 1


class AvailabilityBody(Body, frozen=True, kw_only=True):
    """Take the charger, an EVSE or a connector in or out of service."""

    operative: bool
    evse_id: Positive | None = None
    connector_id: Positive | None = None


class TriggerBody(Body, frozen=True, kw_only=True):
    """Ask the charger to send a message now, e.g. ``StatusNotification``."""

    message: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    evse_id: Positive | None = None
    connector_id: Positive | None = None


class DataTransferBody(Body, frozen=True, kw_only=True):
    """Tell the charger something that only its vendor knows the meaning of; in 1.6 what is no text is sent as JSON in a text."""

    vendor_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    message_id: Annotated[str, msgspec.Meta(max_length=50)] | None = None
    data: Any = None


class NoBody(Body, frozen=True):
    """Nothing to say."""


class ActionsView(msgspec.Struct, frozen=True):
    """The actions that the charger's OCPP version takes from us."""

    protocol: str
    items: list[str]


class ActionView(msgspec.Struct, frozen=True):
    """An action with the JSON schema of its payload."""

    action: str
    protocol: str
    schema: dict[str, Any]


@routes.post(
    "/chargers/{charger_id}/commands",
    "Send any OCPP action. 202 with Location, or the final state with Prefer: wait=N when it comes in time.",
    scope=Scope.COMMANDS_WRITE,
    body=CommandBody,
    response=CommandView,
    status=202,
)
async def send_command(ask: Ask[None, CommandBody]) -> Reply:
    body = ask.body
    charger_id = ask.text("charger_id")
    try:
        return await _sent(ask, lambda key: ask.house.fleet.command(charger_id, body.action, body.payload, ask.by, key))
    except InvalidPayload as error:
        raise invalid("/payload" + error.pointer, error.message) from error


@routes.get(
    "/chargers/{charger_id}/commands",
    "List the commands to a charger, newest first.",
    scope=Scope.CHARGERS_READ,
    query=PageQuery,
    response=Listing[CommandView],
)
async def list_commands(ask: Ask[PageQuery, None]) -> Listing[CommandView]:
    charger = await known_charger(ask)
    page = await ask.house.store.commands(charger.id, limit=ask.query.limit, cursor=ask.query.cursor)
    return Listing([command_view(command) for command in page.items], page.next)


@routes.get("/commands/{command_id}", "Show a command and what became of it.", scope=Scope.CHARGERS_READ, response=CommandView)
async def show_command(ask: Ask[None, None]) -> CommandView:
    command_id = ask.text("command_id")
    command = await ask.house.store.command(command_id)
    if command is None:
        raise not_found(f"command {command_id[:80]!r}")
    return command_view(command)


@routes.get("/chargers/{charger_id}/actions", "List the actions the charger takes.", scope=Scope.CHARGERS_READ, response=ActionsView)
async def list_actions(ask: Ask[None, None]) -> ActionsView:
    charger = await known_charger(ask)
    dialect = await ask.house.fleet.dialect(charger.id)
    return ActionsView(dialect.protocol, sorted(dialect.actions()))


@routes.get("/chargers/{charger_id}/actions/{action}", "Show an action the charger takes.", scope=Scope.CHARGERS_READ, response=ActionView)
async def show_action(ask: Ask[None, None]) -> ActionView:
    return await _action(ask)


@routes.get(
    "/chargers/{charger_id}/actions/{action}/schema",
    "The JSON schema of an action's payload.",
    scope=Scope.CHARGERS_READ,
    response=dict[str, Any],
)
async def show_action_schema(ask: Ask[None, None]) -> dict[str, Any]:
    return (await _action(ask)).schema


def _order(path: str, summary: str, body: type[Body]) -> Callable[[Any], Any]:
    return routes.post(f"/chargers/{{charger_id}}/{path}", summary, scope=Scope.COMMANDS_WRITE, body=body, response=CommandView, status=202)


@_order("start", "Start charging.", StartBody)
async def start_charging(ask: Ask[None, StartBody]) -> Reply:
    body = ask.body
    if body.connector_id is not None and body.evse_id is None:
        raise invalid("/evse_id", "is required beside connector_id")
    remote_start_id = secrets.randbelow(2**31 - 1) + 1
    profile = None
    if body.charging_profile is not None:
        charger = await known_charger(ask)
        profile = await start_profile(ask.house, charger.id, body.charging_profile, body.evse_id)
    return await ordered(ask, StartCharging(body.id_tag, body.evse_id, body.connector_id, body.tag_type, remote_start_id, profile))


@_order("stop", "Stop a session.", StopBody)
async def stop_charging(ask: Ask[None, StopBody]) -> Reply:
    return await ordered(ask, StopCharging(await _transaction(ask)))


@_order("reset", "Restart the charger.", ResetBody)
async def reset_charger(ask: Ask[None, ResetBody]) -> Reply:
    return await ordered(ask, Reset(ask.body.immediately, ask.body.evse_id))


@_order("unlock", "Release a cable.", UnlockBody)
async def unlock_connector(ask: Ask[None, UnlockBody]) -> Reply:
    return await ordered(ask, Unlock(ask.body.evse_id, ask.body.connector_id))


@_order("availability", "Take in or out of service.", AvailabilityBody)
async def change_availability(ask: Ask[None, AvailabilityBody]) -> Reply:
    body = ask.body
    if body.connector_id is not None and body.evse_id is None:
        raise invalid("/evse_id", "is required beside connector_id")
    return await ordered(ask, ChangeAvailability(body.operative, body.evse_id, body.connector_id))


@_order("clear-cache", "Let the charger forget the tags it has cached.", NoBody)
async def clear_cache(ask: Ask[None, NoBody]) -> Reply:
    return await ordered(ask, ClearCache())


@_order("trigger", "Let the charger send a message now.", TriggerBody)
async def trigger_message(ask: Ask[None, TriggerBody]) -> Reply:
    return await ordered(ask, Trigger(ask.body.message, ask.body.evse_id, ask.body.connector_id))


@_order("data-transfer", "Send the charger data of its vendor's own.", DataTransferBody)
async def transfer_data(ask: Ask[None, DataTransferBody]) -> Reply:
    return await ordered(ask, DataTransfer(ask.body.vendor_id, ask.body.message_id, ask.body.data))


def command_view(command: Command) -> CommandView:
    """A command as the API shows it."""
    return CommandView(
        id=command.id,
        charger_id=command.charger_id,
        action=command.action,
        payload=dict(command.payload),
        state=command.state,
        response=None if command.response is None else dict(command.response),
        error=command.error,
        requested_by=command.requested_by,
        created_at=command.created_at,
        sent_at=command.sent_at,
        answered_at=command.answered_at,
        effect=command.effect,
        reason=command.reason,
        effect_until=command.effect_until,
        effect_at=command.effect_at,
        session_id=command.session_id,
    )


async def _action(ask: Ask[None, None]) -> ActionView:
    charger, action = await known_charger(ask), ask.text("action")
    dialect = await ask.house.fleet.dialect(charger.id)
    if action not in dialect.actions():
        raise not_found(f"action {action[:80]!r} in {dialect.protocol}")
    return ActionView(action, dialect.protocol, dict(dialect.request_schema(action)))


async def ordered(ask: Ask[Any, Any], order: Order) -> Reply:
    """Send an order to the charger in the path, and answer with its command."""
    charger_id = ask.text("charger_id")
    return await _sent(ask, lambda key: ask.house.fleet.order(charger_id, order, ask.by, key))


async def _sent(ask: Ask[Any, Any], send: Callable[[str | None], Awaitable[Command]]) -> Reply:
    """Send a command under the request's ``Idempotency-Key``, where it has one; and wait as wished."""
    key = None
    if ask.once is not None:
        ask.once.is_bound, key = True, ask.once.name
    try:
        command = await send(key)
    except NotConnected:
        await known_charger(ask)  # 404 goes before 409
        raise
    return await answered(ask, command)


async def answered(ask: Ask[Any, Any], command: Command) -> Reply:
    """The answer that a command makes, after the wait that was wished for."""
    wait_s = wait_wished(ask.request)
    headers = {"Location": f"/api/v1/commands/{command.id}"}
    if wait_s is None:
        return Reply(command_view(command), 202, headers)
    effective = is_effect_wished(ask.request)
    command = await ask.house.fleet.settled(command, wait_s, effective=effective)
    headers["Preference-Applied"] = f"wait={wait_s}; until=effective" if effective else f"wait={wait_s}"
    is_done = command.is_over if effective else command.state.settled
    return Reply(command_view(command), 200 if is_done else 202, headers)


async def answer_again(ask: Ask[Any, Any], command_id: str) -> Reply:
    """The answer to a request that has sent this command before."""
    command = await ask.house.store.command(command_id)
    if command is None:
        raise not_found(f"command {command_id!r} any more")
    return await answered(ask, command)


async def _transaction(ask: Ask[None, StopBody]) -> str:
    """The OCPP transaction id of the session to be stopped."""
    body, store = ask.body, ask.house.store
    charger = await known_charger(ask)
    if body.transaction_id is not None:
        if body.session_id is not None:
            raise invalid("/transaction_id", "is given beside session_id; give one of them")
        return body.transaction_id
    if body.session_id is not None:
        session = await store.session(body.session_id)
        if session is None or session.charger_id != charger.id:
            raise invalid("/session_id", f"there is no session {body.session_id} of this charger")
        if session.state is not SessionState.ACTIVE:
            raise Problem(409, "session_not_active", f"Session {session.id} is {session.state}; there is nothing to stop.")
        return session.transaction_id
    page = await store.sessions(SessionQuery(charger_id=charger.id, state=SessionState.ACTIVE), limit=2)
    if not page.items:
        raise Problem(409, "session_not_active", "The charger has no open session; there is nothing to stop.")
    if len(page.items) > 1:
        raise invalid("/session_id", "is required, because the charger has more than one open session")
    return page.items[0].transaction_id


def wait_wished(request: web.Request) -> int | None:
    """Seconds of ``Prefer: wait=N`` (RFC 7240 section 4.3), at most a minute; None when it is not asked for."""
    for header in request.headers.getall("Prefer", ()):
        found = _WAIT.search(header)
        if found is not None:
            return min(int(found.group(1)), LONGEST_WAIT_S)
    return None


def is_effect_wished(request: web.Request) -> bool:
    """Whether ``until=effective`` stands beside the wait: until the charger has shown what it accepted, or has not."""
    return any(_UNTIL.search(header) is not None for header in request.headers.getall("Prefer", ()))


_UNTIL = re.compile(r"(?:^|[,;\s])until\s*=\s*\"?effective\"?(?:$|[,;\s])", re.IGNORECASE)
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)
