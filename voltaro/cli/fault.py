"""``voltaro fault``: crash an actor, or worse, on purpose, through the API of a running server."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

import click

from voltaro.cli.common import as_json, print_json, stop
from voltaro.faults import KINDS, POINTS


@click.command()
@click.argument("target")
@click.option("--kind", type=click.Choice(KINDS), default="crash", show_default=True, help="What happens to it.")
@click.option("--times", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option("--at", "point", type=click.Choice(POINTS), help="The named point of its work at which it happens; at once without.")
@click.option("--url", envvar="VOLTARO_URL", default="http://127.0.0.1:8080", show_default=True, help="Where the server is.")
@click.option("--token", envvar="VOLTARO_ADMIN_TOKEN", required=True, help="A token with the scope admin.  [env: VOLTARO_ADMIN_TOKEN]")
@click.option("--wait", type=click.IntRange(0, 600), default=60, show_default=True, help="Seconds to wait for the recovery.")
@as_json
def command(target: str, kind: str, times: int, point: str | None, url: str, token: str, wait: int, as_json: bool) -> None:
    """Crash TARGET (such as charger/CP1, registry, auth, persistence, supervisor) and tell how soon it served again.

    A fault at a named point waits until TARGET passes it. A hang is found by the watch after TARGET's deadline. Poison is a
    frame (elsewhere a message) that crashes TARGET whenever it is handled: twice, then it is put aside and answered.
    """
    body = {"target": target, "kind": kind, "times": times} | ({} if point is None else {"at": point})
    fault = _call(url, "/api/v1/faults", token, body)
    until = time.monotonic() + wait
    while fault["recovered_at"] is None and time.monotonic() < until:
        time.sleep(0.05)
        fault = _call(url, f"/api/v1/faults/{fault['id']}", token)
    if as_json:
        print_json(fault)
    elif fault["recovered_at"] is None:
        stop(f"{target} has not recovered within {wait} s (crashed {fault['crashes']} times): see GET /api/v1/actors", code=1)
    else:
        click.echo(f"{target} {_suffered(fault)} and served again after {fault['recovery_ms']:.1f} ms.")


def _suffered(fault: dict[str, Any]) -> str:
    times = "once" if fault["crashes"] == 1 else f"{fault['crashes']} times"
    return {"slow": "was kept waiting", "hang": f"hung {times}"}.get(fault["kind"], f"crashed {times}")


def _call(url: str, path: str, token: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        stop(f"{url} is no http address")
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url.rstrip("/") + path, data, headers)  # noqa: S310 - the scheme is checked above
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code == 404 and body is not None:
            stop("the server has no faults to give: start it with --fault-injection", code=1)
        problem = json.loads(error.read() or b"{}")
        stop(problem.get("detail") or f"the server answered {error.code}", code=1)
    except OSError as error:
        stop(f"no server answers at {url}: {error}", code=1)
