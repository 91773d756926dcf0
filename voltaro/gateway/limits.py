"""The limits and deadlines of the gateway. Seconds are monotonic seconds, sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one line may cost and how long anything may take.

    The values are conformance TR-64 and TR-68 and the send deadline that keeps a charger which does not read from filling
    our memory. Tests make their own.
    """

    handshake_s: float = 10.0
    """From the TCP connection to the end of the request, and again for us to judge it."""
    message_s: float = 30.0
    """From a message's first bytes to its last."""
    send_s: float = 15.0
    """How long unsent bytes may wait for a charger that does not read."""
    ping_s: float = 20.0
    silence_s: float = 40.0
    """Hang up after so long without any byte."""
    quiet_s: float = 900.0
    """The same for a charger that answers no pings (quirk Q-08): three heartbeats."""
    call_s: float = 30.0
    """How long a charger may take to answer a CALL of ours (conformance TR-45)."""
    closing_s: float = 4.0
    """From our close frame until the connection is cut, at the next sweep: one that is taken over is gone within five seconds."""
    sweep_s: float = 1.0
    """How often the deadlines of all lines are looked at."""
    probe_s: float = 5.0
    """How long a line that is asked whether it lives may stay silent."""
    in_hand_s: float = 5.0
    """How long a line that is to be closed may finish the call in hand."""

    head_bytes: int = 16 * 1024
    message_bytes: int = 1024 * 1024
    fragments: int = 256
    early_bytes: int = 64 * 1024
    """What a charger may send before its request is answered; then it is not read any more."""
    queued_calls: int = 64
    queued_bytes: int = 256 * 1024
    """CALLs that wait while one is in hand; then the charger is not read any more."""
    kernel_send_bytes: int = 128 * 1024
    """The kernel's send buffer of a line: without a limit it takes megabytes for a charger that does not read."""

    strangers: int = 100
    stranger_message_bytes: int = 64 * 1024
    closes_per_second: int = 500
    """How fast lines are closed when the server stops, so that not all chargers come back in one moment."""
    away_closes_per_second: int = 200
    """How fast lines are closed while nothing can be recorded."""

    upgrade_burst: int = 500
    upgrades_per_second: float = 2000.0
    upgrade_wait_s: float = 4.0
    """Upgrade requests that are let in at once, then a second, and how long one waits for its turn before it is refused. The pace is
    above what a small machine serves (some 1,200 boots a second), so that it is met in a storm alone."""
    tls_burst: int = 200
    tls_per_second: float = 400.0
    tls_wait_s: float = 4.0
    """TLS handshakes begun at once, then a second, and how long one waits for its turn before it is cut. A signature costs a
    millisecond and more, and whoever reaches the port may ask for it."""
    slow_heads: int = 1000
    slow_heads_per_address: int = 250
    slow_head_s: float = 2.0
    """So many may be in the middle of their request for longer than that; then the oldest are cut."""

    line_ends_per_minute: int = 15
    hold_s: float = 300.0
    """A charger whose lines end so often keeps the line it has for so long, while that is alive."""
