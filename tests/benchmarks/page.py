"""What the dashboard makes of a large fleet that moves: frames and their lengths in a real Chromium, and the streams it opens.

A generator connects the chargers, starts a session on each and sends readings at a steady rate, while pages are opened and looked
at: the length of every frame is taken by ``requestAnimationFrame``, what the page asks the server for meanwhile is counted, and one
tab and ten tabs are told apart.

    python -m tests.benchmarks.page [--chargers 5000] [--rate 2000] [--seconds 20] [--tabs 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.benchmarks.servers import LOGGED, Generator, Server, generating, running
from tests.browser.chromium import NONE_FOUND, WHOLE, at_hand
from tests.browser.conftest import FLAGS

PASSWORD = "a password for a benchmark"
LOADING_S = 8.0
"""So much longer than a page is looked at are readings sent: it is opened meanwhile."""
LOOKED_AT = ("/", "/chargers", "/chargers?view=wall", "/chargers?kiosk", "/sessions?state=active")
FRAMES = """
seconds => new Promise((done) => {
  const lengths = [];
  const began = performance.now();
  let last = began;
  const frame = (now) => {
    lengths.push(now - last);
    last = now;
    if (now - began < seconds * 1000) requestAnimationFrame(frame);
    else done(lengths.slice(1));
  };
  requestAnimationFrame(frame);
})
"""
ALL_HERE = """
async (most) => {
  const { chargers } = await import("app/fleet.js");
  while (chargers.size < most) await new Promise((done) => requestAnimationFrame(done));
}
"""
UPDATES = "() => { window.heard = 0; import('app/live.js').then(({ hear }) => hear((events) => { window.heard += events.length; })); }"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chargers", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=2000.0, help="readings a second, over all chargers")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each page is looked at")
    parser.add_argument("--tabs", type=int, default=10)
    parser.add_argument("--json", type=Path, default=Path(".benchmarks/page.json"))
    chosen = parser.parse_args()
    with running(LOGGED) as server, generating(server) as generator:
        _api(server, "POST", "/users", {"name": "bench", "role": "admin", "password": PASSWORD})
        generator.connect(chosen.chargers)
        server.add_tags(generator.do("tags")["tags"])
        generator.do("begin")
        print(f"{chosen.chargers} chargers charge", flush=True)
        figures = asyncio.run(_look(server, generator, chosen))
    chosen.json.parent.mkdir(exist_ok=True)
    chosen.json.write_text(json.dumps(figures, indent=2))
    return 0


async def _look(server: Server, generator: Generator, chosen: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, Any] = {"chargers": chosen.chargers, "rate": chosen.rate, "pages": {}}
    async with async_playwright() as playwright:
        found = at_hand(WHOLE)
        if found is None:
            raise SystemExit(NONE_FOUND)
        browser = await playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        context = await _signed_in(browser, server)
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for path in LOOKED_AT:
            with _paced(generator, chosen.rate, chosen.seconds + LOADING_S) as said:
                began = time.perf_counter()
                await page.goto(f"{server.http}{path}")
                await page.evaluate(ALL_HERE, chosen.chargers)
                loaded_s = time.perf_counter() - began
                await page.evaluate(UPDATES)
                asked.clear()
                lengths = await page.evaluate(FRAMES, chosen.seconds)
                heard = await page.evaluate("window.heard")
            heap = await page.evaluate("performance.memory.usedJSHeapSize")
            figures["pages"][path] = {
                "loaded_s": round(loaded_s, 2),
                **_spread(lengths),
                "updates_heard_a_second": round(heard / chosen.seconds),
                "requests": len(asked),
                "heap_mib": round(heap / 2**20),
                "generator": said[0],
            }
            print(path, json.dumps(figures["pages"][path]), flush=True)
        figures["tabs"] = await _many_tabs(context, server, generator, chosen)
        print("tabs", json.dumps(figures["tabs"]), flush=True)
        await browser.close()
    return figures


async def _many_tabs(context: BrowserContext, server: Server, generator: Generator, chosen: argparse.Namespace) -> dict[str, Any]:
    """So many tabs of one browser: how many are live, and how many streams the server serves them with."""
    tabs: list[Page] = [await context.new_page() for _ in range(chosen.tabs - 1)]
    for tab in tabs:
        await tab.goto(f"{server.http}/chargers")
    for tab in tabs:
        await tab.locator(".pill.live").wait_for(timeout=120_000)
        await tab.evaluate(UPDATES)
    with _paced(generator, chosen.rate, chosen.seconds):
        await asyncio.sleep(chosen.seconds)
        heard = [await tab.evaluate("window.heard") for tab in tabs]
    metrics = await asyncio.to_thread(_get, f"{server.http}/metrics", server.token)
    streams = next(float(line.split()[1]) for line in metrics.splitlines() if line.startswith("voltaro_stream_readers"))
    return {"tabs": chosen.tabs, "live": len(tabs) + 1, "streams": streams, "least_heard": min(heard)}


@contextlib.contextmanager
def _paced(generator: Generator, rate: float, seconds: float) -> Iterator[list[dict[str, Any]]]:
    """Readings at a steady rate meanwhile; what the generator says of it is in the list at the end."""
    said: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: said.append(generator.do("pace", rate=rate, seconds=seconds)))
    thread.start()
    try:
        yield said
    finally:
        thread.join()


async def _signed_in(browser: Browser, server: Server) -> BrowserContext:
    context = await browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
    context.set_default_timeout(120_000)
    page = await context.new_page()
    await page.goto(f"{server.http}/")
    await page.get_by_label("Name").fill("bench")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Overview").wait_for()
    await page.close()
    return context


def _spread(lengths: list[float]) -> dict[str, float]:
    ordered = sorted(lengths)
    share = {name: ordered[min(len(ordered) - 1, int(len(ordered) * at))] for name, at in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items()}
    return {
        "frames_a_second": round(1000 * len(ordered) / sum(ordered), 1),
        **{f"frame_{name}_ms": round(value, 1) for name, value in share.items()},
        "frame_max_ms": round(ordered[-1], 1),
    }


def _get(url: str, token: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=30) as answer:
        body: bytes = answer.read()
    return body.decode()


def _api(server: Server, method: str, path: str, body: object) -> None:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.http}/api/v1{path}", json.dumps(body).encode(), headers, method=method)
    urllib.request.urlopen(request, timeout=30).close()


if __name__ == "__main__":
    sys.exit(main())
