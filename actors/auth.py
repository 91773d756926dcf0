"""The auth actor: judges tags.

Owns: a cache of tags. Hears: Judge, ForgetTag. Tells: nobody. Rebuilds after a crash: nothing, the cache fills anew.
A question that needs the store or the external authoriser is answered later, so that nobody waits behind it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

import structlog

from actors.gathering import Gathering
from actors.reply import Reply
from actors.runtime import LoopActor, hears
from voltaro import faults
from voltaro.domain.session import Session
from voltaro.domain.tag import Authorization, Tag, TagStatus, Verdict, authorize, fold_tag
from voltaro.ports import Authoriser, AuthoriserFailed, Clock, Store, StoreUnavailable

log = structlog.get_logger()

LARGEST_CACHE = 20_000


class OnFailure(StrEnum):
    """What an authoriser that does not answer means for a tag we do not know ourselves."""

    REJECT = "reject"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class AuthPolicy:
    """``cache_s``: how long a tag is believed without asking again (changes are told at once, this is the safety net).
    ``patience_s``: how long an unknown tag waits for a database that is away, asked again every ``retry_s``.
    ``outside_s``: how long the external authoriser may take.
    """

    cache_s: float = 60.0
    patience_s: float = 10.0
    retry_s: float = 0.2
    outside_s: float = 5.0
    on_failure: OnFailure = OnFailure.REJECT


@dataclass(frozen=True, slots=True)
class Judge:
    """May this tag charge? Answered with an ``Authorization``; raises StoreUnavailable when nobody can tell.

    A tag's own session at ``evse_id`` of this charger, or the one named ``transaction_id``, is not counted against it.
    """

    id_tag: str
    charger_id: str
    evse_id: int | None = None
    transaction_id: str | None = None
    starts: bool = True


@dataclass(frozen=True, slots=True)
class ForgetTag:
    """A tag has changed; an empty one means: forget all."""

    id_tag: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """A tag as the store had it at ``at`` (monotonic seconds); None: it had none."""

    tag: Tag | None
    at: float


class AuthActor(LoopActor):
    """Judges tags from its cache, the store and, where one is set, an external authoriser."""

    refusals = (StoreUnavailable,)

    def __init__(self, store: Store, clock: Clock, policy: AuthPolicy = AuthPolicy(), authoriser: Authoriser | None = None) -> None:
        super().__init__()
        self.store = store
        self.clock = clock
        self.policy = policy
        self.authoriser = authoriser
        self._cache: OrderedDict[str, Remembered] = OrderedDict()
        self._generation = 0
        self._tags = Gathering(store.tags_named)

    @hears(Judge)
    def on_judge(self, question: Judge) -> Authorization | None:
        """Answer from the cache when that is enough, else later."""
        remembered = self._cache.get(fold_tag(question.id_tag))
        fresh = remembered is not None and self.clock.monotonic() - remembered.at < self.policy.cache_s
        if remembered is not None and fresh and self._settled_by(remembered.tag, question):
            return authorize(remembered.tag, self.clock.now())
        until = self.clock.monotonic() + self.policy.patience_s
        self.spawn(self._judge(question, remembered if fresh else None, self.defer(), until))
        return None

    @hears(ForgetTag)
    def on_forget_tag(self, message: ForgetTag) -> None:
        self._generation += 1
        if message.id_tag:
            self._cache.pop(fold_tag(message.id_tag), None)
        else:
            self._cache.clear()

    def _settled_by(self, tag: Tag | None, question: Judge) -> bool:
        if tag is None:
            return self.authoriser is None
        return tag.max_active_sessions is None or not question.starts or tag.status is not TagStatus.ACCEPTED

    async def _judge(self, question: Judge, remembered: Remembered | None, reply: Reply, until: float) -> None:
        """Find the answer; ``until`` (monotonic seconds) it is worth waiting for the database."""
        try:
            if faults.armed:
                await faults.meet("before_read", self.name)
            tag = remembered.tag if remembered is not None else await self._look_up(question.id_tag, until)
            if tag is None and self.authoriser is not None:
                reply.set(await self._ask_outside(self.authoriser, question))
            elif tag is not None and tag.max_active_sessions is not None and question.starts:
                open_sessions = await self.store.open_sessions_of_tag(question.id_tag)
                others = sum(_is_another(session, question) for session in open_sessions)
                reply.set(authorize(tag, self.clock.now(), others))
            else:
                reply.set(authorize(tag, self.clock.now()))
        except StoreUnavailable as error:
            stale = self._cache.get(fold_tag(question.id_tag))
            if stale is not None:  # the database is away: what was true a while ago is better than nothing
                reply.set(authorize(stale.tag, self.clock.now()))
            elif self.clock.monotonic() >= until:
                reply.fail(error)
            else:
                await asyncio.sleep(self.policy.retry_s)
                await self._judge(question, None, reply, until)
        except BaseException as error:  # noqa: BLE001 - ours: the actor crashes over it, and the asker hears
            self.crash(error)

    async def _look_up(self, id_tag: str, until: float) -> Tag | None:
        """The tag as the store has it. Raises StoreUnavailable, also when a database that hangs has not said so by ``until``."""
        generation = self._generation
        asked = self._tags.ask(fold_tag(id_tag))
        late: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        alarm = self.system.later(max(0.0, until - self.clock.monotonic()), late.cancel)
        try:
            await asyncio.wait((asked, late), return_when=asyncio.FIRST_COMPLETED)  # others wait for what was asked, too
        finally:
            alarm.cancel()
        if not asked.done():
            raise StoreUnavailable("the database has not said in time whether it knows the tag")
        tag = asked.result()
        if generation == self._generation:  # a change told meanwhile may not be in what was read
            self._cache[fold_tag(id_tag)] = Remembered(tag, self.clock.monotonic())
            if len(self._cache) > LARGEST_CACHE:
                self._cache.popitem(last=False)
        return tag

    async def _ask_outside(self, authoriser: Authoriser, question: Judge) -> Authorization:
        try:
            return await authoriser.authorize(question.id_tag, question.charger_id)
        except AuthoriserFailed as error:
            log.warning("authoriser.failed", charger_id=question.charger_id, reason=str(error))
            accepted = self.policy.on_failure is OnFailure.ACCEPT
            return Authorization(Verdict.ACCEPTED if accepted else Verdict.INVALID)


def _is_another(session: Session, question: Judge) -> bool:
    if session.charger_id != question.charger_id:
        return True
    if question.transaction_id is not None and session.transaction_id == question.transaction_id:
        return False
    return session.evse_id != question.evse_id
