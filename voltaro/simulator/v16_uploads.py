"""Files that a virtual OCPP 1.6 charger brings: its diagnostics (section 6.9) and its logs (whitepaper, use case N01)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from voltaro.simulator.clock import moment
from voltaro.simulator.errand import Errand, Fetched, reachable
from voltaro.simulator.talker import Reply
from voltaro.simulator.v16_station import Station16

OUTCOMES = ("Uploaded", "UploadFailed", "BadMessage", "PermissionDenied", "NotSupportedOperation", "NothingToUpload")
"""What an upload may be made to come to. Without one it is really tried where the location is HTTP, and acted where it is not."""


@dataclass(slots=True, eq=False)
class Upload:
    """One upload under way. ``request_id`` is None for diagnostics, which have none."""

    location: str
    name: str
    body: bytes
    request_id: int | None
    log: bool
    attempts: int
    wait_s: float
    post: bool = False


class Uploads:
    """The upload of one charger; a new one takes the place of the one before."""

    def __init__(self, station: Station16) -> None:
        self._station = station
        self._under_way: Upload | None = None
        self.outcome: str | None = None
        """What the next upload comes to, once."""

    # --- Commands

    def get_diagnostics(self, payload: dict[str, Any]) -> Reply:
        since, until = (str(payload.get(key, "")) for key in ("startTime", "stopTime"))
        if self.outcome == "NothingToUpload":
            self.outcome = None
            return Reply({})
        name = f"{self._station.traits.identity}-diagnostics-{self._tick()}.txt"
        self._superseded()
        upload = Upload(str(payload["location"]), name, self._diagnostics(since, until), None, False, *_patience(payload))
        return Reply({"fileName": name}, lambda: self._begin(upload))

    def get_log(self, payload: dict[str, Any]) -> Reply:
        log, kind = payload["log"], str(payload["logType"])
        since, until = (str(log.get(key, "")) for key in ("oldestTimestamp", "latestTimestamp"))
        if self.outcome == "NothingToUpload":
            self.outcome = None
            return Reply({"status": "Rejected"})
        security = {"SecurityLog": True, "DiagnosticsLog": False}[kind]
        body = "\n".join(_within(self._station.security_log.lines, since, until)).encode() if security else self._diagnostics(since, until)
        name = f"{self._station.traits.identity}-{kind.lower()}-{self._tick()}.txt"
        location, number = str(log["remoteLocation"]), int(payload["requestId"])
        word = "AcceptedCanceled" if self._superseded() else "Accepted"
        upload = Upload(location, name, body, number, True, *_patience(payload))
        return Reply({"status": word, "filename": name}, lambda: self._begin(upload))

    def triggered(self, action: str) -> None:
        upload = self._under_way
        matches = upload is not None and upload.log == (action == "LogStatusNotification")
        payload: dict[str, Any] = {"status": "Uploading" if matches else "Idle"}
        if matches and upload is not None and upload.request_id is not None:
            payload["requestId"] = upload.request_id
        self._station.call(action, payload, early=True)

    # --- Within

    def _superseded(self) -> bool:
        """Drop the one under way, without a word: 1.6 has a status for that only in the answer to GetLog."""
        upload, self._under_way = self._under_way, None
        return upload is not None

    def _begin(self, upload: Upload) -> None:
        self._under_way = upload
        self._try(upload)

    def _try(self, upload: Upload) -> None:
        if upload is not self._under_way:
            return
        upload.attempts -= 1
        self._tell(upload, "Uploading")
        if self.outcome is None and reachable(upload.location):
            self._bring(upload)
        else:
            self._station.later(self._station.traits.step_s, lambda: self._over(upload, self._take_outcome()))
        self._station.flush()

    def _bring(self, upload: Upload) -> None:
        """PUT below a folder, or at the place itself; where that is not wanted, POST."""
        url = upload.location + (upload.name if upload.location.endswith("/") else "")
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Disposition": f'attachment; filename="{upload.name}"'}
        method = "POST" if upload.post else "PUT"
        self._station.run(Errand(method, url, lambda came: self._brought(upload, came), upload.body, headers))

    def _brought(self, upload: Upload, came: Fetched) -> None:
        if upload is not self._under_way:
            return
        if came.status in (404, 405, 501) and not upload.post:
            upload.post = True
            self._bring(upload)
        elif came.well:
            self._over(upload, "Uploaded")
        else:
            self._over(upload, "PermissionDenied" if upload.log and came.status in (401, 403) else "UploadFailed")

    def _over(self, upload: Upload, word: str) -> None:
        if upload is not self._under_way:
            return
        if word != "Uploaded" and upload.attempts > 0:
            self._station.later(upload.wait_s, lambda: self._try(upload))
            return
        self._under_way = None
        self._tell(upload, word)
        self._station.flush()

    def _tell(self, upload: Upload, word: str) -> None:
        if upload.log:
            status = "UploadFailure" if word == "UploadFailed" else word
            self._station.call("LogStatusNotification", {"status": status, "requestId": upload.request_id}, early=True)
        else:
            status = word if word in ("Uploading", "Uploaded") else "UploadFailed"
            self._station.call("DiagnosticsStatusNotification", {"status": status}, early=True)

    def _take_outcome(self) -> str:
        word, self.outcome = self.outcome or "Uploaded", None
        return word

    def _tick(self) -> int:
        return int(self._station.clock.now().timestamp())

    def _diagnostics(self, since: str, until: str) -> bytes:
        station = self._station
        model = station.traits.model
        lines = [
            f"{model.vendor} {model.name} {station.serial} firmware {station.firmware_version}",
            f"registration {station.registration.value}, {len(station.outbox)} messages queued",
            *(f"connector {evse.id}: {evse.status}, {evse.reading_wh} Wh, limit {evse.limit_w:g} W" for evse in station.evses),
            *_within([f"{each.started_at.isoformat()} session {each.to_dict()}" for each in station.ledger.sessions], since, until),
        ]
        return ("\n".join(lines) + "\n").encode()


def _patience(payload: dict[str, Any]) -> tuple[int, float]:
    """How often it is tried, and the seconds between."""
    return 1 + int(payload.get("retries", 0)), float(payload.get("retryInterval", 5))


def _within(lines: list[str], since: str, until: str) -> list[str]:
    """The lines, each beginning with its time, from and up to a moment where one is named."""
    first, last = (moment(text) if text else None for text in (since, until))
    found = []
    for line in lines:
        at = moment(line.split(" ", 1)[0])
        if (first is None or at >= first) and (last is None or at <= last):
            found.append(line)
    return found
