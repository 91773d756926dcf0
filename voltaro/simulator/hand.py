"""One virtual charger in somebody's hands: what is said and heard, shown as it passes and kept as exchanges to be waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from voltaro.simulator.simulated import SimulatedCharger
from voltaro.simulator.v16 import Charger16

PATIENCE_S = 30.0
_MASKED = "AuthorizationKey"


class BadScript(ValueError):
    """A line that cannot be done; the message says why, and what could be written instead."""


@dataclass(slots=True)
class Exchange:
    """A CALL of either side and its answer: a payload, or the code of a CALLERROR. ``mine``: the charger's."""

    action: str
    payload: Any
    mine: bool
    answer: Any = None
    answered: bool = False

    def shows(self, word: str) -> bool:
        """Whether a status, of the call or of its answer, or the error code is this word."""
        said = [part.get(name) for part in (self.payload, self.answer) if isinstance(part, dict) for name in ("status", "reason", "type")]
        tag = self.answer.get("idTagInfo") if isinstance(self.answer, dict) else None
        return word in said or self.answer == word or (isinstance(tag, dict) and tag.get("status") == word)


class Hand:
    """Whoever stands at the charger. ``tell`` gets each line there is to read; ``over``: they have done with it.
    Without ``watching`` the frames are for others to look at."""

    def __init__(
        self, charger: SimulatedCharger, tell: Callable[[str], None], *, patience_s: float = PATIENCE_S, watching: bool = True
    ) -> None:
        self.charger = charger
        self.tell = tell
        self.patience_s = patience_s
        self.over = False
        self.exchanges: list[Exchange] = []
        self._open: dict[tuple[str, bool], Exchange] = {}
        self._seen: dict[str, int] = {}
        if watching:
            charger.watcher = self

    async def exchanged(self, action: str, word: str | None = None) -> Exchange:
        """Wait for the next answered exchange with this action and, where given, this word; each is waited for once.

        Raises TimeoutError.
        """

        def found() -> int | None:
            begin = self._seen.get(action, 0)
            for at in range(begin, len(self.exchanges)):
                each = self.exchanges[at]
                if each.action == action and each.answered and (word is None or each.shows(word)):
                    return at
            return None

        what = f"had {action}" + (f" with {word}" if word else "")
        await self.charger.wait_until(lambda: found() is not None, what, self.patience_s)
        at = found()
        assert at is not None
        self._seen[action] = at + 1
        return self.exchanges[at]

    @property
    def machine16(self) -> Charger16:
        """The charger as one of 1.6. Raises BadScript."""
        if not isinstance(self.charger.machine, Charger16):
            raise BadScript("Only a charger of OCPP 1.6 does that; run it with --protocol ocpp1.6.")
        return self.charger.machine

    # --- What the charger lets us see

    def heard(self, frame: bytes) -> None:
        self._frame(frame, mine=False)

    def said(self, frame: bytes) -> None:
        self._frame(frame, mine=True)

    def noted(self, what: str) -> None:
        self.tell(f"   {what}")

    def _frame(self, frame: bytes, *, mine: bool) -> None:
        arrow = "->" if mine else "<-"
        try:
            decoded = msgspec.json.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            decoded = None
        match decoded:
            case [2, str(number), str(action), payload]:
                exchange = self._open[number, mine] = Exchange(action, payload, mine)
                self.exchanges.append(exchange)
                self.tell(f"{arrow} {action} {_text(_masked(payload))}")
            case [3, str(number), answer]:
                self._answered(number, answer, f"{arrow} {{}} = {_text(answer)}", mine=mine)
            case [4, str(number), code, *rest]:
                self._answered(number, code, f"{arrow} {{}} ! {code} {rest[0] if rest else ''}".rstrip(), mine=mine)
            case _:
                self.tell(f"{arrow} {frame.decode(errors='replace')}")

    def _answered(self, number: str, answer: Any, line: str, *, mine: bool) -> None:
        exchange = self._open.pop((number, not mine), None)
        if exchange is not None:
            exchange.answer, exchange.answered = answer, True
        self.tell(line.replace("{}", exchange.action if exchange is not None else "?", 1))


def _masked(payload: Any) -> Any:
    if isinstance(payload, dict) and payload.get("key") == _MASKED and "value" in payload:
        return {**payload, "value": "***"}
    return payload


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
