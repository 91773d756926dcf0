"""What can be configured on a charger: typed values for its own use, and the texts OCPP reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

MEASURANDS = ("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage", "SoC")


@dataclass(slots=True)
class Settings:
    """The values that change what a charger does. The versions' tables name them as their keys or variables."""

    meter_interval_s: int | float
    password: bytes | None = None
    heartbeat_interval_s: int | float = 300
    connection_timeout_s: int | float = 60
    message_timeout_s: int | float = 30
    attempts: int = 3
    """Of a message about a session that the central system fails to process."""
    retry_interval_s: int | float = 60
    authorize_remote: bool = True
    authorize_offline: bool = True
    offline_unknown_tags: bool = True
    stop_on_invalid_tag: bool = True
    measurands: tuple[str, ...] = MEASURANDS
    transaction_starts: str = "PowerPathClosed"


class Kind(Enum):
    """The type of a configured value. The words are those of OCPP 2.x."""

    TEXT = "string"
    WHOLE = "integer"
    TRUTH = "boolean"
    LIST = "MemberList"
    CHOICE = "OptionList"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key (1.6) or variable (2.x). With ``setting`` it is a window on that setting, otherwise a text of its own."""

    value: str = ""
    kind: Kind = Kind.TEXT
    setting: str | None = None
    writable: bool = True
    readable: bool = True
    reboot: bool = False
    choices: tuple[str, ...] = ()
    lowest: int = 0
    unit: str | None = None

    def read(self, settings: Settings, texts: Mapping[Any, str], key: object) -> str:
        """The value as OCPP writes it."""
        if self.setting is None:
            return texts.get(key, self.value)
        value = getattr(settings, self.setting)
        match value:
            case bool():
                return "true" if value else "false"
            case tuple():
                return ",".join(value)
            case _:
                return f"{value:g}" if isinstance(value, float) else str(value)

    def accepts(self, text: str) -> bool:
        """Whether this text is a value of this entry."""
        match self.kind:
            case Kind.WHOLE:
                return text.isascii() and text.isdigit() and int(text) >= self.lowest
            case Kind.TRUTH:
                return text.lower() in ("true", "false")
            case Kind.CHOICE:
                return text in self.choices
            case Kind.LIST:
                return all(word.strip() in self.choices for word in text.split(",")) if self.choices else True
            case Kind.TEXT:
                return True

    def write(self, text: str, settings: Settings, texts: dict[Any, str], key: object) -> None:
        """Store a text that ``accepts`` has agreed to."""
        if self.setting is None:
            texts[key] = text
            return
        value: object = text
        if self.kind is Kind.WHOLE:
            value = int(text)
        elif self.kind is Kind.TRUTH:
            value = text.lower() == "true"
        elif self.kind is Kind.LIST:
            value = tuple(word.strip() for word in text.split(","))
        setattr(settings, self.setting, value)
