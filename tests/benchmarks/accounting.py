"""What the operating system says a server has used: CPU of its processes, of its PostgreSQL beside it, and memory."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil


class Cpu(NamedTuple):
    """CPU seconds, user and system, all threads, since the start of the processes."""

    server: float
    postgres: float

    def since(self, before: Cpu) -> Cpu:
        return Cpu(self.server - before.server, self.postgres - before.postgres)


class Memory(NamedTuple):
    """Bytes: ``rss`` is resident, ``uss`` what would be freed if the server went away."""

    rss: int
    uss: int


def _is_postgres(process: psutil.Process) -> bool:
    return str(process.name()).startswith("postgres")


def _living(processes: Iterator[psutil.Process] | list[psutil.Process]) -> Iterator[psutil.Process]:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if process.is_running():
                yield process


def server_processes(pid: int) -> list[psutil.Process]:
    """The server and its workers, without a PostgreSQL that it may have started as a child."""
    root = psutil.Process(pid)
    return [root, *(child for child in _living(root.children(recursive=True)) if not _is_postgres(child))]


def postmaster_of(data_dir: Path, server_pid: int) -> int | None:
    """The embedded cluster's first process: by the lock file below ``data_dir``, else the youngest one since the server's start.

    The second way is for a cluster that was put elsewhere, because its user may not enter the folder.
    """
    for lock_file in data_dir.glob("**/postmaster.pid"):
        return int(lock_file.read_text().split("\n", 1)[0])
    born = psutil.Process(server_pid).create_time()
    found = []
    for process in _living(psutil.process_iter()):
        with contextlib.suppress(psutil.Error):
            parent = process.parent()
            if _is_postgres(process) and process.create_time() >= born - 1 and not (parent and _is_postgres(parent)):
                found.append((process.create_time(), process.pid))
    return max(found)[1] if found else None


def cpu(server_pid: int, postmaster_pid: int | None = None) -> Cpu:
    """CPU of the server's processes that live now, and of its PostgreSQL with the backends that have ended."""
    server = 0.0
    for process in server_processes(server_pid):
        times = process.cpu_times()
        server += times.user + times.system
    postgres = 0.0
    if postmaster_pid is not None:
        root = psutil.Process(postmaster_pid)
        for process in _living([root, *root.children(recursive=True)]):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                postgres += times.user + times.system + times.children_user + times.children_system
    return Cpu(server, postgres)


def machine_cpu() -> float:
    """CPU seconds that all processes of this machine have used."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0))


def memory(server_pid: int) -> Memory:
    rss = uss = 0
    for process in server_processes(server_pid):
        info = process.memory_full_info()
        rss += info.rss
        uss += info.uss
    return Memory(rss, uss)


def raise_file_limit() -> int:
    """Raise this process's limit of open files as far as it may; children inherit it. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
