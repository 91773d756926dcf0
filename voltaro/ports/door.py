"""What is known of a charger before it is let in, and of those who wait before the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from voltaro.domain.charger import Boot, Registration


class Credential(NamedTuple):
    """What the gateway needs to know of a provisioned charger before it opens the WebSocket."""

    charger_id: str
    registration: Registration
    security_profile: int
    salt: bytes
    password_hash: bytes | None
    protocol_override: str | None = None
    next_salt: bytes = b""
    next_hash: bytes | None = None
    """A password that was sent to the charger, and is good beside the old one until its answer or its use decides."""
    is_key: bool = False
    """Whether the password was set as a 1.6 ``AuthorizationKey``: the charger sends the bytes that its digits stand for."""
    key_as_text: bool = False
    """Whether this charger may send a key's digits as text (quirk Q-11)."""
    lenient_handshake: bool = False
    """Whether its handshake may lack ``Connection: Upgrade`` (quirk Q-06)."""
    serial_number: str | None = None
    certificate_name: str | None = None
    certificate_fingerprint: str | None = None
    upgrade_profile: int | None = None
    """The higher profile that it was told to come with."""
    strict: bool = False
    """Whether nothing of what it sends is repaired (``domain.quirks.Mode``)."""


class Stranger(NamedTuple):
    """An unknown identity that waits for an operator under policy ``pending``."""

    charger_id: str
    protocol: str
    remote: str
    since: datetime
    boot: Boot | None


class WaitingRoom(Protocol):
    """The bounded list of strangers. ``gateway/strangers.py`` implements it; the web shows it and accepts from it."""

    def strangers(self) -> Sequence[Stranger]: ...

    def dismiss(self, charger_id: str) -> bool:
        """Close a stranger's line, so that it comes back and is judged anew; False when it is not here."""
        ...
