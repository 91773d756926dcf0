"""Facts: what the charger actors ask to be recorded, and its durability class.

Class A is answered after its COMMIT; class B may lose a second on power loss and heals itself.
"""

from __future__ import annotations

from voltaro.domain.fact.chargers import (
    AvailabilitySet,
    ChargerBooted,
    ChargerConnected,
    ChargerDisconnected,
    ChargerSeen,
    ConnectorReported,
    DeviceEventReported,
    SecurityEventReported,
    VariablesReported,
)
from voltaro.domain.fact.charging import ProfileHeld, ProfilesGone, ReservationAnswered, ReservationAsked, ReservationMoved, ReservationsDue
from voltaro.domain.fact.configuration import (
    ConfigurationAsked,
    ConfigurationRebooted,
    ConfigurationTold,
    ConfigurationWritten,
    LocalListSent,
    LocalListTold,
)
from voltaro.domain.fact.journal import AnomalySeen, CommandChanged, EventHappened, ExchangeLogged, FrameKept, FrameLogged
from voltaro.domain.fact.maintenance import (
    CertificateChanged,
    CertificateRequested,
    CertificatesReported,
    InstalledCertificateGone,
    JobChanged,
)
from voltaro.domain.fact.security import PasswordAnswered, PasswordSent, ProfileAnswered, ProfileAsked
from voltaro.domain.fact.sessions import (
    MeterReported,
    SessionEndReported,
    SessionMetered,
    SessionResolved,
    SessionsLost,
    SessionStartReported,
    TransactionReported,
)
from voltaro.domain.fact.variables import VariablesTold, VariablesWritten

__all__ = [
    "LOSSY",
    "AnomalySeen",
    "AvailabilitySet",
    "CertificateChanged",
    "CertificateRequested",
    "CertificatesReported",
    "ChargerBooted",
    "ChargerConnected",
    "ChargerDisconnected",
    "ChargerSeen",
    "CommandChanged",
    "ConfigurationAsked",
    "ConfigurationRebooted",
    "ConfigurationTold",
    "ConfigurationWritten",
    "ConnectorReported",
    "DeviceEventReported",
    "EventHappened",
    "ExchangeLogged",
    "Fact",
    "FrameKept",
    "FrameLogged",
    "InstalledCertificateGone",
    "JobChanged",
    "LocalListSent",
    "LocalListTold",
    "MeterReported",
    "PasswordAnswered",
    "PasswordSent",
    "ProfileAnswered",
    "ProfileAsked",
    "ProfileHeld",
    "ProfilesGone",
    "ReservationAnswered",
    "ReservationAsked",
    "ReservationMoved",
    "ReservationsDue",
    "SecurityEventReported",
    "SessionEndReported",
    "SessionMetered",
    "SessionResolved",
    "SessionStartReported",
    "SessionsLost",
    "TransactionReported",
    "VariablesReported",
    "VariablesTold",
    "VariablesWritten",
    "is_durable",
]

Fact = (
    ChargerConnected
    | ChargerDisconnected
    | ChargerBooted
    | ConnectorReported
    | AvailabilitySet
    | ChargerSeen
    | SessionStartReported
    | SessionEndReported
    | TransactionReported
    | MeterReported
    | SessionMetered
    | SessionsLost
    | SessionResolved
    | SecurityEventReported
    | VariablesReported
    | DeviceEventReported
    | FrameKept
    | ExchangeLogged
    | CommandChanged
    | ConfigurationAsked
    | ConfigurationTold
    | ConfigurationWritten
    | ConfigurationRebooted
    | LocalListTold
    | VariablesTold
    | VariablesWritten
    | LocalListSent
    | JobChanged
    | CertificateRequested
    | CertificateChanged
    | CertificatesReported
    | InstalledCertificateGone
    | EventHappened
    | ProfileHeld
    | ProfilesGone
    | ReservationAsked
    | ReservationAnswered
    | ReservationMoved
    | ReservationsDue
    | PasswordSent
    | PasswordAnswered
    | ProfileAsked
    | ProfileAnswered
    | FrameLogged
    | AnomalySeen
)

LOSSY = (
    ChargerConnected,
    ChargerDisconnected,
    ConnectorReported,
    ChargerSeen,
    SessionMetered,
    ExchangeLogged,
    EventHappened,
    ConfigurationAsked,
    ConfigurationTold,
    ConfigurationWritten,
    ConfigurationRebooted,
    VariablesTold,
    VariablesWritten,
    LocalListTold,
    LocalListSent,
    FrameLogged,
    AnomalySeen,
)
"""The facts of class B."""


def is_durable(fact: Fact) -> bool:
    """Whether a fact is class A: answered only after a synchronous COMMIT."""
    if type(fact) is MeterReported:
        return fact.session_id is not None or fact.transaction_id is not None
    return not isinstance(fact, LOSSY)
