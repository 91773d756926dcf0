"""Jobs of chargers and the files they upload, as they are written and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, among, json_text, note
from persistence.outcome import Items, NewEvent, Outcome, event_rows, json_rows
from persistence.tables import jobs, uploads
from persistence.wire import Wire
from voltaro.domain.fact import JobChanged
from voltaro.domain.job import Job, JobKind, JobState, Step
from voltaro.domain.upload import Upload, UploadState
from voltaro.ports import JobRow, Page

CLAIM_FOR = timedelta(minutes=45)
"""After so long a place whose file never came whole, because the server ended meanwhile, may be taken again."""
KEPT_IN_MIND = 4
"""So many jobs of each kind a charger's actor takes up."""

_WRITE = """
INSERT INTO jobs (id, charger_id, kind, state, created_at, updated_at, action, request_id, log_type, location, upload, file_name,
    status, steps, version_before, version_after, ended_at)
SELECT id, charger_id, kind, state, created_at, updated_at, action, request_id, log_type, location, upload, file_name,
    status, steps::json, version_before, version_after, ended_at
FROM json_to_recordset($1::json) AS new (id text, charger_id text, kind text, state text, created_at timestamptz,
    updated_at timestamptz, action text, request_id integer, log_type text, location text, upload text, file_name text, status text,
    steps text, version_before text, version_after text, ended_at timestamptz)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at, status = excluded.status,
    steps = excluded.steps, version_after = excluded.version_after, ended_at = excluded.ended_at"""

_JOB = [jobs.c[field.name] for field in fields(Job)]
_UPLOAD = [uploads.c[field.name] for field in fields(Upload)]
_BOTH = select(*_JOB, *(column.label(f"upload_{column.name}") for column in _UPLOAD)).outerjoin(uploads, jobs.c.upload == uploads.c.key)


async def write_jobs(wire: Wire, items: Items[JobChanged], outcome: Outcome) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for place, fact in items:
        shown = _shown(fact.job)
        rows[fact.job.id] = shown | {"steps": json_text(shown["steps"])}
        outcome.events.append(NewEvent(place, "job.updated", fact.job.updated_at, fact.job.charger_id, None, shown))
    await wire.run(_WRITE, json_rows(rows[job_id] for job_id in sorted(rows)))


