"""Where chargers upload logs: ``PUT`` or ``POST`` to ``/uploads/<secret>``, raw or as a form, once.

A charger may append a file name to the address with or without a slash, as it does for any "upload directory". The name is kept as
a text; nothing of the address becomes a path.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from urllib.parse import unquote

import structlog
from aiohttp import BodyPartReader, web

from voltaro.domain.upload import PREFIX, Upload, key_of, plain_name, secret_in
from web.house import HOUSE, House
from web.problem import Problem, not_found
from web.upload_folder import FolderFull, StoredFile, TooLarge, UploadFolder

log = structlog.get_logger("voltaro.web")

PATH = "/uploads/{secret:.*}"
LONGEST_S = 1800.0
"""How long one upload may take: a slow charger on a bad link, and not for ever."""
SILENCE_S = 120.0
CHUNK = 1 << 18


def new_upload_secret() -> str:
    """The secret of an upload place's address: 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def upload_address(base: str, secret: str) -> str:
    """The address of an upload place. It ends with a slash: to some chargers it is a directory."""
    return f"{base.rstrip('/')}/uploads/{secret}/"


async def receive_upload(request: web.Request) -> web.StreamResponse:
    """Take the one file of an upload place. 404 for an address that is none, was used, or has expired."""
    house = request.app[HOUSE]
    folder, address = house.uploads, request.match_info["secret"]
    key, found = key_of(address), secret_in(address)
    if folder is None or key is None or found is None:
        raise not_found("upload place at this address")
    upload = await house.store.claim_upload(key)
    if upload is None:
        raise not_found("upload place at this address that waits for a file: it was used, has expired, or is being sent to")
    try:
        stored, name = await _received(request, house, folder)
        try:
            await _finish(house, upload, stored, plain_name(name or unquote(found[1]).strip("/\\") or None))
        except BaseException:
            await asyncio.shield(folder.remove(stored.name))
            raise
    except BaseException:
        await asyncio.shield(house.store.release_upload(key))
        raise
    return web.Response(status=201)


async def _received(request: web.Request, house: House, folder: UploadFolder) -> tuple[StoredFile, str | None]:
    """The file in the body, and the name that a form gives it. Raises Problem."""
    declared = request.content_length
    if declared is not None and declared > folder.most_bytes + CHUNK:
        raise _too_large(folder)
    names: list[str | None] = []
    try:
        async with asyncio.timeout(LONGEST_S):
            stored = await folder.receive(_chunks(request, names), await house.store.uploaded_bytes())
    except TooLarge as error:
        raise _too_large(folder) from error
    except FolderFull as error:
        raise Problem(507, "uploads_full", "There is no room for uploads: remove old ones, or raise upload_quota_mb.") from error
    except TimeoutError as error:
        raise Problem(408, "request_timeout", "The file did not come in time; send it again.") from error
    if not stored.size_bytes:
        await folder.remove(stored.name)
        raise Problem(400, "empty", "The body is empty: send the file in it.")
    return stored, names[0] if names else None


async def _chunks(request: web.Request, names: list[str | None]) -> AsyncIterator[bytes]:
    """The bytes of the file: of the body, or of the first file in a form. Raises Problem, TimeoutError."""
    if not request.content_type.startswith("multipart/"):
        while chunk := await asyncio.wait_for(request.content.read(CHUNK), SILENCE_S):
            yield chunk
        return
    try:
        reader = await request.multipart()
        while (part := await asyncio.wait_for(reader.next(), SILENCE_S)) is not None:
            if isinstance(part, BodyPartReader) and part.filename is not None:
                names.append(part.filename)
                while chunk := await asyncio.wait_for(part.read_chunk(CHUNK), SILENCE_S):
                    yield bytes(chunk)
                return
    except (ValueError, AssertionError) as error:
        raise Problem(400, "bad_form", "The form cannot be read; send the file as the body instead.") from error


async def _finish(house: House, upload: Upload, stored: StoredFile, name: str | None) -> None:
    await house.store.finish_upload(upload.key, file_name=name, stored_name=stored.name, size_bytes=stored.size_bytes, sha256=stored.sha256)
    log.info("upload.received", charger_id=upload.charger_id, size_bytes=stored.size_bytes)


def _too_large(folder: UploadFolder) -> Problem:
    return Problem(413, "content_too_large", f"A file may have {folder.most_bytes} bytes here.")
