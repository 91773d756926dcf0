"""Bulk work: commands to many chargers, and changes of many chargers, with a result for each."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from voltaro.domain.batch import Batch, BatchKind, BatchState, ItemState
from voltaro.domain.charger import Registration
from voltaro.domain.command import ChangeAvailability, ClearCache, Command, CommandState, DataTransfer, Order, Reset, Trigger, Unlock
from voltaro.domain.person import Scope
from voltaro.ports import BatchResult, Change
from web.batches import Act, Batches
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.house import House
from web.problem import Problem, invalid, not_found
from web.reading import pointer_of, words_of
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes
from web.routes.charger_list import ChargerFilters, Word, charger_filter
from web.routes.chargers import Name
from web.routes.commands import AvailabilityBody, DataTransferBody, NoBody, ResetBody, TriggerBody, UnlockBody

routes = Routes("batches")

BATCHES = web.AppKey("batches", Batches)
MOST = 10_000
_PAGE = 500
ChargerId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
ChargerIds = Annotated[list[ChargerId], msgspec.Meta(min_length=1, max_length=MOST)]
Verb = Literal["reset", "unlock", "availability", "clear-cache", "trigger", "data-transfer"]


class FilterBody(ChargerFilters, frozen=True, kw_only=True):
    """The filters of ``GET /chargers``. Empty, it means all chargers."""


class CommandBatchBody(Body, frozen=True, kw_only=True):
    """An OCPP ``action`` with its ``payload`` in OCPP spelling, or a ``verb`` with the body of that endpoint as ``payload``; to the
    chargers in ``charger_ids``, or to those that fit the ``filter`` now."""

    action: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    verb: Verb | None = None
    payload: dict[str, Any] = {}
    charger_ids: ChargerIds | None = None
    filter: FilterBody | None = None


class ChargerChange(Body, frozen=True, kw_only=True):
    """What to change of each charger; members left out stay."""

    site_id: Name | UnsetType | None = UNSET
    registration: Registration | UnsetType = UNSET


class ChargerBatchBody(Body, frozen=True, kw_only=True):
    """Change or remove the chargers in ``charger_ids``, or those that fit the ``filter`` now."""

    action: Literal["change", "remove"]
    change: ChargerChange | None = None
    charger_ids: ChargerIds | None = None
    filter: FilterBody | None = None


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done to many chargers. ``kind`` is command, order (a verb), change or remove.

    Secrets in ``payload`` are masked; then it is not ``repeatable`` as it is shown. ``counts`` says how many chargers have come how
    far: waiting, not_sent, failed, done, or the state of the command that was sent.
    """

    id: str
    kind: BatchKind
    action: str
    payload: dict[str, Any]
    state: BatchState
    total: int
    repeatable: bool
    counts: dict[str, int]
    created_by: str
    created_at: datetime
    ended_at: datetime | None


