"""What dialects tell of a charger's upkeep: its return, and whether it is in service."""

from __future__ import annotations

from typing import Protocol


class Homecoming(Protocol):
    """A charger that has come back is asked for what it has not said. ``actors/homecoming.py`` implements it."""

    def triggered(self, message: str, *, accepted: bool) -> None:
        """The charger has answered our wish for a message; without an answer it is not accepted."""
        ...


class Availability(Protocol):
    """What is to be in service. ``actors/availability.py`` implements it."""

    async def set(self, evse_id: int, connector_id: int, *, operative: bool) -> None:
        """The charger has agreed to be in or out of service: evse 0 is the whole charger, connector 0 the whole evse.
        Returns after its COMMIT."""
        ...
