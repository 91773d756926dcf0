"""Firmware of a virtual OCPP 1.6 charger: fetched, checked where it is signed, installed, started (section 6.19; whitepaper L01)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from voltaro.simulator import keys
from voltaro.simulator.clock import moment
from voltaro.simulator.errand import Errand, Fetched, file_name, reachable
from voltaro.simulator.talker import Reply
from voltaro.simulator.v16_station import Station16

OUTCOMES = ("Installed", "DownloadFailed", "InstallationFailed", "InvalidSignature", "InstallVerificationFailed")
"""What an update may be made to come to. Without one it is really fetched where the location is HTTP, and acted where it is not."""


@dataclass(slots=True, eq=False)
class Update:
    """One update under way. ``request_id`` is None for one that is not signed. Times are seconds from now."""

    location: str
    attempts: int
    wait_s: float
    request_id: int | None = None
    certificate: str = ""
    signature: str = ""
    install_at: str | None = None
    outcome: str | None = None
    word: str = "Idle"
    """The status last told."""
    written: bool = False
    """It is in, and runs after the next start."""
    cut_short: bool = False
    """The charger was switched off while it was being written."""
    closed: tuple[int, ...] = ()
    """The connectors that were put out of service for it."""


class Updates:
    """The update of one charger."""

    def __init__(self, station: Station16) -> None:
        self._station = station
        self._under_way: Update | None = None
        self.outcome: str | None = None
        """What the next update comes to, once."""

    # --- Commands

    def update(self, payload: dict[str, Any]) -> Reply:
        """UpdateFirmware has no status to refuse with; a second one takes the place of one that is not being installed yet."""
        update = Update(str(payload["location"]), *_patience(payload))
        seconds = self._seconds_until(payload["retrieveDate"])
        return Reply({}, (lambda: self._begin(update, seconds)) if not self._installing else None)

    def signed_update(self, payload: dict[str, Any]) -> Reply:
        told = payload["firmware"]
        if not keys.is_certificate(str(told["signingCertificate"])):
            event = "InvalidFirmwareSigningCertificate"
            return Reply({"status": "InvalidCertificate"}, lambda: self._station.security_event(event))
        if self._installing:
            return Reply({"status": "Rejected"})
        update = Update(
            str(told["location"]),
            *_patience(payload),
            int(payload["requestId"]),
            str(told["signingCertificate"]),
            str(told["signature"]),
            told.get("installDateTime"),
        )
        seconds = self._seconds_until(told["retrieveDateTime"])
        word = "AcceptedCanceled" if self._under_way is not None else "Accepted"
        return Reply({"status": word}, lambda: self._begin(update, seconds))

    def triggered(self, *, extended: bool) -> None:
        """Tell the status last told. When nothing is under way it is Idle, in the words of the trigger."""
        update = self._under_way
        if update is not None:
            self._tell(update, update.word, early=True)
        else:
            self._station.call(
                "SignedFirmwareStatusNotification" if extended else "FirmwareStatusNotification", {"status": "Idle"}, early=True
            )

    def switched_off(self) -> None:
        """The charger is going down, for whatever reason."""
        if self._under_way is not None and self._installing and not self._under_way.written:
            self._under_way.cut_short = True

    def started_anew(self) -> None:
        """The charger has booted and told its statuses: an update is in, or was cut short."""
        update = self._under_way
        if update is None or not self._installing:
            return
        self._under_way = None
        self._reopen(update)
        if not update.written:
            self._tell(update, "InstallationFailed")
            return
        self._tell(update, "Installed")
        if update.request_id is not None:
            self._station.security_event("FirmwareUpdated", self._station.firmware_version)

    # --- Within, in order

    @property
    def _installing(self) -> bool:
        return self._under_way is not None and self._under_way.word in ("Installing", "InstallRebooting")

    def _begin(self, update: Update, seconds: float) -> None:
        update.outcome, self.outcome = self.outcome, None
        if self._under_way is not None:
            update.closed = self._under_way.closed  # one that waited for a session to end
        self._under_way = update
        if seconds > 0:
            if update.request_id is not None:
                self._tell(update, "DownloadScheduled")
            self._next(update, seconds, self._download)
        else:
            self._download(update)

    def _download(self, update: Update) -> None:
        update.attempts -= 1
        self._tell(update, "Downloading")
        if update.outcome is None and reachable(update.location):
            self._station.run(Errand("GET", update.location, lambda came: self._fetched(update, came)))
        elif update.outcome == "DownloadFailed":
            self._next(update, self._station.traits.step_s, self._download_failed)
        else:
            self._next(update, self._station.traits.step_s, lambda update: self._downloaded(update, None))

    def _fetched(self, update: Update, came: Fetched) -> None:
        if update is not self._under_way:
            return
        if came.well:
            self._downloaded(update, came.body)
        else:
            self._download_failed(update)
        self._station.flush()

    def _download_failed(self, update: Update) -> None:
        if update.attempts > 0:
            self._next(update, update.wait_s, self._download)
        else:
            self._fail(update, "DownloadFailed")

    def _downloaded(self, update: Update, file: bytes | None) -> None:
        self._tell(update, "Downloaded")
        if update.request_id is not None:
            if update.outcome == "InvalidSignature" or (file is not None and not _signed(file, update)):
                self._fail(update, "InvalidSignature")
                self._station.security_event("InvalidFirmwareSignature")
                return
            self._tell(update, "SignatureVerified")
            seconds = self._seconds_until(update.install_at) if update.install_at else 0.0
            if seconds > 0:
                self._tell(update, "InstallScheduled")
                self._next(update, seconds, self._install)
                return
        self._next(update, self._station.traits.step_s, self._install)

    def _install(self, update: Update) -> None:
        """Once nobody charges: connectors out of service first, so that nobody begins to."""
        station = self._station
        if not update.closed:
            update.closed = tuple(evse.id for evse in station.evses if evse.operative)
            station.change_availability(station.evses, operative=False)
            station.refresh_all()
        if any(evse.session is not None for evse in station.evses):
            self._next(update, station.traits.step_s, self._install)
            return
        self._tell(update, "Installing")
        self._next(update, station.traits.step_s, self._installed)

    def _installed(self, update: Update) -> None:
        station = self._station
        if update.outcome in ("InstallationFailed", "InstallVerificationFailed"):
            signed = update.request_id is not None
            self._fail(update, update.outcome if signed else "InstallationFailed")
            return
        if update.request_id is not None:
            self._tell(update, "InstallRebooting")
        update.written = True
        station.firmware_version = _version(update.location) or _next_version(station.firmware_version)
        station.reboot("Reboot", "FirmwareUpdate", hard=False)

    def _fail(self, update: Update, word: str) -> None:
        self._under_way = None
        self._reopen(update)
        self._tell(update, word)

    def _reopen(self, update: Update) -> None:
        station = self._station
        station.change_availability(tuple(map(station.evse, update.closed)), operative=True)
        station.refresh_all()

    def _next(self, update: Update, seconds: float, step: Any) -> None:
        def act() -> None:
            if update is self._under_way and not update.cut_short:
                step(update)
                self._station.flush()

        self._station.later(seconds, act)

    def _tell(self, update: Update, word: str, *, early: bool = False) -> None:
        update.word = word
        if update.request_id is None:
            self._station.call("FirmwareStatusNotification", {"status": word}, early=early)
        else:
            self._station.call("SignedFirmwareStatusNotification", {"status": word, "requestId": update.request_id}, early=early)

    def _seconds_until(self, text: str) -> float:
        return max(0.0, (moment(text) - self._station.clock.now()).total_seconds())


def _patience(payload: dict[str, Any]) -> tuple[int, float]:
    return 1 + int(payload.get("retries", 0)), float(payload.get("retryInterval", 5))


def _signed(file: bytes, update: Update) -> bool:
    try:
        signature = base64.b64decode(update.signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return keys.has_signed(update.certificate, signature, file)


def _version(location: str) -> str | None:
    """A version that the file is named after."""
    found = re.search(r"\d+\.\d+(\.\d+)*", file_name(location))
    return found.group() if found else None


def _next_version(version: str) -> str:
    """With its last number one higher."""
    return re.sub(r"\d+(?=\D*$)", lambda found: str(int(found.group()) + 1), version)
