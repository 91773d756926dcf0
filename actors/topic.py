"""A topic: one part of what a charger's actor knows and does beside its sessions (its configuration, its reservations ...).

A topic lives in its actor and dies with it; it is rebuilt from stored facts. It holds nothing while there is nothing to hold: an
idle charger costs a few words for each.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from actors.topic_station import TopicStation
from voltaro.domain.charger import Boot
from voltaro.ports import ChargerFacts, Line


@dataclass(frozen=True, slots=True)
class ToTopic:
    """A message to a topic of a charger's actor, by the name of its attribute; answered as its ``hear`` does."""

    topic: str
    message: object


class Topic:
    """Derive from it, and name the class in ``actors/topics.py``. What dialects tell a topic is a Protocol in ``voltaro.ports``, what
    it may use of its charger the one in ``actors/topic_station.py``."""

    __slots__ = ("station",)

    def __init__(self, station: TopicStation) -> None:
        self.station = station

    def rebuild(self, facts: ChargerFacts) -> None:
        """The actor starts, or starts again: take up what is stored."""

    def came_back(self) -> None:
        """The charger has a new line, or has booted; ``settled`` follows in a while. Must not wait."""

    def booted(self, boot: Boot) -> Coroutine[Any, Any, None] | None:
        """The charger has booted; a coroutine where its answer has to wait for what that means here."""
        return None

    def settled(self, line: Line) -> None:
        """An accepted charger has had its say over a new line, or after a boot: ask of it what is needed. Must not wait."""

    def hear(self, message: object) -> object:
        """A message to this topic; it may raise what the charger's actor refuses with, and defer its answer."""
        raise TypeError(f"{type(self).__name__} does not hear {type(message).__name__}")
