"""Cards that were shown at chargers of late, so that a new one is learned by presenting it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from voltaro.domain.person import Scope
from voltaro.domain.tag import TagStatus, fold_tag
from web.route import Ask, Query, Routes

routes = Routes("tags")


class PresentedTagView(msgspec.Struct, frozen=True, kw_only=True):
    """A card that was shown at a charger, and what the charger was told (``outcome``, in OCPP's words). ``known``: it is a tag here, and
    stands as ``status`` says. ``evse_id`` null: the charger did not say where."""

    id_tag: str
    charger_id: str
    evse_id: int | None
    type: str | None
    outcome: str
    at: datetime
    known: bool
    status: TagStatus | None


class PresentedTagsView(msgspec.Struct, frozen=True):
    """The newest first."""

    items: list[PresentedTagView]


class PresentedQuery(Query, frozen=True, kw_only=True):
    """``charger_id``: those shown at one charger."""

    charger_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None


@routes.get(
    "/tags/presented",
    "List the cards that were shown at chargers of late, known or not: at most a hundred, since the server's start. "
    "The live stream tells each as tag.presented.",
    scope=Scope.TAGS_READ,
    query=PresentedQuery,
    response=PresentedTagsView,
)
async def list_presented_tags(ask: Ask[PresentedQuery, None]) -> PresentedTagsView:
    wanted = ask.query.charger_id
    shown = [one for one in ask.house.fleet.presented_tags() if wanted is None or one.charger_id == wanted]
    known = await ask.house.store.tags_named([fold_tag(one.id_tag) for one in shown]) if shown else {}
    return PresentedTagsView(
        [
            PresentedTagView(
                id_tag=one.id_tag,
                charger_id=one.charger_id,
                evse_id=one.evse_id,
                type=one.type,
                outcome=one.outcome,
                at=one.at,
                known=(tag := known.get(fold_tag(one.id_tag))) is not None,
                status=None if tag is None else tag.status,
            )
            for one in shown
        ]
    )
