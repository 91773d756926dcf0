"""Files that chargers upload, on disk: named by us, bounded each and together, never there by halves."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import threading
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path

PART = ".part"
MIB = 1 << 20


class TooLarge(Exception):
    """The file is larger than one may be."""


class FolderFull(Exception):
    """All files together would take more than they may."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that came whole."""

    name: str
    size_bytes: int
    sha256: str


class UploadFolder:
    """The folder. ``most_bytes`` for one file, ``quota_bytes`` for all; both in bytes."""

    def __init__(self, path: Path, *, most_bytes: int, quota_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._path = path
        self._quota_bytes = quota_bytes
        self._coming_bytes = 0

    async def receive(self, chunks: AsyncIterable[bytes], used_bytes: int) -> StoredFile:
        """Write a file as it comes; ``used_bytes`` is what all others take. What did not come whole leaves nothing behind.

        Raises TooLarge, FolderFull, OSError, and whatever ``chunks`` raises.
        """
        name = secrets.token_hex(16)
        part = self._path / (name + PART)
        opened = _File(await asyncio.to_thread(self._open, part))
        size = 0
        try:
            async for chunk in chunks:
                size += len(chunk)
                self._coming_bytes += len(chunk)
                self._check(size, used_bytes)
                await asyncio.to_thread(opened.append, chunk)
            await asyncio.to_thread(opened.sync)
            await asyncio.to_thread(part.replace, self._path / name)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(part.unlink, missing_ok=True))
            raise
        finally:
            self._coming_bytes -= size
            await asyncio.shield(asyncio.to_thread(opened.close))
        return StoredFile(name, size, opened.digest.hexdigest())

    def file(self, name: str) -> Path:
        """Where a stored file lies. The name is one that ``receive`` gave, as the database has kept it."""
        return self._path / name

    async def remove(self, name: str) -> None:
        """Remove a stored file; one that is not there is fine."""
        await asyncio.to_thread(self.file(name).unlink, missing_ok=True)

    async def clear(self) -> None:
        """Remove what an earlier process did not receive whole. Raises OSError."""
        await asyncio.to_thread(self._clear)

    def _check(self, size: int, used_bytes: int) -> None:
        if size > self.most_bytes:
            raise TooLarge(f"a file may have {self.most_bytes} bytes")
        if used_bytes + self._coming_bytes > self._quota_bytes:
            raise FolderFull(f"all uploads together may take {self._quota_bytes} bytes")

    def _clear(self) -> None:
        for left in self._path.glob("*" + PART):
            left.unlink(missing_ok=True)

    def _open(self, part: Path) -> int:
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


class _File:
    """A file that is written in threads. Its lock: a thread may still write after whoever waited for it was cancelled."""

    def __init__(self, descriptor: int) -> None:
        self.digest = hashlib.sha256()
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._is_closed = False

    def append(self, chunk: bytes) -> None:
        with self._lock:
            if self._is_closed:
                return
            self.digest.update(chunk)
            left = memoryview(chunk)
            while left:
                left = left[os.write(self._descriptor, left) :]

    def sync(self) -> None:
        with self._lock:
            os.fsync(self._descriptor)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            os.close(self._descriptor)
