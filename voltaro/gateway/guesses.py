"""Which presented passwords are looked at, so that guessing leads nowhere and locks nobody out (ADR 0009).

A guess is a password in an upgrade request. Only wrong ones count, in buckets that refill with time: for an identity (at most
ten looked at in any minute), for an identity from one address (so that one guesser leaves room for others), and for an
address. A guess beyond a limit is answered as a wrong one, without a look at the store.

Rule 1: a charger that was let in before passes whatever others guess: same address, same handshake, same password.
Rule 2: a password that has the form of a made one (128 random bits or more) is always looked at: no rate makes guessing it succeed.
Rule 3: memory is fixed. The buckets are cells of an array, found by a hash that nobody outside can foresee; what is remembered of
chargers that were let in is a digest each, and only chargers with a password get one.
"""

from __future__ import annotations

import hmac
import secrets
from array import array
from collections.abc import Hashable, Sequence

from voltaro.ports import Clock

CELLS = 1 << 14
_DIGEST_BYTES = 16
_HEX = frozenset(b"0123456789abcdefABCDEF")
_KEY_HEX_DIGITS = range(32, 41)
_KEY_BYTES = range(16, 21)

MINUTE_S = 60.0


class Buckets:
    """Counts failures by key; each bucket holds ``burst`` and drains ``a_minute`` of them.

    A key has two cells, of which the emptier counts: keys that share one of them do not fill each other's bucket.
    """

    def __init__(self, clock: Clock, burst: int, a_minute: float) -> None:
        self._clock = clock
        self._burst = burst
        self._drain = a_minute / MINUTE_S
        self._levels = array("d", bytes(8 * 2 * CELLS))
        self._times = array("d", bytes(8 * 2 * CELLS))

    def is_full(self, key: Hashable) -> bool:
        return min(map(self._level, _cells(key))) > self._burst - 1

    def fill(self, key: Hashable) -> None:
        """Count one failure."""
        for cell in _cells(key):
            self._levels[cell] = self._level(cell) + 1
            self._times[cell] = self._clock.monotonic()

    def _level(self, cell: int) -> float:
        return max(0.0, self._levels[cell] - (self._clock.monotonic() - self._times[cell]) * self._drain)


def _cells(key: Hashable) -> tuple[int, int]:
    return hash(key) % CELLS, CELLS + hash((key, "again")) % CELLS


class Guesses:
    """Decides whether a presented password is looked at, and remembers how that ended."""

    def __init__(self, clock: Clock) -> None:
        self._identities = Buckets(clock, burst=5, a_minute=5)
        self._pairs = Buckets(clock, burst=3, a_minute=3)
        self._addresses = Buckets(clock, burst=300, a_minute=300)
        self._let_in: dict[str, bytes] = {}
        self._key = secrets.token_bytes(32)

    def may_look(self, identities: Sequence[str], address: str, shape: str, password: bytes) -> bool:
        """Whether this password may be compared with the charger's, whose identity may be read in several ways (most often one).
        ``shape`` is how the handshake looks (``shape_of``)."""
        return (
            not (self._addresses.is_full(address) or any(self._is_full(identity, address) for identity in identities))
            or has_key_form(password)
            or self._was_let_in(identities[0], address, shape, password)
        )

    def wrong(self, identities: Sequence[str], address: str, password: bytes) -> bool:
        """A password was looked at and was wrong. True: the identity's limit is reached with it."""
        if has_key_form(password):
            return False
        was_full = self._identities.is_full(identities[0])
        for identity in identities:
            self._identities.fill(identity)
            self._pairs.fill((identity, address))
        self._addresses.fill(address)
        return not was_full and self._identities.is_full(identities[0])

    def right(self, identity: str, address: str, shape: str, password: bytes) -> None:
        """A charger was let in by its password."""
        self._let_in[identity] = self._digest(identity, address, shape, password)

    def forget(self, identity: str) -> None:
        """The identity is no charger any more."""
        self._let_in.pop(identity, None)

    def _is_full(self, identity: str, address: str) -> bool:
        return self._identities.is_full(identity) or self._pairs.is_full((identity, address))

    def _was_let_in(self, identity: str, address: str, shape: str, password: bytes) -> bool:
        kept = self._let_in.get(identity)
        return kept is not None and hmac.compare_digest(kept, self._digest(identity, address, shape, password))

    def _digest(self, identity: str, address: str, shape: str, password: bytes) -> bytes:
        said = "\0".join((identity, address, shape, "")).encode() + password
        return hmac.digest(self._key, said, "sha256")[:_DIGEST_BYTES]


def has_key_form(password: bytes) -> bool:
    """Whether a password looks like a made one: 32 to 40 hexadecimal digits, or the 16 to 20 bytes they stand for.

    Bytes only count where no person can have typed them: a text of that length may be anybody's choice.
    """
    if len(password) in _KEY_HEX_DIGITS:
        return _HEX.issuperset(password)
    return len(password) in _KEY_BYTES and not _is_typed(password)


def _is_typed(password: bytes) -> bool:
    try:
        return password.decode().isprintable()
    except UnicodeDecodeError:
        return False
