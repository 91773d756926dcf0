"""Who was refused and why, told to operators without a flood: counted always, logged and recorded at a pace (conformance TR-25)."""

from __future__ import annotations

import structlog

from voltaro import metrics
from voltaro.domain.attempt import AttemptReason
from voltaro.domain.fact import EventHappened, SecurityEventReported
from voltaro.gateway.admission import CREDENTIALS
from voltaro.gateway.attempts import Attempts, Caller
from voltaro.gateway.guesses import Buckets
from voltaro.gateway.tls import TlsFailure, failure_of
from voltaro.ports import Calls, Clock

log = structlog.get_logger(__name__)


class Refusals:
    """An address's refusals are logged sixty times a minute at most; of a charger, or of an address in the middle of TLS, two a minute
    are recorded as security events, and of all together two hundred. ``attempts`` remembers the last ones, for the connection doctor."""

    def __init__(self, calls: Calls, clock: Clock, attempts: Attempts) -> None:
        self.attempts = attempts
        self._calls = calls
        self._clock = clock
        self._said = Buckets(clock, burst=60, a_minute=60)
        self._recorded = Buckets(clock, burst=4, a_minute=2)
        self._all = Buckets(clock, burst=200, a_minute=200)

    def at_door(self, charger_id: str | None, identity: str, why: str, remote: str, event: str = CREDENTIALS) -> None:
        """A request was refused; ``charger_id`` is None for who is no charger of ours."""
        address = remote.rpartition(":")[0]
        if self._may(self._said, address):
            log.warning("handshake.unauthorized", charger=identity, remote=remote, why=why)
        if charger_id is not None and self._may(self._recorded, charger_id) and self._may(self._all, ""):
            now = self._clock.now()
            self._calls.note(SecurityEventReported(charger_id, event, now, now, f"at our door, from {remote}: {why}"[:255]))

    def at_tls(self, remote: str, error: Exception) -> None:
        """A TLS handshake has failed, so nobody knows whose it was."""
        failure = failure_of(error)
        metrics.HANDSHAKES.labels(failure.result).inc()
        address = remote.rpartition(":")[0]
        self.attempts.note(_reason(failure), Caller(address.strip("[]"), True), failure.reason)
        if failure.event is None:
            log.debug("handshake.refused", remote=remote, result=failure.result, reason=failure.reason)
            return
        if self._may(self._said, address):
            log.warning("handshake.tls_refused", remote=remote, result=failure.result, reason=failure.reason)
        if self._may(self._recorded, ("tls", address)) and self._may(self._all, ""):
            data = {"type": failure.event, "remote": remote, "reason": failure.reason}
            self._calls.note(EventHappened("security.refused", self._clock.now(), None, data))

    @staticmethod
    def _may(buckets: Buckets, key: object) -> bool:
        if buckets.is_full(key):
            return False
        buckets.fill(key)
        return True


def _reason(failure: TlsFailure) -> AttemptReason:
    if failure.reason.startswith("HTTP"):
        return AttemptReason.PLAIN_ON_TLS_PORT
    return _TLS_REASONS.get(failure.result, AttemptReason.TLS_FAILED)


_TLS_REASONS = {
    "tls_certificate": AttemptReason.TLS_CERTIFICATE,
    "tls_refused_us": AttemptReason.TLS_REFUSED_US,
    "tls_version": AttemptReason.TLS_VERSION,
    "tls_cipher": AttemptReason.TLS_CIPHER,
}
