"""A charger's configuration keys: what dialects tell of them, and what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from voltaro.domain.configuration import Configuration, ReadKey


class ConfigurationFacts(NamedTuple):
    """What a charger's actor needs of its stored configuration. ``attempts`` counts our own readings since the firmware changed;
    ``waiting``: keys whose values wait for a boot."""

    firmware_version: str | None
    attempts: int
    is_read: bool
    most_keys: int | None
    waiting: tuple[str, ...]


class ConfigurationHeard(Protocol):
    """What a dialect tells of a charger's answers. ``asked`` is our payload as it was sent, to know our own questions by."""

    def told(self, asked: Mapping[str, Any], keys: Sequence[ReadKey], unknown: Sequence[str], *, whole: bool) -> None:
        """The charger has told some keys, or all of them."""
        ...

    def not_told(self, asked: Mapping[str, Any], *, whole: bool) -> None:
        """A question for keys was not answered validly."""
        ...

    def written(self, key: str, value: str, status: str | None) -> None:
        """The charger has answered to a new value; None: not validly."""
        ...


class ConfigurationStore(Protocol):
    """The configuration of ``ports.Store``."""

    async def configuration(self, charger_id: str) -> Configuration: ...  # empty where nothing is known
