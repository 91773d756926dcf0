"""Batches at work: one thing done to many chargers, some at a time, with a result for each.

Rule 1: what is in flight is bounded: a wave of ``WAVE`` chargers, and the next only when these have answered or had ``WAVE_S``.
Rule 2: it is written that a wave's turn has come before anything is sent, and what came of it before the next. So a restart in the
middle leaves no doubt, and nothing is sent twice (``persistence/batches.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from voltaro.domain.batch import Batch, BatchItem, BatchState, ItemState
from voltaro.domain.command import Command
from voltaro.domain.event import Flash
from voltaro.ports import (
    ActorCrashed,
    ActorUnavailable,
    Announcer,
    Clock,
    CommandsFull,
    Fleet,
    InvalidPayload,
    NotConnected,
    Store,
    StoreUnavailable,
    UnknownAction,
)
from web.problem import Problem

log = structlog.get_logger("voltaro.web.batches")

WAVE = 100
WAVE_S = 3.0
LAST_ANSWERS_S = 45.0
"""How long the last answers are waited for before a batch is called done: longer than a charger may take for one."""
TOLD_EVERY_S = 0.5
_AWAY_S = 1.0

Act = Callable[[str, str], Awaitable[Command | None]]
"""Does it to one charger: its id and the key of the command that may come of it -> that command, None where there is none."""


class Batches:
    """The batches that are running in this process."""

    def __init__(self, store: Store, fleet: Fleet, announcer: Announcer, clock: Clock, is_draining: Callable[[], bool]) -> None:
        self._store = store
        self._fleet = fleet
        self._announcer = announcer
        self._clock = clock
        self._is_draining = is_draining
        self._running: dict[str, asyncio.Task[None]] = {}
        self._cancelled: set[str] = set()

    async def begin(self, batch: Batch, charger_ids: Sequence[str], act: Act) -> Batch:
        """Record a batch and begin with it. Raises StoreUnavailable: then nothing is done."""
        items = await self._store.add_batch(batch, charger_ids)
        self._keep(batch.id, self._run(batch, [item for item in items if item.state is ItemState.WAITING], act))
        return batch

    def cancel(self, batch_id: str) -> bool:
        """Begin nothing more of it; False when it is not running here."""
        if batch_id in self._running:
            self._cancelled.add(batch_id)
        return batch_id in self._running

    async def stop(self) -> None:
        """The server stops: what is not begun is told as not sent when it starts again."""
        tasks = tuple(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _keep(self, batch_id: str, work: Coroutine[Any, Any, None]) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            self._running.pop(batch_id, None)
            self._cancelled.discard(batch_id)
            if not task.cancelled() and task.exception() is not None:
                log.error("batch.failed", batch=batch_id, exc_info=task.exception())

        task = asyncio.get_running_loop().create_task(work, name=f"batch {batch_id}")
        self._running[batch_id] = task
        task.add_done_callback(ended)

    async def _run(self, batch: Batch, items: Sequence[BatchItem], act: Act) -> None:
        telling = asyncio.create_task(self._tell(batch.id))
        late: set[asyncio.Task[Command]] = set()
        state = BatchState.INTERRUPTED
        try:
            for start in range(0, len(items), WAVE):
                if batch.id in self._cancelled or self._is_draining():
                    break
                late |= await self._wave(batch, items[start : start + WAVE], act)
                late = {task for task in late if not task.done()}
            if not self._is_draining():
                state = BatchState.CANCELLED if batch.id in self._cancelled else BatchState.DONE
            if late:
                await asyncio.wait(late, timeout=LAST_ANSWERS_S)
            await self._written(lambda: self._store.end_batch(batch.id, state, self._clock.now()))
        finally:
            telling.cancel()
            for task in late:
                task.cancel()
            await self._show(batch.id, state)

    async def _wave(self, batch: Batch, items: Sequence[BatchItem], act: Act) -> set[asyncio.Task[Command]]:
        """Some chargers at once. What has not answered in time goes on; the tasks that wait for it are returned."""
        await self._written(lambda: self._store.begin_items(batch.id, [item.position for item in items]))
        done = await asyncio.gather(*(self._one(batch, item, act) for item in items))
        await self._written(lambda: self._store.settle_items(batch.id, [item for item, _ in done]))
        sent = {asyncio.create_task(self._fleet.settled(command, LAST_ANSWERS_S)) for _, command in done if command is not None}
        if sent:
            _, sent = await asyncio.wait(sent, timeout=WAVE_S)
        return sent

    async def _one(self, batch: Batch, item: BatchItem, act: Act) -> tuple[BatchItem, Command | None]:
        def ended(state: ItemState, error: str | None = None, detail: str | None = None) -> tuple[BatchItem, None]:
            return BatchItem(item.position, item.charger_id, state, None, error, detail), None

        try:
            command = await act(item.charger_id, batch.key_of(item.position))
        except NotConnected:
            return ended(ItemState.FAILED, "not_connected")
        except CommandsFull:
            return ended(ItemState.FAILED, "commands_full")
        except InvalidPayload as error:
            return ended(ItemState.FAILED, "invalid_payload", f"{error.pointer}: {error.message}")
        except UnknownAction as error:
            return ended(ItemState.FAILED, "unknown_action", str(error))
        except Problem as problem:
            return ended(ItemState.FAILED, problem.slug, problem.detail)
        except (StoreUnavailable, ActorUnavailable) as error:
            return ended(ItemState.NOT_SENT if batch.kind.sends else ItemState.UNKNOWN, "unavailable", str(error))
        except ActorCrashed as error:
            return ended(ItemState.UNKNOWN, "actor_crashed", str(error))
        if command is None:
            return ended(ItemState.DONE)
        return BatchItem(item.position, item.charger_id, ItemState.SENT, command.id), command

    async def _written(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write, and wait while the database is away: a batch goes on where it was."""
        while True:
            try:
                return await write()
            except StoreUnavailable:
                await asyncio.sleep(_AWAY_S)

    async def _tell(self, batch_id: str) -> None:
        """Show how far it is, to who is looking."""
        while True:
            await asyncio.sleep(TOLD_EVERY_S)
            await self._show(batch_id, BatchState.RUNNING)

    async def _show(self, batch_id: str, state: BatchState) -> None:
        if not self._announcer.is_watched():
            return
        try:
            counts: Mapping[str, int] = (await self._store.batch_counts([batch_id])).get(batch_id, {})
        except StoreUnavailable:
            return
        self._announcer.flash(Flash("batch.updated", {"id": batch_id, "state": state, "counts": counts}, key=f"batch {batch_id}"))
