"""A charger's password and profile while they are being changed.

The topic itself holds nothing: what is under way is stored, because the door needs it whether there is an actor or not. It only
records what is sent, and what the charger answers.
"""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from actors.topic import Topic
from voltaro.domain.command import Reset
from voltaro.domain.fact import Fact, PasswordAnswered, PasswordSent, ProfileAnswered, ProfileAsked
from voltaro.domain.profiles import RotationState, UpgradeState
from voltaro.domain.resolution import NotNow
from voltaro.ports import LowerProfile


class SecurityTopic(Topic):
    """See ``ports.Security``."""

    __slots__ = ()

    async def password_sent(self, password: str) -> None:
        salt, digest = self._sealed(password)
        await self._begin(PasswordSent(self.station.charger_id, salt, digest, self.station.now()))

    async def password_answered(self, password: str, accepted: bool | None) -> None:
        verdict = RotationState.UNKNOWN if accepted is None else RotationState.ACCEPTED if accepted else RotationState.REJECTED
        await self.station.record(PasswordAnswered(self.station.charger_id, self._sealed(password)[1], verdict, self.station.now()))

    def profile_sent(self, profile: int, *, resets: bool) -> Coroutine[Any, Any, None]:
        current = self.station.security_profile
        if profile < current:
            raise LowerProfile(f"the charger has security profile {current}; a profile is never lowered over OCPP")
        now = self.station.now()
        until = now + timedelta(seconds=self.station.wiring.policy.profile_upgrade_s)
        return self._begin(ProfileAsked(self.station.charger_id, profile, resets, now, until)) if profile > current else _nothing()

    async def profile_answered(self, profile: int, accepted: bool | None) -> None:
        verdict = UpgradeState.UNKNOWN if accepted is None else UpgradeState.ACCEPTED if accepted else UpgradeState.REJECTED
        resets = await self.station.record(ProfileAnswered(self.station.charger_id, profile, verdict, self.station.now()))
        line = self.station.line
        if resets and line is not None:
            self.station.send_quietly(line, Reset(immediately=True))

    async def _begin(self, fact: Fact) -> None:
        refused = await self.station.record(fact)
        if isinstance(refused, NotNow):
            raise refused

    def _sealed(self, password: str) -> tuple[bytes, bytes]:
        return self.station.wiring.seal_password(self.station.charger_id, password)


async def _nothing() -> None:
    return
