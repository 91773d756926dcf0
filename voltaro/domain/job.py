"""Jobs: what takes a charger a while and is told step by step: an update of its firmware, the upload of a log.

A job is the fold of what the charger said of it, in the order it came. Chargers leave states out, repeat them, and report without
having been asked or without the request's id (quirk Q-74): ``job_for`` says which job a state belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

MOST_STEPS = 100
"""More than any update has; a charger that alternates for ever fills no row."""


class JobKind(StrEnum):
    """What is done."""

    FIRMWARE = "firmware"
    LOG = "log"


class JobState(StrEnum):
    """UNKNOWN: no valid answer came to the request. EMPTY: the charger has named no file to upload. Any state that is reported
    later moves these on."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELED = "canceled"


OPEN = frozenset({JobState.ACCEPTED, JobState.UNKNOWN, JobState.RUNNING})
"""States of a job that goes on, as far as anybody knows."""


@dataclass(frozen=True, slots=True)
class Step:
    """A state as OCPP spells it, and when it came."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a job and the answer to it. ``location`` holds no secret; ``upload`` is the key of our own upload place
    (``domain.upload``), when the location is one."""

    action: str
    request_id: int | None = None
    log_type: str | None = None
    location: str | None = None
    upload: str | None = None
    status: str | None = None
    file_name: str | None = None
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """A job. ``action`` is None where nobody here has asked for it; ``status`` is the last that was reported.

    ``version_before`` and ``version_after`` are the firmware when it began and at the first boot after it was installed.
    """

    id: str
    charger_id: str
    kind: JobKind
    state: JobState
    created_at: datetime
    updated_at: datetime
    action: str | None = None
    request_id: int | None = None
    log_type: str | None = None
    location: str | None = None
    upload: str | None = None
    file_name: str | None = None
    status: str | None = None
    steps: tuple[Step, ...] = ()
    version_before: str | None = None
    version_after: str | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_proved(self) -> bool:
        """Whether a boot has shown another firmware than before."""
        return self.version_after is not None and self.version_after != self.version_before


def state_of_answer(asked: Asked) -> JobState:
    """What the answer to a request makes of its job. The old messages of 1.6 have no status: any answer is an acceptance."""
    if not asked.answered:
        return JobState.UNKNOWN
    if asked.status is not None:
        return JobState.ACCEPTED if asked.status in ("Accepted", "AcceptedCanceled") else JobState.REJECTED
    if asked.action == "GetDiagnostics" and not asked.file_name:
        return JobState.EMPTY
    return JobState.ACCEPTED


def reported(job: Job, status: str, at: datetime) -> Job:
    """The job after the charger has reported a state. ``Idle`` says only that it does nothing now."""
    steps = job.steps
    if (not steps or steps[-1].status != status) and len(steps) < MOST_STEPS:
        steps = (*steps, Step(status, at))
    job = replace(job, status=status, steps=steps, updated_at=at)
    if status == "Idle":
        return job
    state = _STATES[job.kind].get(status, JobState.RUNNING)
    if state is JobState.RUNNING and job.state is JobState.FINISHED:
        return job
    return replace(job, state=state, ended_at=None if state is JobState.RUNNING else at)


def canceled(job: Job, at: datetime) -> Job:
    """The job after another has taken its place (``AcceptedCanceled``)."""
    return replace(job, state=JobState.CANCELED, ended_at=at, updated_at=at)


def booted(job: Job, version: str | None, at: datetime) -> Job:
    """A firmware job after a boot with this version, which is the proof: the same job where it says nothing of it."""
    if job.version_after is not None or version is None or job.state in _BOOT_SAYS_NOTHING:
        return job
    if version != job.version_before:
        return replace(job, version_after=version, state=JobState.FINISHED, ended_at=job.ended_at or at, updated_at=at)
    if job.state is JobState.FINISHED:
        return replace(job, version_after=version, updated_at=at)
    return job


def job_for(jobs: Iterable[Job], kind: JobKind, request_id: int | None, status: str) -> Job | None:
    """The job of which a state tells; ``jobs`` newest first. None: it is the beginning of one that nobody here asked for."""
    of_kind = [job for job in jobs if job.kind is kind]
    if request_id is not None:
        for job in of_kind:
            if job.request_id == request_id:
                return job
    newest = next((job for job in of_kind if job.state is not JobState.REJECTED), None)
    if newest is not None and newest.state in _BEHIND_US and status in _BEGINNINGS:
        return None
    return newest


_STATES = {
    JobKind.FIRMWARE: {
        "Installed": JobState.FINISHED,
        "DownloadFailed": JobState.FAILED,
        "InstallationFailed": JobState.FAILED,
        "InstallVerificationFailed": JobState.FAILED,
        "InvalidSignature": JobState.FAILED,
    },
    JobKind.LOG: {
        "Uploaded": JobState.FINISHED,
        "UploadFailed": JobState.FAILED,
        "UploadFailure": JobState.FAILED,
        "BadMessage": JobState.FAILED,
        "NotSupportedOperation": JobState.FAILED,
        "PermissionDenied": JobState.FAILED,
        "AcceptedCanceled": JobState.CANCELED,
    },
}
_BEGINNINGS = frozenset({"Downloading", "DownloadScheduled", "Uploading"})
_BEHIND_US = frozenset({JobState.FINISHED, JobState.CANCELED})
_BOOT_SAYS_NOTHING = frozenset({JobState.FAILED, JobState.REJECTED, JobState.CANCELED})
