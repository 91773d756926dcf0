"""The embedded PostgreSQL."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from voltaro import embedded


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="voltaro-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def postmaster(running: embedded.EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((running.data / "postmaster.pid").read_text().split()[0]))


def test_it_is_durable_listens_on_no_port_and_keeps_what_it_was_given(folder: Path) -> None:
    running = embedded.start(folder / "data")
    try:
        assert rows(running.url, "SELECT current_setting('fsync'), current_setting('listen_addresses'), current_database()") == [
            ("on", "", "voltaro")
        ]
        rows(running.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    finally:
        running.stop()
        running.stop()
    again = embedded.start(folder / "data")
    try:
        assert rows(again.url, "SELECT answer FROM kept") == [(42,)]
    finally:
        again.stop()


def test_only_its_owner_may_enter_the_cluster(folder: Path) -> None:
    running = embedded.start(folder / "data")
    try:
        assert stat.S_IMODE(running.home.stat().st_mode) == 0o700
        assert postmaster(running).uids().effective == running.home.stat().st_uid
        assert postmaster(running).uids().effective != 0
    finally:
        running.stop()


def test_it_starts_after_being_killed(folder: Path) -> None:
    running = embedded.start(folder)
    rows(running.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    process = postmaster(running)
    process.kill()
    process.wait(10)
    running.stop()
    again = embedded.start(folder)
    try:
        assert rows(again.url, "SELECT answer FROM kept") == [(42,)]
    finally:
        again.stop()


def test_a_pid_file_whose_number_belongs_to_another_program_does_not_hinder_the_start(folder: Path) -> None:
    running = embedded.start(folder)
    lines = (running.data / "postmaster.pid").read_text().splitlines()
    running.stop()
    (running.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again = embedded.start(folder)
    try:
        assert rows(again.url, "SELECT 1") == [(1,)]
    finally:
        again.stop()


_OTHER = """
import sys, pathlib
from voltaro import embedded
running = embedded.start(pathlib.Path(sys.argv[1]))
print(running.url, flush=True)
sys.stdin.readline()
"""


def other_process(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _OTHER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("postgresql:"):
            return line.strip()
    raise AssertionError("the other process did not start")


def test_the_last_of_several_processes_to_let_go_stops_it(folder: Path) -> None:
    with other_process(folder) as other:
        url = url_of(other)
        ours = embedded.start(folder)
        assert ours.url == url
        other.communicate("go\n", timeout=30)
    assert rows(url, "SELECT 1") == [(1,)]
    ours.stop()
    with pytest.raises(psycopg.OperationalError):
        rows(url, "SELECT 1")


def test_what_a_killed_process_left_running_is_taken_over_and_stopped(folder: Path) -> None:
    with other_process(folder) as other:
        url = url_of(other)
        other.send_signal(signal.SIGKILL)
        other.wait(30)
        ours = embedded.start(folder)
        assert rows(url, "SELECT 1") == [(1,)]
        ours.stop()
        with pytest.raises(psycopg.OperationalError):
            rows(url, "SELECT 1")


def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    (folder / "postgres" / "data.new").mkdir(parents=True)
    (folder / "postgres" / "data.new" / "PG_VERSION").write_text("18")
    if os.geteuid() == 0:
        owner = embedded._system_user()
        for place in (folder / "postgres", folder / "postgres" / "data.new"):
            os.chown(place, owner.uid, owner.gid)
    running = embedded.start(folder, durable=False)
    try:
        assert rows(running.url, "SELECT 1") == [(1,)]
    finally:
        running.stop()


def test_a_data_folder_with_a_long_path_works_too(folder: Path) -> None:
    running = embedded.start(folder / ("long" * 30), durable=False)
    try:
        assert rows(running.url, "SELECT 1") == [(1,)]
    finally:
        running.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone has a cluster outside of its data folder")
def test_below_a_private_folder_of_root_the_cluster_lives_elsewhere_and_no_rights_change(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setattr(embedded, "SYSTEM_FOLDER", folder / "system")
    for _ in range(2):
        running = embedded.start(private / "data", durable=False)
        try:
            assert running.home.parent == folder / "system"
            assert rows(running.url, "SELECT 1") == [(1,)]
        finally:
            running.stop()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone runs PostgreSQL as another user")
def test_binaries_that_are_private_to_root_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    package = embedded._binaries(folder).parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        (private / part.name).symlink_to(part)
    binaries = private / package.name / embedded._binaries(folder).parent.name / "bin"
    monkeypatch.setattr(embedded, "SYSTEM_FOLDER", folder / "system")
    monkeypatch.setattr(embedded, "_binaries", lambda _: binaries)
    running = embedded.start(folder / "data", durable=False)
    try:
        assert postmaster(running).exe().startswith(str(folder / "system"))
    finally:
        running.stop()


def test_without_the_wheel_the_message_names_both_ways_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda _: None)
    with pytest.raises(embedded.EmbeddedUnavailable, match=r"--database-url.*voltaro\[demo\]"):
        embedded.start(folder)
