"""Which chargers' local lists are to be compared with the tags. It outlives the actors that wish."""

from __future__ import annotations

import asyncio
from collections.abc import Collection


class ListWishes:
    """Charger ids that are wished for; ``made`` is set while there are any."""

    def __init__(self) -> None:
        self.made = asyncio.Event()
        self._ids: set[str] = set()
        self._all = False

    def wish(self, charger_id: str) -> None:
        """Have one compared; an empty id means every one."""
        if charger_id:
            self._ids.add(charger_id)
        else:
            self._all = True
        self.made.set()

    def take(self) -> Collection[str]:
        """All that were wished for, once; empty means every charger."""
        wished: Collection[str] = () if self._all else self._ids
        self._ids, self._all = set(), False
        self.made.clear()
        return wished

    def give_back(self, wished: Collection[str]) -> None:
        """What was taken is still to be done."""
        for charger_id in wished or ("",):
            self.wish(charger_id)