class ResultView(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it with one charger. ``error`` is a code: not_connected, unknown_charger, invalid_payload, unknown_action,
    commands_full, unavailable, actor_crashed, cancelled, interrupted, restarted ...; ``response_status`` what the charger answered."""

    charger_id: str
    state: str
    command_id: str | None
    response_status: str | None
    error: str | None
    detail: str | None


_RESULT_STATES = dict.fromkeys(str(state) for state in (*ItemState, *CommandState))


class ResultQuery(PageQuery, frozen=True, kw_only=True):
    """``state``: one or several, comma between."""

    state: Word | None = None


@routes.post(
    "/commands:batch",
    "Send a command to many chargers. 202 with Location; a charger that cannot be told is a result, not a failure of the whole.",
    scope=Scope.COMMANDS_WRITE,
    body=CommandBatchBody,
    response=BatchView,
    status=202,
)
async def send_commands(ask: Ask[None, CommandBatchBody]) -> Reply:
    body, fleet, by = ask.body, ask.house.fleet, ask.by
    if (body.action is None) == (body.verb is None):
        raise invalid("/action", "give either an action or a verb")
    if body.verb is not None:
        order = _order(body.verb, body.payload)
        kind, action = BatchKind.ORDER, str(body.verb)

        def act(charger_id: str, key: str) -> Any:
            return fleet.order(charger_id, order, by, key)
    else:
        kind, action = BatchKind.COMMAND, body.action or ""

        def act(charger_id: str, key: str) -> Any:
            return fleet.command(charger_id, action, body.payload, by, key)

    masked = msgspec.json.decode(ask.house.mask(msgspec.json.encode([2, "", action, body.payload]).decode()))[3]
    return await _begun(ask, kind, action, masked, act, repeatable=masked == body.payload)


@routes.post(
    "/chargers:batch",
    "Change or remove many chargers. 202 with Location, with a result for each.",
    scope=Scope.CHARGERS_WRITE,
    body=ChargerBatchBody,
    response=BatchView,
    status=202,
)
async def change_chargers(ask: Ask[None, ChargerBatchBody]) -> Reply:
    body, house, by = ask.body, ask.house, ask.by
    if body.action == "remove":
        if body.change is not None:
            raise invalid("/change", "is given beside remove")

        async def remove(charger_id: str, _: str) -> Command | None:
            if not await house.store.remove_charger(charger_id, by):
                raise not_found(f"charger {charger_id!r}")
            await house.fleet.disconnect(charger_id, "it was removed")
            return None

        return await _begun(ask, BatchKind.REMOVE, "remove", {}, remove)
    change = {} if body.change is None else msgspec.to_builtins(body.change)
    if not change:
        raise invalid("/change", "says nothing to change")
    site_id = change.get("site_id")
    if site_id is not None and await house.store.unknown_sites([site_id]):
        raise invalid("/change/site_id", f"there is no site {site_id!r}; GET /api/v1/sites lists them")

    async def set_members(charger_id: str, _: str) -> Command | None:
        values = {name: Registration(value) if name == "registration" else value for name, value in change.items()}
        before = await house.store.charger(charger_id)
        if before is None or await house.store.change_charger(charger_id, Change(values), by) is None:
            raise not_found(f"charger {charger_id!r}")
        if values.get("registration", before.registration) is not before.registration:
            await house.fleet.disconnect(charger_id, "its settings were changed")
        return None

    return await _begun(ask, BatchKind.CHANGE, "change", change, set_members)


@routes.get("/command-batches", "List the batches, newest first.", scope=Scope.CHARGERS_READ, query=PageQuery, response=Listing[BatchView])
async def list_batches(ask: Ask[PageQuery, None]) -> Listing[BatchView]:
    page = await ask.house.store.batches(limit=ask.query.limit, cursor=ask.query.cursor)
    return Listing(await _views(ask.house, page.items), page.next)


@routes.get("/command-batches/{batch_id}", "Show a batch and how far it is.", scope=Scope.CHARGERS_READ, response=BatchView)
async def show_batch(ask: Ask[None, None]) -> BatchView:
    [view] = await _views(ask.house, [await _known(ask)])
    return view


@routes.get(
    "/command-batches/{batch_id}/results",
    "What came of a batch with each charger, in the order in which they were given.",
    scope=Scope.CHARGERS_READ,
    query=ResultQuery,
    response=Listing[ResultView],
    media=LIST_MEDIA,
)
async def list_batch_results(ask: Ask[ResultQuery, None]) -> Listing[ResultView] | web.StreamResponse:
    batch, query, store, wanted = await _known(ask), ask.query, ask.house.store, wanted_format(ask.request)
    states = words_of("state", query.state, _RESULT_STATES)
    if wanted is Format.JSON:
        page = await store.batch_results(batch.id, limit=query.limit, cursor=query.cursor, states=states)
        return Listing([_result_view(result) for result in page.items], page.next)
    rows: AsyncIterator[ResultView] = all_pages(
        lambda cursor: store.batch_results(batch.id, limit=_PAGE, cursor=cursor, states=states), _result_view
    )
    return await stream(ask.request, wanted, f"batch-{batch.id}", rows, ResultView.__struct_fields__)


@routes.post(
    "/command-batches/{batch_id}/cancel",
    "Begin nothing more of a batch; what was sent stays sent.",
    scope=Scope.COMMANDS_WRITE,
    response=BatchView,
    status=202,
)
async def cancel_batch(ask: Ask[None, None]) -> BatchView:
    batch = await _known(ask)
    if batch.state is not BatchState.RUNNING or not ask.request.app[BATCHES].cancel(batch.id):
        raise Problem(409, "not_running", f"The batch is {batch.state}; there is nothing left to cancel.")
    await ask.house.store.record_audit(ask.by, "batch.cancelled", batch.id, {})
    [view] = await _views(ask.house, [batch])
    return view


async def _begun(ask: Ask[Any, Any], kind: BatchKind, action: str, payload: dict[str, Any], act: Act, *, repeatable: bool = True) -> Reply:
    charger_ids = await _meant(ask.house, ask.body)
    batch = Batch(f"b{secrets.token_hex(8)}", kind, action, payload, ask.by, ask.house.clock.now(), len(charger_ids), repeatable)
    await ask.request.app[BATCHES].begin(batch, charger_ids, act)
    [view] = await _views(ask.house, [batch])
    return Reply(view, 202, {"Location": f"/api/v1/command-batches/{batch.id}"})


async def _meant(house: House, body: CommandBatchBody | ChargerBatchBody) -> Sequence[str]:
    if (body.charger_ids is None) == (body.filter is None):
        raise invalid("/charger_ids", "give either charger_ids or a filter")
    if body.charger_ids is not None:
        return list(dict.fromkeys(body.charger_ids))
    assert body.filter is not None
    found = await house.store.charger_ids(await charger_filter(house, body.filter), limit=MOST + 1)
    if len(found) > MOST:
        raise invalid("/filter", f"means more than {MOST} chargers; take a narrower one")
    return found


def _order(verb: str, payload: dict[str, Any]) -> Order:
    kind = _BODIES[verb]
    try:
        body = msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        pointer, detail = pointer_of(str(error))
        raise invalid("/payload" + pointer, detail) from error
    match body:
        case ResetBody():
            return Reset(body.immediately, body.evse_id)
        case UnlockBody():
            return Unlock(body.evse_id, body.connector_id)
        case AvailabilityBody():
            return ChangeAvailability(body.operative, body.evse_id, body.connector_id)
        case TriggerBody():
            return Trigger(body.message, body.evse_id, body.connector_id)
        case DataTransferBody():
            return DataTransfer(body.vendor_id, body.message_id, body.data)
    return ClearCache()


async def _known(ask: Ask[Any, None]) -> Batch:
    batch_id = ask.text("batch_id")
    batch = await ask.house.store.batch(batch_id)
    if batch is None:
        raise not_found(f"batch {batch_id[:80]!r}")
    return batch


async def _views(house: House, batches: Sequence[Batch]) -> list[BatchView]:
    counts = await house.store.batch_counts([batch.id for batch in batches]) if batches else {}
    return [
        BatchView(
            id=batch.id,
            kind=batch.kind,
            action=batch.action,
            payload=dict(batch.payload),
            state=batch.state,
            total=batch.total,
            repeatable=batch.repeatable,
            counts=dict(counts.get(batch.id, {})),
            created_by=batch.created_by,
            created_at=batch.created_at,
            ended_at=batch.ended_at,
        )
        for batch in batches
    ]


def _result_view(result: BatchResult) -> ResultView:
    status = None if result.response is None else result.response.get("status")
    return ResultView(
        charger_id=result.charger_id,
        state=result.state,
        command_id=result.command_id,
        response_status=status if isinstance(status, str) else None,
        error=result.error,
        detail=result.detail,
    )


_BODIES: dict[str, type[Body]] = {
    "reset": ResetBody,
    "unlock": UnlockBody,
    "availability": AvailabilityBody,
    "clear-cache": NoBody,
    "trigger": TriggerBody,
    "data-transfer": DataTransferBody,
}
