"""The jobs of a charger: what it was asked to fetch or to upload, and how far it has come."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from actors.topic import Topic
from actors.topic_station import TopicStation
from voltaro.domain.charger import Boot
from voltaro.domain.fact import JobChanged
from voltaro.domain.job import Asked, Job, JobKind, JobState, booted, canceled, job_for, reported, state_of_answer
from voltaro.ports import ChargerFacts

MOST_HELD = 8
"""Jobs in mind; a state of an older one finds the newest of its kind."""


class ChargerJobs(Topic):
    """``ports.Jobs`` of one charger. Every change is recorded before it is held."""

    __slots__ = ("_jobs", "_version")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._jobs: Sequence[Job] = ()
        self._version: str | None = None

    def rebuild(self, facts: ChargerFacts) -> None:
        self._jobs = facts.jobs
        self._version = facts.charger.firmware_version

    async def asked(self, kind: JobKind, asked: Asked) -> None:
        """See ``ports.Jobs``."""
        now = self.station.now()
        if asked.answered and asked.status == "AcceptedCanceled":
            before = next((job for job in self._jobs if job.kind is kind and job.is_open), None)
            if before is not None:
                await self._hold(canceled(before, now))
        state = state_of_answer(asked)
        job = Job(
            id=uuid.uuid4().hex,
            charger_id=self.station.charger_id,
            kind=kind,
            state=state,
            created_at=now,
            updated_at=now,
            action=asked.action,
            request_id=asked.request_id,
            log_type=asked.log_type,
            location=asked.location,
            upload=asked.upload,
            file_name=asked.file_name,
            status=asked.status,
            version_before=self._version if kind is JobKind.FIRMWARE else None,
            ended_at=now if state in (JobState.REJECTED, JobState.EMPTY) else None,
        )
        await self._hold(job)

    async def reported(self, kind: JobKind, status: str, request_id: int | None) -> None:
        """See ``ports.Jobs``."""
        job = job_for(self._jobs, kind, request_id, status)
        if job is None:
            if status == "Idle":
                return
            job = self._unasked(kind, request_id)
        if request_id is not None and job.request_id not in (None, request_id):
            self.station.anomaly("unknown_request_id")
        await self._hold(reported(job, status, self.station.now()))

    async def booted(self, boot: Boot) -> None:
        """The charger has booted with a firmware: the proof of an update."""
        version = boot.firmware_version
        newest = next((job for job in self._jobs if job.kind is JobKind.FIRMWARE and job.state is not JobState.REJECTED), None)
        if newest is not None:
            proved = booted(newest, version, self.station.now())
            if proved is not newest:
                await self._hold(proved)
        self._version = version

    def _unasked(self, kind: JobKind, request_id: int | None) -> Job:
        now, version = self.station.now(), self._version if kind is JobKind.FIRMWARE else None
        return Job(
            uuid.uuid4().hex, self.station.charger_id, kind, JobState.RUNNING, now, now, request_id=request_id, version_before=version
        )

    async def _hold(self, job: Job) -> None:
        await self.station.wiring.queue.record(JobChanged(job))
        others = [other for other in self._jobs if other.id != job.id]
        held = [job, *others] if len(others) == len(self._jobs) else [job if other.id == job.id else other for other in self._jobs]
        self._jobs = held[:MOST_HELD]
