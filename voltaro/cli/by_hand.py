"""One virtual charger worked by hand, for ``voltaro simulate``: from a script, or from the keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import click

from voltaro.simulator import BadScript, Hand, SimulatedCharger, commands_of, run_script

LAST_WORDS_S = 5.0
"""How long what is still queued at the end may take."""


async def work(charger: SimulatedCharger, script: str, *, interactive: bool, ending: asyncio.Event, patience_s: float) -> int:
    """Connect, do the script, then what is typed; the exit code. It ends early when ``ending`` is set."""
    hand = Hand(charger, _tell, patience_s=patience_s)
    working = asyncio.ensure_future(_work(hand, script, interactive=interactive))
    stopped = asyncio.ensure_future(ending.wait())
    try:
        await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else 0
    finally:
        for task in (working, stopped):
            task.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)
        await charger.close()


async def _work(hand: Hand, script: str, *, interactive: bool) -> int:
    first = next((words[0] for line in script.splitlines() for words in commands_of(line)), "")
    if first != "offline":
        hand.charger.start()
        with contextlib.suppress(TimeoutError):
            await hand.charger.booted(hand.patience_s)
    code = 0
    try:
        await run_script(hand, script)
    except BadScript as error:
        click.echo(str(error), err=True)
        code = 0 if interactive else 1
    if interactive:
        await _obey_keyboard(hand)
    if hand.charger.accepted:
        with contextlib.suppress(TimeoutError):
            await hand.charger.settled(LAST_WORDS_S)
    return code


async def _obey_keyboard(hand: Hand) -> None:
    click.echo("'help' lists the commands, 'quit' or Ctrl-D ends.", err=True)
    async for line in _typed():
        try:
            await run_script(hand, line)
        except BadScript as error:
            click.echo(str(error), err=True)
        if hand.over:
            return


async def _typed() -> AsyncIterator[str]:
    """Lines of standard input, read in a thread that ends with the process: a blocked read cannot be cancelled."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="keyboard", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _tell(line: str) -> None:
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {line}" if line.startswith(("->", "<-", "   ")) else line)


def read_script(files: tuple[Path, ...], lines: tuple[str, ...]) -> str:
    """All scripts one after the other: the files, then what stands on the command line."""
    return "\n".join([*(file.read_text() for file in files), *lines])
