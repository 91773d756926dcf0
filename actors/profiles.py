"""The charging profiles that a charger holds, as its answers say; a topic of its actor.

What it accepted, it holds, until it clears it, another takes its place, or its session ends. Those for every session and for the
whole charger must live through a reboot (16E 3.37). Whether they have is looked after once a reboot, when the charger has settled:
it is asked for its composite schedule, and where it then allows more than we computed, what bears on it is sent again, each profile
once. A charger that does not tell, or refuses, is left alone until an operator sets the profile again: there is no loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import structlog

from actors.commands import SendCommand
from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.charger import Boot
from voltaro.domain.charging import (
    ChargingProfile,
    CompositeSchedule,
    HeldProfile,
    ProfileCriteria,
    Purpose,
    TooManyChanges,
    allows_more,
    composite,
    replaced,
)
from voltaro.domain.command import AskCompositeSchedule, SetProfile
from voltaro.domain.fact import ProfileHeld, ProfilesGone
from voltaro.domain.session import Session
from voltaro.domain.tag import fold_tag
from voltaro.ports import ChargerFacts, CommandsFull, InvalidPayload, Line, UnknownAction

log = structlog.get_logger()

LOOKED_AHEAD_S = 600
SENT_AGAIN_BY = "voltaro"
_LASTING = (Purpose.STATION_MAX, Purpose.TX_DEFAULT)


class ProfilesTopic(Topic):
    """See the module. ``ports.Profiles`` for the dialects."""

    __slots__ = ("_asked", "_doubted", "_held", "_rebooted")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._held: dict[int, HeldProfile] = _NONE
        self._asked: set[int] | None = None
        self._doubted: dict[int, HeldProfile] | None = None
        self._rebooted = False

    def rebuild(self, facts: ChargerFacts) -> None:
        if facts.profiles:
            self._held = {held.profile.id: held for held in facts.profiles}
            running = {session.transaction_id for session in facts.open_sessions}
            over = [held for held in facts.profiles if _is_of_session(held) and held.profile.transaction_id not in running]
            now = self.station.now()
            over = [held for held in over if held.waits_for is None or held.has_missed_its_start(now)]
            self._let_go(over, "its session has ended")

    def booted(self, boot: Boot) -> None:
        self._asked = self._doubted = None
        if self._held:
            self._let_go([held for held in self._held.values() if held.profile.purpose is Purpose.TX], "the charger has rebooted")
            self._rebooted = True

    def settled(self, line: Line) -> None:
        if not self._rebooted:
            return
        self._rebooted = False
        lasting = [held for held in self._held.values() if held.profile.purpose in _LASTING]
        self._doubted = {held.profile.id: held for held in lasting}
        self._asked = {held.evse_id if held.profile.purpose is Purpose.STATION_MAX else held.evse_id or 1 for held in lasting}
        for evse_id in sorted(self._asked):
            unit = next(held.profile.schedule.unit for held in lasting if held.evse_id in (0, evse_id))
            self.station.send_quietly(line, AskCompositeSchedule(evse_id, LOOKED_AHEAD_S, unit))

    # --- ports.Profiles: what the charger's answers say ---

    async def held(self, evse_id: int, profile: ChargingProfile) -> None:
        by = self.station.asked_by
        known = self._held.get(profile.id)
        if by == SENT_AGAIN_BY and known is not None:
            by = known.set_by
        await self._hold(HeldProfile(evse_id, profile, self.station.now(), by))

    async def held_for_start(self, evse_id: int | None, id_tag: str, profile: ChargingProfile) -> None:
        await self._hold(HeldProfile(evse_id or 0, profile, self.station.now(), self.station.asked_by, id_tag))

    async def refused(self, evse_id: int, profile: ChargingProfile, status: str) -> None:
        known = self._held.get(profile.id)
        if self.station.asked_by == SENT_AGAIN_BY and known is not None and known.evse_id == evse_id:
            await self._forget([known], f"sent again after a reboot, the charger said {status}")

    async def gone(self, criteria: ProfileCriteria) -> None:
        await self._forget([held for held in self._held.values() if criteria.fit(held)], "cleared")

    async def composite(self, evse_id: int, reported: CompositeSchedule | None) -> None:
        doubted, line = self._doubted, self.station.line
        if self._asked is None or doubted is None or evse_id not in self._asked:
            return
        self._asked.discard(evse_id)
        if reported is None or line is None or not self._is_lost(evse_id, reported):
            return
        for held in [held for held in doubted.values() if held.evse_id in (0, evse_id)]:
            del doubted[held.profile.id]
            log.info("profile.sent_again", charger_id=self.station.charger_id, profile_id=held.profile.id, evse_id=held.evse_id)
            try:
                again = SendCommand(SENT_AGAIN_BY, order=SetProfile(held.evse_id, held.profile))
                await self.station.send_command(line, again)
            except (CommandsFull, InvalidPayload, UnknownAction) as error:
                log.warning("profile.not_sent_again", charger_id=self.station.charger_id, profile_id=held.profile.id, reason=str(error))

    # --- what the station tells ---

    def started(self, session: Session) -> None:
        """A session runs: the profile that went along with its remote start is its own, and that of another on its evse is over."""
        if not self._held:
            return
        over = []
        for held in [held for held in self._held.values() if _is_of_session(held) and held.evse_id in (0, session.evse_id)]:
            if held.waits_for is None:
                if held.profile.transaction_id != session.transaction_id and held.evse_id == session.evse_id:
                    over.append(held)
            elif self._is_waited_for(held, session):
                profile = replace(held.profile, transaction_id=session.transaction_id)
                self._take(replace(held, evse_id=session.evse_id or 0, profile=profile, waits_for=None))
            elif held.evse_id:
                over.append(held)
        self._let_go(over, "another session has started")

    def ended(self, transaction_id: str) -> None:
        """A session is over, and what was its own with it."""
        if self._held:
            own = [held for held in self._held.values() if _is_of_session(held) and held.profile.transaction_id == transaction_id]
            self._let_go(own, "its session has ended")

    # --- private ---

    def _is_waited_for(self, held: HeldProfile, session: Session) -> bool:
        if session.id_tag is None or held.waits_for is None or held.has_missed_its_start(self.station.now()):
            return False
        return fold_tag(held.waits_for) == fold_tag(session.id_tag)

    def _is_lost(self, evse_id: int, reported: CompositeSchedule) -> bool:
        try:
            wanted = composite(
                tuple(self._held.values()),
                evse_id=evse_id,
                starts_at=self.station.now(),
                duration_s=LOOKED_AHEAD_S,
                unit=reported.unit,
            )
        except TooManyChanges:
            return False
        return allows_more(reported, wanted)

    async def _hold(self, held: HeldProfile) -> None:
        await self.station.wiring.queue.record(ProfileHeld(self.station.charger_id, held))
        self._put(held)

    def _take(self, held: HeldProfile) -> None:
        self.station.wiring.queue.jot(ProfileHeld(self.station.charger_id, held))
        self._put(held)

    def _put(self, held: HeldProfile) -> None:
        kept = dict(self._held)
        for old in replaced(self._held.values(), held):
            del kept[old.profile.id]
        self._held = kept | {held.profile.id: held}

    async def _forget(self, over: Iterable[HeldProfile], reason: str) -> None:
        fact = self._without(over, reason)
        if fact is not None:
            await self.station.wiring.queue.record(fact)

    def _let_go(self, over: Iterable[HeldProfile], reason: str) -> None:
        fact = self._without(over, reason)
        if fact is not None:
            self.station.wiring.queue.jot(fact)

    def _without(self, over: Iterable[HeldProfile], reason: str) -> ProfilesGone | None:
        ids = tuple(held.profile.id for held in over)
        if not ids:
            return None
        self._held = {key: held for key, held in self._held.items() if key not in ids} or _NONE
        return ProfilesGone(self.station.charger_id, ids, reason, self.station.now())


def _is_of_session(held: HeldProfile) -> bool:
    return held.profile.purpose is Purpose.TX


_NONE: dict[int, HeldProfile] = {}
"""What most chargers hold; never written to."""