class JobsStore(Part):
    """``ports.jobs.JobStore``."""

    async def jobs(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[JobRow]:
        """Newest first."""
        table = jobs.c
        query = _BOTH.where(table.charger_id == charger_id).order_by(table.created_at.desc(), table.id.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(tuple_(table.created_at, table.id) < cursors.decode("jobs", cursor, datetime, str))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("jobs", rows, limit, lambda row: (row.created_at, row.id), _job_row)

    async def job(self, job_id: str) -> JobRow | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_BOTH.where(jobs.c.id == job_id))).one_or_none()
        return None if row is None else _job_row(row)

    async def add_upload(self, key: str, charger_id: str, expires_at: datetime, by: str) -> None:
        async with self._database.changing() as connection:
            new = {"key": key, "charger_id": charger_id, "state": UploadState.OPEN, "expires_at": expires_at, "created_by": by}
            await connection.execute(insert(uploads).values(**new))
            await note(connection, by, "upload.opened", charger_id, {"expires_at": expires_at.isoformat()})

    async def drop_upload(self, key: str) -> None:
        async with self._database.changing() as connection:
            await connection.execute(delete(uploads).where(uploads.c.key == key, uploads.c.state == UploadState.OPEN))

    async def claim_upload(self, key: str) -> Upload | None:
        """See ``ports.jobs``."""
        now, table = datetime.now(UTC), uploads.c
        free = or_(table.state == UploadState.OPEN, and_(table.state == UploadState.RECEIVING, table.claimed_at < now - CLAIM_FOR))
        query = update(uploads).where(table.key == key, table.expires_at > now, free)
        async with self._database.changing() as connection:
            claimed = query.values(state=UploadState.RECEIVING, claimed_at=now).returning(*_UPLOAD)
            row = (await connection.execute(claimed)).one_or_none()
        return None if row is None else _upload(row._mapping)

    async def release_upload(self, key: str) -> None:
        query = update(uploads).where(uploads.c.key == key, uploads.c.state == UploadState.RECEIVING)
        async with self._database.changing() as connection:
            await connection.execute(query.values(state=UploadState.OPEN, claimed_at=None))

    async def finish_upload(self, key: str, *, file_name: str | None, stored_name: str, size_bytes: int, sha256: str) -> None:
        """The file is there: the place is closed, and the job that uses it has changed."""
        now = datetime.now(UTC)
        values = {"file_name": file_name, "stored_name": stored_name, "size_bytes": size_bytes, "sha256": sha256}
        query = update(uploads).where(uploads.c.key == key).values(state=UploadState.RECEIVED, received_at=now, **values)
        async with self._database.changing() as connection:
            charger_id = (await connection.execute(query.returning(uploads.c.charger_id))).scalar_one()
            data = {"charger_id": charger_id, "size_bytes": size_bytes, "file_name": file_name}
            rows = event_rows([NewEvent(0, "job.uploaded", now, charger_id, None, data)])
            await connection.execute(text("SELECT record_events(CAST(:rows AS json))"), {"rows": rows.decode()})

    async def uploaded_bytes(self) -> int:
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.sum(uploads.c.size_bytes))) or 0)

    async def old_uploads(self, before: datetime) -> Sequence[Upload]:
        """Received before then, or expired without a file."""
        table = uploads.c
        no_file = and_(table.state != UploadState.RECEIVED, table.expires_at < func.now() - CLAIM_FOR)
        query = select(*_UPLOAD).where(or_(table.received_at < before, no_file)).limit(1000)
        async with self._database.reading() as connection:
            return [_upload(row._mapping) for row in (await connection.execute(query)).all()]

    async def forget_uploads(self, keys: Sequence[str]) -> None:
        async with self._database.changing() as connection:
            await connection.execute(delete(uploads).where(among(uploads.c.key, keys)))


async def newest_jobs(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, tuple[Job, ...]]:
    """The newest jobs of these chargers, newest first; those without any are missing."""
    ranked = (
        select(
            *_JOB,
            func.row_number()
            .over(partition_by=(jobs.c.charger_id, jobs.c.kind), order_by=(jobs.c.created_at.desc(), jobs.c.id.desc()))
            .label("rank"),
        )
        .where(among(jobs.c.charger_id, charger_ids))
        .subquery()
    )
    query = select(ranked).where(ranked.c.rank <= KEPT_IN_MIND).order_by(ranked.c.created_at.desc(), ranked.c.id.desc())
    found: dict[str, tuple[Job, ...]] = {}
    for row in (await connection.execute(query)).all():
        found[row.charger_id] = (*found.get(row.charger_id, ()), _job(row._mapping))
    return found


def _shown(job: Job) -> dict[str, Any]:
    shown = {field.name: getattr(job, field.name) for field in fields(job)}
    return shown | {"steps": [{"status": step.status, "at": step.at.isoformat()} for step in job.steps]}


def _job(row: Mapping[Any, Any]) -> Job:
    values = {field.name: row[field.name] for field in fields(Job)}
    steps = tuple(Step(step["status"], datetime.fromisoformat(step["at"])) for step in values["steps"])
    return Job(**values | {"kind": JobKind(values["kind"]), "state": JobState(values["state"]), "steps": steps})


def _upload(row: Mapping[Any, Any]) -> Upload:
    return Upload(**{**row, "state": UploadState(row["state"])})


def _job_row(row: Row[Any]) -> JobRow:
    read = row._mapping
    place = {field.name: read[f"upload_{field.name}"] for field in fields(Upload)}
    return JobRow(_job(read), None if place["key"] is None else _upload(place))
