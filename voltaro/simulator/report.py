"""What a run of virtual chargers came to: as data, as JSON, and as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from voltaro.simulator.simulated import SimulatedCharger
from voltaro.simulator.tally import Tally


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running fleet stands."""

    elapsed_s: float
    chargers: int
    online: int
    accepted: int
    charging: int
    sessions_started: int
    sessions_ended: int
    energy_wh: int
    sent: int
    answered: int
    errors: int

    def __str__(self) -> str:
        """One line for a terminal."""
        sessions = (
            f"{self.charging} charging, {self.sessions_ended} of {self.sessions_started} sessions ended, {self.energy_wh / 1000:.2f} kWh"
        )
        messages = f"{self.answered} of {self.sent} messages answered, {self.errors} errors"
        return f"{self.elapsed_s:6.1f} s  {self.accepted} of {self.chargers} chargers, {sessions}, {messages}"


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of one charger, for the list in the summary."""

    charger_id: str
    protocol: str
    session: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a fleet saw. Waiting times are from a CALL to its CALLRESULT, in milliseconds."""

    seed: int
    duration_s: float
    chargers: int
    protocols: Mapping[str, int]
    online: int
    accepted: int
    ramp_s: float | None
    """From the start until every charger had been accepted once; None when some never were."""
    sessions_started: int
    sessions_ended: int
    sessions_begun: int
    """Starts the central system acknowledged."""
    sessions_closed: int
    """Ends the central system acknowledged."""
    energy_wh: int
    """Of ended sessions."""
    sessions: tuple[SessionLine, ...]
    messages_sent: int
    messages_answered: int
    queued: int
    discarded: int
    sent: Mapping[str, int]
    answered: Mapping[str, int]
    latency_ms: Mapping[str, float]
    errors: Mapping[str, int]
    dials: int
    reconnects: int
    lines_lost: Mapping[str, int]
    refusals: Mapping[str, int]
    boots: Mapping[str, int]
    commands: Mapping[str, Mapping[str, int]]
    """Commands received, by action, and how each was answered."""

    @property
    def healthy(self) -> bool:
        """All chargers accepted, and nothing refused, late, discarded or left unsaid."""
        return self.accepted == self.chargers and not self.errors and not self.refusals and not self.discarded and not self.queued

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        sessions = [{"charger_id": each.charger_id, "protocol": each.protocol, **each.session} for each in self.sessions]
        return shown | {"sessions": sessions, "healthy": self.healthy}


def summarise(chargers: list[SimulatedCharger], tally: Tally, *, seed: int, duration_s: float, ramp_s: float | None) -> Summary:
    """Draw up the summary of chargers that share one tally."""
    protocols: dict[str, int] = {}
    for charger in chargers:
        protocols[charger.protocol] = protocols.get(charger.protocol, 0) + 1
    commands: dict[str, dict[str, int]] = {}
    for (action, word), count in tally.commands.items():
        commands.setdefault(action, {})[word] = count
    return Summary(
        seed=seed,
        duration_s=round(duration_s, 3),
        chargers=len(chargers),
        protocols=protocols,
        online=sum(charger.online for charger in chargers),
        accepted=sum(charger.accepted for charger in chargers),
        ramp_s=None if ramp_s is None else round(ramp_s, 3),
        sessions_started=tally.sessions_started,
        sessions_ended=tally.sessions_ended,
        sessions_begun=tally.sessions_begun,
        sessions_closed=tally.sessions_closed,
        energy_wh=tally.energy_wh,
        sessions=tuple(
            SessionLine(charger.identity, charger.protocol, session.to_dict()) for charger in chargers for session in charger.sessions
        ),
        messages_sent=tally.sent.total(),
        messages_answered=tally.answered.total(),
        queued=sum(len(charger.machine.outbox) for charger in chargers),
        discarded=tally.discarded,
        sent=dict(tally.sent),
        answered=dict(tally.answered),
        latency_ms={
            name: round(tally.latencies.quantile_s(share) * 1000, 2)
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
        },
        errors=dict(tally.errors),
        dials=tally.dials,
        reconnects=tally.reconnects,
        lines_lost=dict(tally.lines_lost),
        refusals=dict(tally.refusals),
        boots=dict(tally.boots),
        commands=commands,
    )


def render(summary: Summary, *, longest: int = 20) -> RenderableType:
    """Tables for a terminal: the fleet, its messages, the commands it obeyed, and up to ``longest`` sessions."""
    parts: list[RenderableType] = [_fleet(summary), _messages(summary)]
    if summary.commands:
        parts.append(_commands(summary))
    if summary.sessions:
        parts.append(_sessions(summary, longest))
    return Group(*parts)


def _fleet(summary: Summary) -> Table:
    table = Table(
        title=f"{summary.chargers} virtual chargers, {summary.duration_s:.1f} s, seed {summary.seed}",
        show_header=False,
        title_justify="left",
    )
    mix = ", ".join(f"{count} x {protocol}" for protocol, count in sorted(summary.protocols.items()))
    wait = summary.latency_ms
    started = f"{summary.sessions_started} started ({summary.sessions_begun} acknowledged)"
    ended = f"{summary.sessions_ended} ended ({summary.sessions_closed} acknowledged)"
    messages = f"{summary.messages_sent} sent, {summary.messages_answered} answered, {summary.queued} queued, {summary.discarded} given up"
    lines = f"{summary.dials} dials, {summary.reconnects} reconnects"
    rows = {
        "Chargers": f"{summary.accepted} of {summary.chargers} accepted ({mix})",
        "All accepted after": "never" if summary.ramp_s is None else f"{summary.ramp_s:.1f} s",
        "Sessions": f"{started}, {ended}",
        "Energy": f"{summary.energy_wh / 1000:.3f} kWh in ended sessions",
        "Messages": messages,
        "Waiting time": ", ".join(f"{name} {wait[name]:.1f} ms" for name in ("p50", "p95", "p99", "max")),
        "Lines": lines + _listed(summary.lines_lost, "lost") + _listed(summary.refusals, "refused"),
        "Errors": ", ".join(f"{count} x {name}" for name, count in sorted(summary.errors.items())) or "none",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _listed(counts: Mapping[str, int], word: str) -> str:
    return f"; {word}: " + ", ".join(f"{count} x {name}" for name, count in sorted(counts.items())) if counts else ""


def _messages(summary: Summary) -> Table:
    table = Table("Action", "Sent", "Answered", title="Messages", title_justify="left")
    for action, count in sorted(summary.sent.items()):
        table.add_row(action, str(count), str(summary.answered.get(action, 0)))
    return table


def _commands(summary: Summary) -> Table:
    table = Table("Command", "Answers", title="Commands obeyed", title_justify="left")
    for action, words in sorted(summary.commands.items()):
        table.add_row(action, ", ".join(f"{count} x {word}" for word, count in sorted(words.items())))
    return table


def _sessions(summary: Summary, longest: int) -> Table:
    shown = summary.sessions[-longest:]
    title = "Sessions" if len(shown) == len(summary.sessions) else f"Sessions (the last {len(shown)} of {len(summary.sessions)})"
    table = Table("Charger", "EVSE", "Transaction", "Tag", "Wh", "Reason", "Acknowledged", title=title, title_justify="left")
    for each in shown:
        session = each.session
        known = "start and end" if session["closed"] and session["begun"] else "start" if session["begun"] else "no"
        table.add_row(
            each.charger_id,
            str(session["evse_id"]),
            session["transaction_id"] or "-",
            session["tag"] or "-",
            str(session["energy_wh"]),
            session["reason"] or "running",
            known,
        )
    return table
