"""What dialects tell of jobs, and what is stored of them and of the files that chargers upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voltaro.domain.job import Asked, Job, JobKind
from voltaro.domain.upload import Upload
from voltaro.ports.rows import Page


class Jobs(Protocol):
    """The jobs of one charger, as its messages and answers tell of them. ``actors/jobs.py`` implements it."""

    async def asked(self, kind: JobKind, asked: Asked) -> None:
        """A request for a job was answered, or has ended without an answer."""
        ...

    async def reported(self, kind: JobKind, status: str, request_id: int | None) -> None:
        """The charger has reported a state; recorded when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job with the upload place it uses, if that is one of ours."""

    job: Job
    upload: Upload | None


class JobStore(Protocol):
    """Jobs and uploads of ``ports.Store``."""

    async def jobs(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[JobRow]: ...  # newest first
    async def job(self, job_id: str) -> JobRow | None: ...

    async def add_upload(self, key: str, charger_id: str, expires_at: datetime, by: str) -> None: ...
    async def drop_upload(self, key: str) -> None: ...  # one that was never announced to its charger
    async def claim_upload(self, key: str) -> Upload | None:
        """Take an open place that has not expired, to receive its file; None when nobody may send to it (now). One that was taken
        long ago and not released may be taken again."""
        ...

    async def release_upload(self, key: str) -> None: ...  # its file did not come whole: it may be sent again
    async def finish_upload(self, key: str, *, file_name: str | None, stored_name: str, size_bytes: int, sha256: str) -> None: ...
    async def uploaded_bytes(self) -> int: ...
    async def old_uploads(self, before: datetime) -> Sequence[Upload]: ...  # received before then, or expired without a file
    async def forget_uploads(self, keys: Sequence[str]) -> None: ...
