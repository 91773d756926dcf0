"""Passwords and security profiles that are being changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.profiles import RotationState, UpgradeState


@dataclass(frozen=True, slots=True)
class PasswordSent:
    """A new password is about to be sent to a charger: from now on it is good beside the old one. Class A, with the event
    ``charger.security``. Result: None, or NotNow where another one is under way."""

    charger_id: str
    salt: bytes
    hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class PasswordAnswered:
    """What the charger answered to the password with this hash; UNKNOWN where no answer came. Class A."""

    charger_id: str
    hash: bytes
    verdict: RotationState
    at: datetime


@dataclass(frozen=True, slots=True)
class ProfileAsked:
    """A charger is about to be told to take a higher profile. Class A. Result: None, or NotNow.

    ``resets``: it is reset when it accepts. After ``until`` it is shown as given up.
    """

    charger_id: str
    profile: int
    resets: bool
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ProfileAnswered:
    """What the charger answered to that. Class A. Result: whether it is to be reset now."""

    charger_id: str
    profile: int
    verdict: UpgradeState
    at: datetime
