"""The topics of a charger, one attribute each: ``station.topics.configuration`` and so on."""

from __future__ import annotations

from collections.abc import Iterator

from actors.anomalies import Anomalies
from actors.availability import Availability
from actors.certificates import ChargerCertificates
from actors.charger_clock import ChargerClock
from actors.configuration import ChargerConfiguration
from actors.homecoming import Homecoming
from actors.jobs import ChargerJobs
from actors.local_list import ChargerLocalList
from actors.lost import LostSessions
from actors.profiles import ProfilesTopic
from actors.reservations import ReservationsTopic
from actors.security import SecurityTopic
from actors.topic import Topic
from actors.topic_station import TopicStation
from actors.variables import ChargerVariables
from actors.weights import Weights


class Topics:
    """All topics of one charger, in the order in which they are rebuilt and settled."""

    __slots__ = (
        "anomalies",
        "availability",
        "certificates",
        "clock",
        "configuration",
        "homecoming",
        "jobs",
        "local_list",
        "lost",
        "profiles",
        "reservations",
        "security",
        "variables",
        "weights",
    )

    def __init__(self, station: TopicStation) -> None:
        self.configuration = ChargerConfiguration(station)
        self.local_list = ChargerLocalList(station)
        self.anomalies = Anomalies(station)
        self.weights = Weights(station)
        self.jobs = ChargerJobs(station)
        self.certificates = ChargerCertificates(station)
        self.profiles = ProfilesTopic(station)
        self.reservations = ReservationsTopic(station)
        self.homecoming = Homecoming(station)
        self.availability = Availability(station)
        self.clock = ChargerClock(station)
        self.lost = LostSessions(station)
        self.security = SecurityTopic(station)
        self.variables = ChargerVariables(station)

    def __iter__(self) -> Iterator[Topic]:
        for name in self.__slots__:
            yield getattr(self, name)
