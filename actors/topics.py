"""The topics of a charger, one attribute each: ``station.topics.configuration`` and so on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from actors.anomalies import Anomalies
from actors.topic import Topic
from actors.weights import Weights

if TYPE_CHECKING:
    from actors.station import ChargerStation


class Topics:
    """All topics of one charger, in the order in which they are rebuilt and settled."""

    __slots__: tuple[str, ...] = ("anomalies", "weights")

    def __init__(self, station: ChargerStation) -> None:
        self.anomalies = Anomalies(station)
        self.weights = Weights(station)

    def __iter__(self) -> Iterator[Topic]:
        for name in self.__slots__:
            yield getattr(self, name)
