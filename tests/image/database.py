"""A PostgreSQL for ``.ci/image``: ``start FOLDER`` prints its address, ``stop FOLDER`` ends it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from voltaro import embedded


def main(command: str, folder: Path) -> None:
    """``start`` leaves a keeper process behind that holds the cluster until ``stop`` tells it to let go."""
    address, stop = folder / "database-url", folder / "stop-database"
    if command == "start":
        keeper = [sys.executable, "-m", "tests.image.database", "keep", str(folder)]
        subprocess.Popen(keeper, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + 60
        while not address.exists():
            if time.monotonic() > until:
                raise SystemExit("PostgreSQL did not start within 60 s")
            time.sleep(0.1)
        print(address.read_text())
    elif command == "stop":
        stop.touch()
    elif command == "keep":
        cluster = embedded.start(folder / "pg", durable=False)
        scratch = folder / ".database-url"
        scratch.write_text(cluster.url)
        os.replace(scratch, address)
        while folder.exists() and not stop.exists():
            time.sleep(0.2)
        cluster.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
