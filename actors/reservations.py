"""The open reservations of a charger; a topic of its actor.

The charger enforces them. Here they are judged by what it tells (its answers, statuses, starts and boots), and a start by a
stranger on an evse that is kept for another is given an id and no acceptance. Their time is ended for all chargers together, also
for those that have no actor: ``Store.expire_reservations``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.charger import Boot, ConnectorReport
from voltaro.domain.fact import ReservationAnswered, ReservationMoved
from voltaro.domain.reservation import ENDS_EARLY, Reservation, ReservationState, ReservationWish, after_status, use_of
from voltaro.ports import ChargerFacts


class ReservationsTopic(Topic):
    """See the module. ``ports.Reservations`` for the dialects. ``open`` holds those that may be held by the charger, by number."""

    __slots__ = ("_shown", "open")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self.open: dict[int, Reservation] = _NONE
        self._shown: frozenset[int] = frozenset()
        """The evses that the charger shows as reserved, as far as that is of interest."""

    def rebuild(self, facts: ChargerFacts) -> None:
        if facts.reservations:
            self.open = {reservation.number: reservation for reservation in facts.reservations}
            self._shown = frozenset(one.evse_id for one in facts.charger.connectors if one.status == "Reserved")

    def booted(self, boot: Boot) -> None:
        """Some chargers forget their reservations when they reboot, some do not: the next status tells."""
        for reservation in list(self.open.values()):
            if reservation.state is ReservationState.ACCEPTED:
                self._move(reservation, ReservationState.UNKNOWN, "the charger has rebooted")
        self._shown = frozenset()

    # --- ports.Reservations: what the charger's answers say ---

    async def answered(self, number: int, wish: ReservationWish, answer: str | None) -> None:
        station = self.station
        answer = answer or station.error_code  # a CALLERROR is a refusal, too
        fact = ReservationAnswered(number, wish, answer, station.asked_by, station.now())
        reservation = await station.wiring.queue.record(fact)
        assert isinstance(reservation, Reservation)
        self._put(reservation)
        if reservation.is_open and station.standing.shown_at(reservation.evse_id) == "Reserved":
            self._shown |= {reservation.evse_id}

    async def cancelled(self, number: int, answer: str | None) -> None:
        if answer == "Accepted":
            await self._end(number, ReservationState.CANCELLED, "cancelled")
        elif answer is not None:
            await self._end(number, ReservationState.LOST, f"cancelled; the charger said {answer}, so it does not know it")

    async def updated(self, number: int, word: str) -> None:
        state = ReservationState.EXPIRED if word == "Expired" else ReservationState.LOST
        await self._end(number, state, f"the charger said {word}")

    # --- what the station tells ---

    def status(self, report: ConnectorReport) -> None:
        """A connector stands otherwise than before, and some reservation is open."""
        now, was = self.station.now(), "Reserved" if report.evse_id in self._shown else None
        for reservation in list(self.open.values()):
            if now > reservation.expires_at + ENDS_EARLY:  # it was ended meanwhile
                self._drop(reservation.number)
                continue
            told = after_status(reservation, report, was, now)
            if told is not None:
                self._move(reservation, *told)
        self._shown = self._shown | {report.evse_id} if report.status == "Reserved" else self._shown - {report.evse_id}

    def judge(
        self, evse_id: int | None, id_tag: str | None, parent: str | None, number: int | None, at: datetime
    ) -> tuple[int | None, bool]:
        """The number of the reservation that a start uses, and whether it is a stranger's where the evse is kept for another."""
        used, foreign = use_of(self.open, evse_id=evse_id, id_tag=id_tag, parent=parent, number=number, at=at)
        return number if used is None else used.number, foreign

    def used(self, number: int, transaction_id: str) -> None:
        """A session has started on it; also on one that was thought to be over."""
        now, charger_id = self.station.now(), self.station.charger_id
        self.station.wiring.queue.jot(ReservationMoved(charger_id, number, ReservationState.USED, "started", now, transaction_id))
        self._drop(number)

    # --- private ---

    async def _end(self, number: int, state: ReservationState, reason: str) -> None:
        fact = ReservationMoved(self.station.charger_id, number, state, reason, self.station.now())
        await self.station.wiring.queue.record(fact)
        self._drop(number)

    def _move(self, reservation: Reservation, state: ReservationState, reason: str) -> None:
        self.station.wiring.queue.jot(ReservationMoved(self.station.charger_id, reservation.number, state, reason, self.station.now()))
        self._put(replace(reservation, state=state))

    def _put(self, reservation: Reservation) -> None:
        if reservation.is_open:
            self.open = self.open | {reservation.number: reservation}
        else:
            self._drop(reservation.number)

    def _drop(self, number: int) -> None:
        if number in self.open:
            self.open = {key: one for key, one in self.open.items() if key != number} or _NONE


_NONE: dict[int, Reservation] = {}
"""What most chargers have open; never written to."""
