"""Firmware updates and logs: asked for in one vocabulary, followed state by state, their files received and given out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from aiohttp import web

from voltaro.domain.job import JobKind, JobState
from voltaro.domain.maintenance import FetchLog, UpdateFirmware
from voltaro.domain.person import Scope
from voltaro.domain.upload import Upload, UploadState, key_of
from voltaro.ports import JobRow
from web.problem import Problem, invalid, not_found
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, ordered
from web.routes.sessions import Instant
from web.uploads import new_upload_secret, upload_address

routes = Routes("jobs")

Location = Annotated[str, msgspec.Meta(min_length=8, max_length=512, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://[^\s/]")]
Retries = Annotated[int, msgspec.Meta(ge=0, le=100)]
RetryInterval = Annotated[int, msgspec.Meta(ge=0, le=86_400, description="Seconds.")]


class LogType(StrEnum):
    """Which log."""

    DIAGNOSTICS = "diagnostics"
    SECURITY = "security"


class FirmwareBody(Body, frozen=True, kw_only=True):
    """Fetch a firmware from ``location`` and install it. With ``signing_certificate`` (PEM) and ``signature`` the charger checks
    it first. Without ``retrieve_at`` it is fetched at once."""

    location: Location
    retrieve_at: Instant | None = None
    install_at: Instant | None = None
    retries: Retries | None = None
    retry_interval_s: RetryInterval | None = None
    signing_certificate: Annotated[str, msgspec.Meta(min_length=1, max_length=5500)] | None = None
    signature: Annotated[str, msgspec.Meta(min_length=1, max_length=800)] | None = None


class LogBody(Body, frozen=True, kw_only=True):
    """Upload a log. Without ``location`` it comes here: the charger is given an address that takes one file."""

    log_type: LogType = LogType.DIAGNOSTICS
    location: Location | None = None
    since: Instant | None = None
    until: Instant | None = None
    retries: Retries | None = None
    retry_interval_s: RetryInterval | None = None


class StepView(msgspec.Struct, frozen=True):
    """A state as the charger reported it, in OCPP's spelling, and when it came."""

    status: str
    at: datetime


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is to come here, or has. ``file_name`` is what the charger called it; ``file`` where to get it."""

    state: UploadState
    expires_at: datetime
    received_at: datetime | None
    file_name: str | None
    size_bytes: int | None
    sha256: str | None
    file: str | None


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A firmware update or the upload of a log. ``action`` null: nobody here has asked for it. ``proved``: the boot after it
    showed another firmware than before; null for logs, and while there was none."""

    id: str
    charger_id: str
    kind: JobKind
    state: JobState
    status: str | None
    action: str | None
    request_id: int | None
    log_type: str | None
    location: str | None
    file_name: str | None
    steps: list[StepView]
    version_before: str | None
    version_after: str | None
    proved: bool | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    upload: UploadView | None


@routes.post(
    "/chargers/{charger_id}/firmware",
    "Update the firmware. Its progress is a job of the charger.",
    scope=Scope.COMMANDS_WRITE,
    body=FirmwareBody,
    response=CommandView,
    status=202,
)
async def update_firmware(ask: Ask[None, FirmwareBody]) -> Reply:
    body = ask.body
    at = (body.retrieve_at or ask.house.clock.now()).astimezone(UTC)
    if body.install_at is not None and body.install_at < at:
        raise invalid("/install_at", "is before the firmware is fetched")
    return await ordered(
        ask,
        UpdateFirmware(
            body.location,
            at,
            None if body.install_at is None else body.install_at.astimezone(UTC),
            body.retries,
            body.retry_interval_s,
            body.signing_certificate,
            body.signature,
        ),
    )


