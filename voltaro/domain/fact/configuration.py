"""What chargers hold: configuration keys, local lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.configuration import ReadKey
from voltaro.domain.local_list import ListEntry


@dataclass(frozen=True, slots=True)
class ConfigurationAsked:
    """A charger is read by ourselves for the ``attempts``th time since its firmware changed, or that has failed. Class B."""

    charger_id: str
    firmware_version: str | None
    attempts: int
    at: datetime
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationTold:
    """What a charger answered to GetConfiguration; ``whole``: all keys were asked for. Class B, with the event
    ``charger.configuration``. Values of secret keys are not in it."""

    charger_id: str
    keys: tuple[ReadKey, ...]
    unknown: tuple[str, ...]
    at: datetime
    whole: bool


@dataclass(frozen=True, slots=True)
class ConfigurationWritten:
    """What a charger answered to ChangeConfiguration; ``status`` None: nothing valid. Class B, with the event
    ``charger.configuration``; ``value`` None for a secret."""

    charger_id: str
    key: str
    value: str | None
    status: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfigurationRebooted:
    """A charger has booted that had values waiting for it. Class B, with the event ``charger.configuration``."""

    charger_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LocalListTold:
    """The version of its local list as a charger told it. Class B, with the event ``charger.local_list``."""

    charger_id: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LocalListSent:
    """What a charger answered to SendLocalList; ``status`` None: nothing valid. Class B, with the event ``charger.local_list``.

    ``version`` is the one we sent, ``standing`` what the charger holds now (None: not known), ``entries`` what is in it (None: not known).
    """

    charger_id: str
    version: int
    status: str | None
    at: datetime
    standing: int | None = None
    entries: Mapping[str, ListEntry] | None = None
    failure: str | None = None
