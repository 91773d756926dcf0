"""How long it takes from ``voltaro demo`` to the first "Charging" that somebody sees: ``python -m tests.benchmarks.first_run``.

Each start is a process of its own on a folder that is fresh, and then once more on the same. Times are from the start of the process:

- ready: it has printed where it is;
- online, charging: the API tells of the first charger that is there, and of the first session that has begun;
- seen: a real Chromium, which was opened before, has followed the one-time link and shows the word on the overview.

``cpu`` is the process's own up to ``seen``: it does not depend on what else the machine is at.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.chromium import WHOLE, at_hand
from tests.browser.conftest import FLAGS
from tests.demonstration import running_demo

LOOK_S = 0.02
TARGETS = {"first": 5.0, "second": 2.0}


async def measure(data_dir: Path, browser: Browser) -> dict[str, float]:
    """One start; seconds since the process was started, by what was reached."""
    began = time.perf_counter()
    times: dict[str, float] = {}
    async with running_demo(data_dir) as demo:

        def reached(what: str) -> None:
            times.setdefault(what, time.perf_counter() - began)

        reached("ready")

        async def watch() -> None:
            while "charging" not in times:
                if (await demo.server.api("GET", "/api/v1/overview"))["online"]:
                    reached("online")
                if (await demo.server.api("GET", "/api/v1/sessions?state=active&limit=1"))["items"]:
                    reached("charging")
                await asyncio.sleep(LOOK_S)

        watching = asyncio.create_task(watch())
        page = await browser.new_page(locale="en-US")
        await page.goto(demo.link)
        await expect(page.get_by_role("main").locator("[data-state='charging']").first).to_be_visible(timeout=30_000)
        reached("seen")
        spent = psutil.Process(demo.process.pid).cpu_times()
        times["cpu"] = spent.user + spent.system
        await watching
        await page.close()
        stopping = time.perf_counter()
        assert await demo.interrupt() == 0
        times["stopped in"] = time.perf_counter() - stopping
    return times


async def main(rounds: int) -> int:
    taken: dict[str, list[dict[str, float]]] = {"first": [], "second": []}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=at_hand(WHOLE), args=list(FLAGS))
        for _ in range(rounds):
            with tempfile.TemporaryDirectory(prefix="voltaro-first-run-") as folder:
                Path(folder).chmod(0o755)
                for start in taken:
                    taken[start].append(await measure(Path(folder), browser))
        await browser.close()
    for start, many in taken.items():
        middle = {what: statistics.median(one[what] for one in many) for what in many[0]}
        words = "  ".join(f"{what} {seconds:.2f} s" for what, seconds in middle.items())
        print(f"{start:7} {words}   (wanted: seen within {TARGETS[start]:g} s; {len(many)} rounds, medians)")
    return 0


if __name__ == "__main__":
    chosen = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    chosen.add_argument("--rounds", type=int, default=3)
    sys.exit(asyncio.run(main(chosen.parse_args().rounds)))