@routes.post(
    "/chargers/{charger_id}/logs",
    "Let the charger upload a log, here or elsewhere. Its progress is a job of the charger.",
    scope=Scope.COMMANDS_WRITE,
    body=LogBody,
    response=CommandView,
    status=202,
)
async def fetch_log(ask: Ask[None, LogBody]) -> Reply:
    body, house = ask.body, ask.house
    since = None if body.since is None else body.since.astimezone(UTC)
    until = None if body.until is None else body.until.astimezone(UTC)
    if since is not None and until is not None and until <= since:
        raise invalid("/until", "is not after since")
    location, key = body.location, None
    if location is None:
        if house.uploads is None:
            raise invalid("/location", "is required: this server takes no uploads")
        charger = await known_charger(ask)
        location = upload_address(_base(ask), new_upload_secret())
        key = key_of(location)
        assert key is not None
        await house.store.add_upload(key, charger.id, house.clock.now() + timedelta(hours=house.settings.upload_hours), ask.by)
    try:
        return await ordered(ask, FetchLog(location, body.log_type.value, since, until, body.retries, body.retry_interval_s))
    except BaseException:
        if key is not None:  # the charger was never told of it
            await asyncio.shield(house.store.drop_upload(key))
        raise


@routes.get(
    "/chargers/{charger_id}/jobs",
    "List the firmware updates and logs of a charger, newest first.",
    scope=Scope.CHARGERS_READ,
    query=PageQuery,
    response=Listing[JobView],
)
async def list_jobs(ask: Ask[PageQuery, None]) -> Listing[JobView]:
    charger = await known_charger(ask)
    page = await ask.house.store.jobs(charger.id, limit=ask.query.limit, cursor=ask.query.cursor)
    return Listing([_view(row) for row in page.items], page.next)


@routes.get("/jobs/{job_id}", "Show a job and every state it has been in.", scope=Scope.CHARGERS_READ, response=JobView)
async def show_job(ask: Ask[None, None]) -> JobView:
    return _view(await _known(ask))


@routes.get(
    "/jobs/{job_id}/file",
    "The file that the charger has uploaded, as an attachment.",
    scope=Scope.CHARGERS_WRITE,
    media=("application/octet-stream",),
    problems=(410,),
)
async def download_job_file(ask: Ask[None, None]) -> web.StreamResponse:
    row = await _known(ask)
    upload, folder = row.upload, ask.house.uploads
    if folder is None or upload is None or upload.stored_name is None:
        raise not_found("file of this job")
    file = folder.file(upload.stored_name)
    if not await asyncio.to_thread(file.is_file):
        raise Problem(410, "gone", "The file has been removed from the data folder.")
    name = f"{row.job.log_type or row.job.kind}-{row.job.id[:12]}.bin"
    headers = {"Content-Type": "application/octet-stream", "Content-Disposition": f'attachment; filename="{name}"'}
    return web.FileResponse(file, headers=headers)


async def _known(ask: Ask[None, None]) -> JobRow:
    job_id = ask.text("job_id")
    row = await ask.house.store.job(job_id)
    if row is None:
        raise not_found(f"job {job_id[:80]!r}")
    return row


def _base(ask: Ask[None, LogBody]) -> str:
    """The address under which chargers reach this server: as set, else as whoever asks reaches it."""
    house = ask.house
    if house.settings.public_url is not None:
        return house.settings.public_url
    scheme = "https" if house.gate.peers.secure(ask.request) else "http"
    return f"{scheme}://{house.gate.peers.host(ask.request)}"


def _view(row: JobRow) -> JobView:
    job = row.job
    return JobView(
        id=job.id,
        charger_id=job.charger_id,
        kind=job.kind,
        state=job.state,
        status=job.status,
        action=job.action,
        request_id=job.request_id,
        log_type=job.log_type,
        location=job.location,
        file_name=job.file_name,
        steps=[StepView(step.status, step.at) for step in job.steps],
        version_before=job.version_before,
        version_after=job.version_after,
        proved=None if job.version_after is None else job.is_proved,
        created_at=job.created_at,
        updated_at=job.updated_at,
        ended_at=job.ended_at,
        upload=None if row.upload is None else _upload(job.id, row.upload),
    )


def _upload(job_id: str, upload: Upload) -> UploadView:
    return UploadView(
        state=upload.state,
        expires_at=upload.expires_at,
        received_at=upload.received_at,
        file_name=upload.file_name,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        file=f"/api/v1/jobs/{job_id}/file" if upload.state is UploadState.RECEIVED else None,
    )
