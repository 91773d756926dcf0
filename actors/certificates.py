"""The certificates of a charger: what it asks to be signed, what it is given, and what it says is installed.

A signing request is answered at once and signed beside the actor; the certificate is sent once, as a CALL of its own (conformance
16-16). What the charger refuses is kept and not sent again: the charger may ask anew.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.certificate import CertificateDetails, CertificateState, hash_key, why_refused
from voltaro.domain.charger import Boot
from voltaro.domain.fact import (
    CertificateChanged,
    CertificateRequested,
    CertificatesReported,
    EventHappened,
    InstalledCertificateGone,
    SecurityEventReported,
)
from voltaro.domain.maintenance import GiveCertificate, ReadCertificates
from voltaro.domain.security import REQUEST_REFUSED
from voltaro.domain.upload import plain_name
from voltaro.ports import BadCertificate, CannotSign, ChargerFacts, InvalidPayload, Line, UnknownAction

log = structlog.get_logger()

MOST_REQUESTS = 10
PER_SECONDS = 3600.0
"""So many signing requests an hour are looked at; a charger that asks on and on is refused unread."""
LONGEST_REASON = 255


@dataclass(frozen=True, slots=True)
class CertificateMade:
    """The authority has answered: the certificate, or why there is none."""

    id: int
    certificate_type: str | None
    request_id: int | None
    certificate: CertificateDetails | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateDue:
    """The charger is there again, and certificates wait for it."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """A certificate that the charger has not answered; ``is_sent``: it was sent, and is never sent again."""

    id: int
    order: GiveCertificate
    is_sent: bool


class ChargerCertificates(Topic):
    """``ports.Certificates`` of one charger."""

    __slots__ = ("_pending", "_requests", "_serial_number")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._serial_number: str | None = None
        self._pending: dict[str, _Pending] | None = None
        self._requests: deque[float] | None = None

    def rebuild(self, facts: ChargerFacts) -> None:
        self._serial_number = facts.charger.serial_number
        for known in facts.certificates:
            if known.chain is not None:
                order = GiveCertificate(known.chain, known.certificate_type, known.request_id)
                self._hold(_Pending(known.id, order, known.state is not CertificateState.ISSUED))

    def settled(self, line: Line) -> None:
        if any(not pending.is_sent for pending in (self._pending or {}).values()):
            self.station.system.tell(self.station.name, CertificateDue())

    def booted(self, boot: Boot) -> None:
        """The charger has said its serial number."""
        self._serial_number = boot.serial_number

    async def requested(self, csr: str, certificate_type: str | None = None, request_id: int | None = None) -> str | None:
        """See ``ports.Certificates``."""
        now = self.station.now()
        if self._is_too_often():
            self.station.anomaly("too_many_certificate_requests")
            return f"more than {MOST_REQUESTS} requests within {PER_SECONDS:g} s"
        common_name, refused = self._judged(csr, certificate_type)
        digest = hashlib.sha256(csr.encode("utf-8", "replace")).hexdigest()
        fact = CertificateRequested(self.station.charger_id, digest, common_name, certificate_type, request_id, refused, now)
        certificate_id, refused = await self.station.wiring.queue.record(fact)
        if refused is not None:
            note = f"by the central system: {refused}"[:LONGEST_REASON]
            await self.station.wiring.queue.record(SecurityEventReported(self.station.charger_id, REQUEST_REFUSED, now, now, note))
            return str(refused)
        signing = self.station.spawn(self._sign(certificate_id, csr, certificate_type, request_id))
        signing.add_done_callback(self._signing_ended)
        return None

    async def made(self, made: CertificateMade) -> None:
        """The authority has answered a request of this charger's."""
        now, certificate = self.station.now(), made.certificate
        if certificate is None:
            await self._change(made.id, CertificateState.REFUSED, reason=made.reason)
            return
        fact = CertificateChanged(self.station.charger_id, made.id, CertificateState.ISSUED, now, certificate)
        await self.station.wiring.queue.record(fact)
        self._hold(_Pending(made.id, GiveCertificate(certificate.pem, made.certificate_type, made.request_id), False))
        await self.send_due()

    async def send_due(self) -> None:
        """Send the certificates that the charger was not sent yet, if it is there."""
        for pending in [pending for pending in (self._pending or {}).values() if not pending.is_sent]:
            line = self.station.line
            if line is not None:
                await self._send(line, pending)

    async def given(self, chain: str, status: str | None) -> None:
        """See ``ports.Certificates``."""
        state = CertificateState.UNCONFIRMED
        if status is not None:
            state = CertificateState.ACCEPTED if status == "Accepted" else CertificateState.REJECTED
        pending = (self._pending or {}).pop(chain, None)
        if pending is not None:
            await self._change(pending.id, state)
            return
        authority = self.station.wiring.authority
        if authority is None:
            return
        try:
            certificate = authority.describe(chain)
        except BadCertificate:
            return  # an operator's own command: it stands in the list of commands with its answer
        fact = CertificateChanged(self.station.charger_id, None, state, self.station.now(), certificate)
        await self.station.wiring.queue.record(fact)

    async def installed(self, use: str, status: str | None) -> None:
        """See ``ports.Certificates``. What was taken is asked for, because its hash data is the charger's to say."""
        if status == "Accepted":
            if self.station.line is not None:
                self.station.send_quietly(self.station.line, ReadCertificates(use))
            return
        data = {"charger_id": self.station.charger_id, "use": use, "status": status}
        self.station.wiring.queue.jot(EventHappened("certificate.not_installed", self.station.now(), self.station.charger_id, data))

    async def told(self, asked: Sequence[str], found: Sequence[tuple[str, Mapping[str, Any], Sequence[Mapping[str, Any]]]]) -> None:
        """See ``ports.Certificates``."""
        entries = tuple((kind, hash_data, tuple(children)) for kind, hash_data, children in found)
        fact = CertificatesReported(self.station.charger_id, tuple(asked), entries, self.station.now())
        await self.station.wiring.queue.record(fact)

    async def deleted(self, hash_data: Mapping[str, Any], status: str | None) -> None:
        """See ``ports.Certificates``."""
        if status in ("Accepted", "NotFound"):
            fact = InstalledCertificateGone(self.station.charger_id, hash_key(hash_data), self.station.now())
            await self.station.wiring.queue.record(fact)

    def _judged(self, csr: str, certificate_type: str | None) -> tuple[str | None, str | None]:
        """The common name of a request, and why it is refused."""
        authority = self.station.wiring.authority
        if authority is None:
            return None, "there is no certificate authority here"
        if certificate_type not in _SIGNED_HERE:
            return None, f"certificates of the type {certificate_type} are not signed here"
        try:
            request = authority.read(csr)
        except BadCertificate as error:
            return None, str(error)
        names = {self.station.charger_id} | ({self._serial_number} if self._serial_number else set())
        common_name = plain_name(request.common_names[0]) if request.common_names else None
        return common_name, why_refused(request, names, self.station.wiring.cpo_name)

    def _is_too_often(self) -> bool:
        """Count a request; whether there were too many of late."""
        now = self.station.wiring.clock.monotonic()
        recent = self._requests = deque(maxlen=MOST_REQUESTS) if self._requests is None else self._requests
        if len(recent) == MOST_REQUESTS and now - recent[0] < PER_SECONDS:
            return True
        recent.append(now)
        return False

    async def _sign(self, certificate_id: int, csr: str, certificate_type: str | None, request_id: int | None) -> None:
        authority = self.station.wiring.authority
        assert authority is not None
        try:
            made = CertificateMade(certificate_id, certificate_type, request_id, await authority.sign(csr))
        except CannotSign as error:
            log.warning("certificate.not_signed", charger_id=self.station.charger_id, reason=str(error))
            made = CertificateMade(certificate_id, certificate_type, request_id, None, str(error))
        self.station.system.tell(self.station.name, made)

    def _signing_ended(self, signing: asyncio.Task[None]) -> None:
        error = None if signing.cancelled() else signing.exception()
        if error is not None:
            self.station.crash(error)

    async def _send(self, line: Line, pending: _Pending) -> None:
        """Send a certificate, once: that it was sent is known before it is."""
        self._hold(replace(pending, is_sent=True))
        await self._change(pending.id, CertificateState.SENT)
        try:
            self.station.send_quietly(line, pending.order)
        except (InvalidPayload, UnknownAction) as error:
            await self._change(pending.id, CertificateState.UNCONFIRMED, reason=f"it cannot be sent: {error}")

    async def _change(self, certificate_id: int, state: CertificateState, *, reason: str | None = None) -> None:
        fact = CertificateChanged(self.station.charger_id, certificate_id, state, self.station.now(), reason=reason)
        await self.station.wiring.queue.record(fact)

    def _hold(self, pending: _Pending) -> None:
        self._pending = {**(self._pending or {}), pending.order.chain: pending}


_SIGNED_HERE = frozenset({None, "ChargingStationCertificate"})
