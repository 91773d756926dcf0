"""The topics of a charger, one attribute each: ``station.topics.configuration`` and so on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from actors.certificates import ChargerCertificates
from actors.jobs import ChargerJobs
from actors.topic import Topic

if TYPE_CHECKING:
    from actors.station import ChargerStation


class Topics:
    """All topics of one charger, in the order in which they are rebuilt and settled."""

    __slots__ = ("certificates", "jobs")

    def __init__(self, station: ChargerStation) -> None:
        self.jobs = ChargerJobs(station)
        self.certificates = ChargerCertificates(station)

    def __iter__(self) -> Iterator[Topic]:
        for name in self.__slots__:
            yield getattr(self, name)
