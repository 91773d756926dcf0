"""A backup is worth what can be made of it: a server on the restored database has everything, its certificate authority too."""

from __future__ import annotations

import asyncio
import tarfile
from pathlib import Path

from click.testing import CliRunner

from tests.running import running_server
from voltaro.cli import main


def voltaro(*words: str) -> str:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result.output


async def test_a_server_is_as_it_was_on_a_restored_backup(database_url: str, empty_database_url: str, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    dump, files = tmp_path / "voltaro.dump", tmp_path / "voltaro-files.tar.gz"
    old = ("--database-url", database_url, "--data-dir", str(before))
    new = ("--database-url", empty_database_url, "--data-dir", str(after))
    async with running_server(database_url, before) as server:
        await server.api("POST", "/api/v1/tags", {"id_tag": "KEPT"})
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "name": "By the door"})
        root = await server.api("GET", "/api/v1/ca")
        assert "--files" in await asyncio.to_thread(voltaro, "db", "backup", str(tmp_path / "running.dump"), *old)
    assert "keep it secret" in await asyncio.to_thread(voltaro, "db", "backup", str(dump), "--files", str(files), *old)
    assert files.stat().st_mode & 0o077 == 0
    assert "put back" in await asyncio.to_thread(voltaro, "db", "restore", str(dump), "--files", str(files), *new)
    async with running_server(empty_database_url, after) as server:
        assert (await server.api("GET", "/api/v1/chargers/CP1"))["name"] == "By the door"
        assert (await server.api("GET", "/api/v1/tags/KEPT"))["status"] == "accepted"
        assert await server.api("GET", "/api/v1/ca") == root


def test_nothing_that_is_there_is_overwritten(database_url: str, tmp_path: Path) -> None:
    dump = tmp_path / "voltaro.dump"
    where = ("--database-url", database_url, "--data-dir", str(tmp_path / "data"))
    voltaro("db", "backup", str(dump), *where)
    result = CliRunner().invoke(main, ["db", "restore", str(dump), *where])
    assert result.exit_code == 2
    assert "not empty" in result.output


def test_an_archive_that_is_not_ours_is_refused(empty_database_url: str, database_url: str, tmp_path: Path) -> None:
    dump, archive, stray = tmp_path / "voltaro.dump", tmp_path / "evil.tar.gz", tmp_path / "stray"
    voltaro("db", "backup", str(dump), "--database-url", database_url, "--data-dir", str(tmp_path))
    stray.write_text("not ours")
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(stray, arcname="../stray")
    where = ("--database-url", empty_database_url, "--data-dir", str(tmp_path / "data"))
    result = CliRunner().invoke(main, ["db", "restore", str(dump), "--files", str(archive), *where])
    assert result.exit_code == 1
    assert "no backup of ours" in result.output
