"""The configuration of one charger: read once by ourselves, read back after every write, remembered until the next boot.

Rule 1: a charger is read by itself once for each firmware; when it hangs up over that, once more, key by key. Then an operator may ask.
Rule 2: nothing is ever written by itself, and no write is repeated (quirks Q-62, Q-71).
Rule 3: it is asked once it has settled, so never while it boots again and again (quirk Q-21, ``actors/homecoming.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actors.effects import Reads
from actors.topic import Topic, ToTopic
from actors.topic_station import TopicStation
from voltaro.domain.charger import Boot
from voltaro.domain.command import ReadConfiguration
from voltaro.domain.configuration import STANDARD_KEYS, ReadKey, fold_key, is_secret, read_whole
from voltaro.domain.fact import ConfigurationAsked, ConfigurationRebooted, ConfigurationTold, ConfigurationWritten
from voltaro.ports import ChargerFacts, InvalidPayload, Line
from voltaro.ports.configuration import ConfigurationFacts

MOST_ATTEMPTS = 2
MOST_MISSES = 2
"""Single keys in a row without a valid answer, after which the charger is left alone."""

_NOTHING = ConfigurationFacts(None, 0, False, None, ())
_MAX_KEYS = fold_key("GetConfigurationMaxKeys")


_GO_ON = "go on"
"""What the topic tells itself."""


class _Reading:
    """Keys that are being asked for, a batch at a time; an empty batch is all of them. ``is_whole``: at its end all have been asked."""

    __slots__ = ("asked", "batches", "is_whole", "line", "misses")

    def __init__(self, line: Line, batches: list[tuple[str, ...]], *, is_whole: bool) -> None:
        self.line = line
        self.batches = batches
        self.is_whole = is_whole
        self.asked: Mapping[str, Any] | None = None
        self.misses = 0


class ChargerConfiguration(Topic):
    """See the module. What dialects tell it is ``ports.configuration.ConfigurationHeard``."""

    __slots__ = ("_again", "_facts", "_firmware", "_reading")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._facts: ConfigurationFacts = _NOTHING
        self._firmware: str | None = None
        self._again: tuple[str, ...] = ()
        self._reading: _Reading | None = None

    def rebuild(self, facts: ChargerFacts) -> None:
        self._facts = facts.configuration or _NOTHING
        self._firmware = facts.charger.firmware_version

    def settled(self, line: Line) -> None:
        self._look(line)

    def booted(self, boot: Boot) -> None:
        """The charger has booted: what waited for that is in force now, and is read again once it has settled."""
        station = self.station
        self._firmware = boot.firmware_version
        if self._facts.waiting:
            station.jot(ConfigurationRebooted(station.charger_id, station.now()))
            self._again = self._facts.waiting
            self._facts = self._facts._replace(waiting=())

    def hear(self, message: object) -> None:
        if message == _GO_ON:
            self._go_on()

    # --- what the charger answers ---

    def told(self, asked: Mapping[str, Any], keys: Sequence[ReadKey], unknown: Sequence[str], *, whole: bool) -> None:
        station = self.station
        station.jot(ConfigurationTold(station.charger_id, tuple(keys), tuple(unknown), station.now(), whole))
        for key in keys:
            if key.value is not None:
                station.happened(Reads(key.name, key.value))
                if fold_key(key.name) == _MAX_KEYS:
                    self._facts = self._facts._replace(most_keys=read_whole(key.value))
        reading = self._reading
        if whole:
            self._is_read()
            if reading is not None and reading.is_whole:
                reading.batches.clear()  # a late answer: there is no need to ask key by key
        if reading is not None and asked is reading.asked:
            reading.misses = 0
            self._go_on()

    def not_told(self, asked: Mapping[str, Any], *, whole: bool) -> None:
        """All keys at once are too much for some: then they are asked for one by one (quirk Q-71), whoever asked."""
        reading = self._reading
        line = self.station.line
        if reading is None:
            if not whole or line is None:
                return
            reading = self._reading = _Reading(line, [], is_whole=True)
        elif asked is not reading.asked:
            return
        if whole:
            reading.batches[:0] = [(name,) for name in STANDARD_KEYS]
            reading.is_whole = True
        else:
            reading.misses += 1
        # Over a line that is lost all questions end so: LineDown lies in the mailbox by now, and comes first.
        self.station.system.tell(self.station.name, ToTopic("configuration", _GO_ON))

    def written(self, key: str, value: str, status: str | None) -> None:
        station = self.station
        secret = is_secret(key)
        station.jot(ConfigurationWritten(station.charger_id, key, None if secret else value, status, station.now()))
        if status == "RebootRequired" and key not in self._facts.waiting:
            self._facts = self._facts._replace(waiting=(*self._facts.waiting, key))
        if not secret and status not in ("Rejected", "NotSupported"):
            self._read(((key,),))

    # --- reading ---

    def _is_due(self) -> bool:
        facts = self._facts
        if facts.firmware_version != self._firmware:
            return True
        return not facts.is_read and facts.attempts < MOST_ATTEMPTS

    def _look(self, line: Line) -> None:
        """Ask for what is not known yet. A version of OCPP that has no keys is left alone."""
        if self._reading is not None or not (self._is_due() or self._again):
            return
        try:
            line.dialect.compose(ReadConfiguration())
        except InvalidPayload:
            return
        again, self._again = self._again, ()
        if not self._is_due():
            size = max(1, self._facts.most_keys or 1)
            self._read(tuple(again[first : first + size] for first in range(0, len(again), size)))
            return
        attempts = self._facts.attempts + 1 if self._facts.firmware_version == self._firmware else 1
        self._facts = self._facts._replace(firmware_version=self._firmware, attempts=attempts, is_read=False)
        self._note(self._facts, None)
        batches: list[tuple[str, ...]] = [()] if attempts == 1 else [(name,) for name in STANDARD_KEYS]
        self._reading = _Reading(line, batches, is_whole=True)
        self._go_on()

    def _read(self, batches: tuple[tuple[str, ...], ...]) -> None:
        line = self.station.line
        if self._reading is not None:
            self._reading.batches.extend(batches)
        elif line is not None:
            self._reading = _Reading(line, list(batches), is_whole=False)
            self._go_on()

    def _go_on(self) -> None:
        reading = self._reading
        if reading is None:
            return
        station = self.station
        if station.line is not reading.line:
            self._reading = None
        elif reading.misses >= MOST_MISSES:
            self._reading = None
            if reading.is_whole:
                self._facts = self._facts._replace(attempts=MOST_ATTEMPTS)
                self._note(self._facts, "it does not answer when it is asked for its configuration")
        elif reading.batches:
            action, reading.asked = reading.line.dialect.compose(ReadConfiguration(reading.batches.pop(0)))
            station.ask_quietly(reading.line, action, reading.asked)
        else:
            self._reading = None
            if reading.is_whole and not self._facts.is_read:
                station.jot(ConfigurationTold(station.charger_id, (), (), station.now(), True))
                self._is_read()

    def _is_read(self) -> None:
        self._facts = self._facts._replace(firmware_version=self._firmware, is_read=True)

    def _note(self, facts: ConfigurationFacts, failure: str | None) -> None:
        station = self.station
        station.jot(ConfigurationAsked(station.charger_id, facts.firmware_version, facts.attempts, station.now(), failure))
