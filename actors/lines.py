"""The lines that are open now: for each charger the newest, and which one that is.

It is no actor: a dict that outlives the incarnations of those that read it. The gateway's side writes it.
"""

from __future__ import annotations

from voltaro.ports import Line


class Lines:
    """The newest line of each charger."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def up(self, line: Line) -> Line | None:
        """Note a new line; the one it replaces is returned, to be closed."""
        older = self._lines.get(line.charger_id)
        self._lines[line.charger_id] = line
        return older

    def down(self, line: Line) -> bool:
        """Note that a line has closed; False when a newer one has replaced it, and nothing changed."""
        if self._lines.get(line.charger_id) is not line:
            return False
        del self._lines[line.charger_id]
        return True

    def of(self, charger_id: str) -> Line | None:
        return self._lines.get(charger_id)

    def __len__(self) -> int:
        return len(self._lines)
