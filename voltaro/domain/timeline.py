"""The life of one charger on a line of time: when it was connected and how each connector stood, folded from what happened.

Rule 1: a span has the moment at which it truly began, also when that lies before the window that was asked for.
Rule 2: what nobody knows has no span: before the first thing that is recorded of a charger there is a gap, not a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from voltaro.domain.charger import ConnectorState

OWN_RESTART = 1012
"""The WebSocket code with which lines are closed when this server is stopped (RFC 6455, "service restart")."""


UNRECORDED = "the end of the line was not recorded"
"""The reason of an offline span that began while this server was not there to see it."""


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """A line was opened or lost. ``code`` and ``reason`` are those with which it was closed."""

    at: datetime
    is_online: bool
    protocol: str | None = None
    remote: str | None = None
    code: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionSpan:
    """Online or offline from ``since`` to ``until`` (None: still). An offline one says how the line before it was closed."""

    is_online: bool
    since: datetime
    until: datetime | None = None
    protocol: str | None = None
    remote: str | None = None
    code: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectorChange:
    """A connector was reported; ``at`` is the charger's time where that can be right."""

    evse_id: int
    connector_id: int
    at: datetime
    state: ConnectorState
    status: str
    error_code: str | None = None
    info: str | None = None
    vendor_error_code: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectorSpan:
    """How a connector stood from ``since`` to ``until`` (None: still). ``status`` is the OCPP word, ``state`` ours."""

    evse_id: int
    connector_id: int
    state: ConnectorState
    status: str
    error_code: str | None
    info: str | None
    vendor_error_code: str | None
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well a charger held its line between ``since`` and ``until``.

    ``known_s`` is how much of that is recorded: a charger that was added yesterday has one day. ``disconnections`` are lost lines,
    without those that this server closed for its own restart.
    """

    since: datetime
    until: datetime
    known_s: int
    online_s: int
    disconnections: int

    @property
    def online_percent(self) -> float | None:
        """Of the time that is known, with two digits, never rounded up to a whole hundred; None when nothing is known."""
        if not self.known_s:
            return None
        percent = round(100 * self.online_s / self.known_s, 2)
        return 99.99 if percent == 100 and self.online_s < self.known_s else percent


def connection_spans(
    before: ConnectionChange | None, changes: Iterable[ConnectionChange], *, last_seen: datetime | None, is_online: bool
) -> list[ConnectionSpan]:
    """The spans that ``changes``, oldest first, make after the change ``before`` them.

    ``is_online`` is how it is now. A line whose end nobody could record, because this server was killed, ended when the charger
    was last seen.
    """
    spans: list[ConnectionSpan] = []
    for change in (*(() if before is None else (before,)), *changes):
        if spans:
            if not change.is_online and not spans[-1].is_online:
                continue
            spans[-1] = replace(spans[-1], until=change.at)
        spans.append(ConnectionSpan(change.is_online, change.at, None, change.protocol, change.remote, change.code, change.reason))
    if spans and spans[-1].is_online and not is_online:
        end = max(spans[-1].since, last_seen or spans[-1].since)
        spans[-1] = replace(spans[-1], until=end)
        spans.append(ConnectionSpan(False, end, reason=UNRECORDED))
    return spans


def connector_spans(changes: Iterable[ConnectorChange], since: datetime, until: datetime) -> list[ConnectorSpan]:
    """The spans of all connectors that touch the window, by evse and connector, oldest first. ``changes`` come in any order;
    the last one before the window is needed to know how it begins."""
    spans: list[ConnectorSpan] = []
    for change in sorted(changes, key=lambda one: (one.evse_id, one.connector_id, one.at)):
        if spans and (spans[-1].evse_id, spans[-1].connector_id) == (change.evse_id, change.connector_id):
            if _stands_alike(spans[-1], change):
                continue
            spans[-1] = replace(spans[-1], until=change.at)
        spans.append(
            ConnectorSpan(
                change.evse_id,
                change.connector_id,
                change.state,
                change.status,
                change.error_code,
                change.info,
                change.vendor_error_code,
                change.at,
            )
        )
    return [span for span in spans if span.since < until and (span.until is None or since < span.until)]


def reliability(spans: Sequence[ConnectionSpan], since: datetime, until: datetime) -> Reliability:
    """The figures of a window over spans that reach from before it, where anything is known, to its end."""
    known = online = timedelta()
    lost = 0
    for span in spans:
        length = min(span.until or until, until) - max(span.since, since)
        if length > timedelta():
            known += length
            online += length if span.is_online else timedelta()
        if not span.is_online and since <= span.since < until:
            lost += span.code != OWN_RESTART and span.reason != UNRECORDED
    return Reliability(since, until, round(known.total_seconds()), round(online.total_seconds()), lost)


def _stands_alike(span: ConnectorSpan, change: ConnectorChange) -> bool:
    told = (change.state, change.status, change.error_code, change.vendor_error_code)
    return (span.state, span.status, span.error_code, span.vendor_error_code) == told
