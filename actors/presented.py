"""Which cards were shown at chargers of late: kept in memory alone, and told to who is looking.

It outlives a crash of a charger's actor, and is gone after a restart. What is in it is personal data: it is never logged.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from voltaro.domain.event import Flash
from voltaro.domain.tag import fold_tag
from voltaro.ports import Announcer, PresentedTag

MOST = 100


class PresentedTags:
    """The newest ``MOST``; a card that is shown again at the same charger has one entry, with the newest time."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], PresentedTag] = OrderedDict()

    def note(self, shown: PresentedTag, announcer: Announcer) -> None:
        """A card was shown. Rare: once a session, and never with a heartbeat or meter values."""
        key = (shown.charger_id, fold_tag(shown.id_tag))
        before = self._held.pop(key, None)
        if before is not None and shown.evse_id is None:
            shown = replace(shown, evse_id=before.evse_id)
        self._held[key] = shown
        if len(self._held) > MOST:
            self._held.popitem(last=False)
        if announcer.is_watched():
            told = {"evse_id": shown.evse_id, "id_tag": shown.id_tag, "outcome": shown.outcome, "at": shown.at}
            announcer.flash(Flash("tag.presented", told, shown.charger_id, key=f"tag.presented:{shown.charger_id}:{key[1]}"))

    def newest(self) -> Sequence[PresentedTag]:
        """The newest first."""
        return tuple(reversed(self._held.values()))
