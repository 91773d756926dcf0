"""Whether there is room for one more connection: files and memory of the process.

Near a limit newcomers are refused and those who are in are served on. Close to the last file, connections are cut unread, so
that the process never runs out of files: without one, even a refusal cannot be accepted.
"""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

REFUSE_AT, CUT_AT = 0.9, 0.96
"""Of the files that may be open."""
MEMORY_SHARE = 0.7
"""Of the memory that the container may have, where it has a limit and no other was set."""

_LISTS_OF_FILES = ("/proc/self/fd", "/dev/fd")
_LIMITS_OF_CONTAINERS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_NO_LIMIT = 1 << 50


class Pressure:
    """How near the process is to its limits. ``memory_bytes``: None takes a share of the container's, 0 knows no limit."""

    def __init__(self, memory_bytes: int | None = None) -> None:
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        files = _NO_LIMIT if soft == resource.RLIM_INFINITY else soft
        self._refuse_at = int(files * REFUSE_AT)
        self._cut_at = int(files * CUT_AT)
        self._memory = _container_share() if memory_bytes is None else memory_bytes or _NO_LIMIT
        self._other_files = 0
        self._too_heavy = False

    def look(self, connections: int) -> None:
        """Look anew; to be called about once a second with the number of connections. Counting files is not done for a few."""
        if connections == 0 or (connections + self._other_files) * 2 > self._refuse_at:
            self._other_files = max(0, _open_files() - connections)
        self._too_heavy = _resident_bytes() > self._memory

    def refuses(self, connections: int) -> bool:
        """Whether newcomers are told to come later."""
        return self._too_heavy or connections + self._other_files >= self._refuse_at

    def cuts(self, connections: int) -> bool:
        """Whether newcomers are cut without a word, because there are hardly any files left."""
        return connections + self._other_files >= self._cut_at


def raise_file_limit() -> int:
    """Raise this process's limit of open files as far as it may; each charger takes one. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1 << 20 if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _open_files() -> int:
    for path in _LISTS_OF_FILES:
        with contextlib.suppress(OSError):
            return len(os.listdir(path))
    return 0


def _resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _container_share() -> int:
    for path in _LIMITS_OF_CONTAINERS:
        with contextlib.suppress(OSError, ValueError):
            limit = int(Path(path).read_text())
            if limit < _NO_LIMIT:
                return int(limit * MEMORY_SHARE)
    return _NO_LIMIT
