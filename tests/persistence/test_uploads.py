"""Upload places: used once, released when the file did not come whole, and retired with their files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from persistence.store import PostgresStore
from voltaro.upkeep import retire_uploads
from web.upload_folder import MIB, UploadFolder

SOON = timedelta(hours=1)


async def chunks() -> AsyncIterator[bytes]:
    yield b"a log"


async def test_a_place_is_claimed_by_one_and_again_once_it_was_released(store: PostgresStore) -> None:
    await store.add_upload("k1", "CP1", datetime.now(UTC) + SOON, "ada")
    assert await store.claim_upload("k1") is not None
    assert await store.claim_upload("k1") is None
    await store.release_upload("k1")
    assert await store.claim_upload("k1") is not None
    await store.finish_upload("k1", file_name=None, stored_name="f", size_bytes=5, sha256="00")
    await store.release_upload("k1")
    assert await store.claim_upload("k1") is None
    assert await store.uploaded_bytes() == 5


async def test_a_place_that_has_expired_or_never_was_takes_nothing(store: PostgresStore) -> None:
    await store.add_upload("k1", "CP1", datetime.now(UTC) - SOON, "ada")
    assert await store.claim_upload("k1") is None
    assert await store.claim_upload("k2") is None


async def test_old_files_are_removed_with_what_is_known_of_them_and_others_stay(store: PostgresStore, tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path / "uploads", most_bytes=MIB, quota_bytes=MIB)
    stored = await folder.receive(chunks(), 0)
    await store.add_upload("k1", "CP1", datetime.now(UTC) + SOON, "ada")
    assert await store.claim_upload("k1") is not None
    await store.finish_upload("k1", file_name=None, stored_name=stored.name, size_bytes=stored.size_bytes, sha256=stored.sha256)
    await store.add_upload("unused", "CP1", datetime.now(UTC) - SOON, "ada")
    await store.add_upload("open", "CP1", datetime.now(UTC) + SOON, "ada")
    await retire_uploads(store, folder, datetime.now(UTC) - SOON)
    assert folder.file(stored.name).read_bytes() == b"a log"
    await retire_uploads(store, folder, datetime.now(UTC) + SOON)
    assert list((tmp_path / "uploads").iterdir()) == []
    assert await store.uploaded_bytes() == 0
    assert await store.claim_upload("open") is not None
