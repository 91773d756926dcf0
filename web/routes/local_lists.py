"""Local authorization lists: which tags a charger may let charge by itself, and how its list stands."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web

from voltaro.domain.command import CheckLocalList
from voltaro.domain.local_list import ListState, bounds_of, digest_of, entries_of
from voltaro.domain.person import Scope
from voltaro.domain.tag import longest_tag
from web.house import House
from web.route import Ask, Body, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, NoBody, ordered, wait_wished

routes = Routes("local lists")


class LocalListView(msgspec.Struct, frozen=True, kw_only=True):
    """How a charger's list stands. ``version`` is what it last told or took: -1 not supported, 0 empty.

    ``state``: ``never`` (nothing is known), ``not_supported``, ``empty``, ``synced``, ``stale`` (it differs from the tags) or ``failed``.
    ``wanted`` is how many tags it should hold; ``left_out`` how many there is no room for (``max_length``, the charger's
    LocalAuthListMaxLength), ``too_long`` how many are longer than its version of OCPP can say. ``note`` says what to do about it.
    """

    charger_id: str
    sync: bool
    state: ListState
    version: int | None
    sent_version: int
    held: int | None
    wanted: int
    left_out: int
    too_long: int
    max_length: int | None
    per_message: int
    failure: str | None
    note: str | None
    checked_at: datetime | None
    synced_at: datetime | None


class SyncBody(Body, frozen=True):
    """``full`` sends the whole list, otherwise what differs where that is known."""

    full: bool = False


class ListPatch(Body, frozen=True):
    """Whether the list is kept up to date by itself when tags change and when the charger comes back."""

    sync: bool


@routes.get(
    "/chargers/{charger_id}/local-list",
    "Show how the charger's local authorization list stands.",
    scope=Scope.CHARGERS_READ,
    response=LocalListView,
)
async def show_local_list(ask: Ask[None, None]) -> LocalListView:
    charger = await known_charger(ask)
    return await _view(ask.house, charger.id, charger.protocol)


@routes.patch(
    "/chargers/{charger_id}/local-list",
    "Switch on or off that the list is kept up to date by itself.",
    scope=Scope.CHARGERS_WRITE,
    body=ListPatch,
    response=LocalListView,
)
async def change_local_list(ask: Ask[None, ListPatch]) -> LocalListView:
    charger = await known_charger(ask)
    await ask.house.store.set_list_sync(charger.id, ask.body.sync, ask.by)
    return await _view(ask.house, charger.id, charger.protocol)


@routes.post(
    "/chargers/{charger_id}/local-list/sync",
    "Bring the list up to date now. 202 with Location, or how it stands afterwards with Prefer: wait=N when it is over in time.",
    scope=Scope.COMMANDS_WRITE,
    body=SyncBody,
    response=LocalListView,
    status=202,
    also={200: LocalListView},
)
async def sync_local_list(ask: Ask[None, SyncBody]) -> Reply:
    charger, house = await known_charger(ask), ask.house
    wait_s = wait_wished(ask.request)
    over = await house.fleet.sync_local_list(charger.id, full=ask.body.full, wait_s=wait_s or 0.0)
    await house.store.record_audit(ask.by, "charger.local_list_sent", charger.id, {"full": ask.body.full})
    headers = {"Location": f"/api/v1/chargers/{_quoted(ask.request)}/local-list"}
    if wait_s is not None:
        headers["Preference-Applied"] = f"wait={wait_s}"
    return Reply(await _view(house, charger.id, charger.protocol), 200 if over and wait_s is not None else 202, headers)


@routes.post(
    "/chargers/{charger_id}/local-list/check",
    "Ask the charger which version of the list it holds. Answers as a command does.",
    scope=Scope.COMMANDS_WRITE,
    body=NoBody,
    response=CommandView,
    status=202,
)
async def check_local_list(ask: Ask[None, NoBody]) -> Reply:
    return await ordered(ask, CheckLocalList())


async def _view(house: House, charger_id: str, protocol: str | None) -> LocalListView:
    store, now = house.store, house.clock.now()
    stored = await store.local_list(charger_id)
    bounds = bounds_of(await store.configuration(charger_id), await store.variables(charger_id))
    tags = await store.list_tags(longest_tag(protocol), now)
    wanted = entries_of(tags.tags, now, bounds.most)
    left_out = len(tags.tags) - len(wanted)
    return LocalListView(
        charger_id=charger_id,
        sync=stored.sync,
        state=stored.state(digest_of(wanted)),
        version=stored.version,
        sent_version=stored.sent_version,
        held=stored.held,
        wanted=len(wanted),
        left_out=left_out,
        too_long=tags.too_long,
        max_length=bounds.told,
        per_message=bounds.per_message,
        failure=stored.failure,
        note=_note(left_out, tags.too_long, bounds.most, protocol),
        checked_at=stored.checked_at,
        synced_at=stored.synced_at,
    )


def _note(left_out: int, too_long: int, most: int, protocol: str | None) -> str | None:
    told = []
    if left_out:
        told.append(
            f"The list takes {most} tags at most, and {left_out} more would be wanted: accepted tags come first, then "
            "those that were made first. "
            "Tags that are left out are asked about here, as long as the charger is connected."
        )
    if too_long:
        told.append(
            f"Tags with more than {longest_tag(protocol)} characters are left out, {too_long} of them: this charger cannot hold them."
        )
    return " ".join(told) or None


def _quoted(request: web.Request) -> str:
    """The charger's id as the request's path spells it."""
    return request.rel_url.raw_parts[-3]
