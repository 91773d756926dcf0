"""What an actor of a charger is given: the things outside it that it may use, and the figures it works by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.gathering import Gathering
from actors.lines import Lines
from actors.persistence import WriteQueue
from actors.presented import PresentedTags
from actors.redrive import Reread
from actors.settlements import Settlements
from actors.settling import Settling
from actors.wishes import ListWishes
from voltaro.ports import Announcer, CertificateAuthority, ChargerFacts, Clock


@dataclass(frozen=True, slots=True)
class ChargerPolicy:
    """Times in seconds.

    ``heartbeat_s`` is asked of chargers at boot; one that is silent for twice as long is ``suspect``. ``pending_retry_s`` is
    how long one that is not accepted waits before it boots again. After ``grace_s`` offline its actor stops.
    ``show_s``: running figures are shown and stored at most so often; ``stand_s``: a connector or session that has
    changed is shown at the latest after so long. ``settle_s`` after its line came up, or after it booted, a charger is asked what we
    need to know; ``lost_s`` later a session that ran before its boot, and whose connector stands free, is closed.
    One that was told to take a higher security profile has ``profile_upgrade_s`` to come with it.
    ``effect_s``: how long a command that was accepted may take until its effect is seen; a restart may take five times as long.
    """

    heartbeat_s: int = 300
    pending_retry_s: int = 60
    grace_s: float = 900.0
    show_s: float = 1.0
    stand_s: float = 0.25
    settle_s: float = 5.0
    lost_s: float = 60.0
    profile_upgrade_s: float = 3600.0
    effect_s: float = 180.0
    most_commands: int = 100


@dataclass(frozen=True, slots=True)
class Wiring:
    """Shared by all chargers of a process. ``mask`` hides the secrets in a command's payload, by action; ``reread`` finds the
    CALL in a frame that was put aside; ``seal_password`` gives the salt and hash of a password that is sent to a charger.
    ``authority`` signs chargers' certificates, of the organization ``cpo_name`` where one is set."""

    clock: Clock
    queue: WriteQueue
    lines: Lines
    facts: Gathering[str, ChargerFacts]
    settlements: Settlements
    announcer: Announcer
    mask: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    reread: Reread
    seal_password: Callable[[str, str], tuple[bytes, bytes]]
    policy: ChargerPolicy = ChargerPolicy()
    list_wishes: ListWishes = field(default_factory=ListWishes)
    authority: CertificateAuthority | None = None
    cpo_name: str | None = None
    settling: Settling = field(default_factory=Settling)
    presented: PresentedTags = field(default_factory=PresentedTags)
