"""One configured app, as a toolset keeps it in sight."""

import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

import anyio

from space_tools.errors import (
    AppUnreachable,
    AuthenticationError,
    CallError,
    CallTimeout,
    SpaceNotFound,
    SpaceStarting,
    SpaceToolsError,
)
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.hub.spaces import Space
from space_tools.hub.waking import Tell
from space_tools.schema.text import clean
from space_tools.tools.breaker import ANSWERS, LOOK_SECONDS, UNSEEN, Breaker
from space_tools.tools.differences import differences
from space_tools.tools.pinning import Refused
from space_tools.tools.pins import Pins, Stamp
from space_tools.tools.sources import Source
from space_tools.tools.together import News
from space_tools.tools.tool import Tool

logger = logging.getLogger(__name__)

MOST_TOLD = 8
"""Tools that have changed which a line of the log names."""

NO_DOUBT = (*ANSWERS, CallTimeout)
"""Ends of a call that say nothing against the app being there, and the one it was."""


@dataclass(slots=True, eq=False)
class WatchedApp:
    """One configured app: the tools it had when last seen, and its problem if it is down.

    `app` is the one that these tools are of, and was read at `seen_at`; `space` what the Hub told
    of it last. `current`: they are of the app as it was last seen, and it was not asleep since.
    `loaded`: its tools are there, or it was tried at least once. `tried`: set when the present
    attempt ends, and then another. `doubted`: set by who wants an attempt now. `stirred`: it was
    called, or doubted. `waiting`: how many callers wait for it; `news`: what for. `read_at` and
    `hub_asked_at` are times of the event loop, `sha` is the commit that was read, if the Hub told.
    `told`: the problem that was logged last. `refused`: tools, by their names, that changed since
    they were pinned, by the pins as of `pinned`. `breaker` knows whether calls may be made.
    """

    source: Source
    tools: list[Tool] = field(default_factory=list)
    refused: Mapping[str, Refused] = field(default_factory=dict)
    pinned: Stamp = (0, 0, 0)
    problem: SpaceToolsError | None = None
    told: str = ""
    app: GradioApp | None = None
    space: Space | None = None
    seen_at: datetime | None = None
    current: bool = False
    trying: bool = False
    loaded: anyio.Event = field(default_factory=anyio.Event)
    tried: anyio.Event = field(default_factory=anyio.Event)
    doubted: anyio.Event = field(default_factory=anyio.Event)
    stirred: anyio.Event = field(default_factory=anyio.Event)
    news: News = field(default_factory=News)
    waiting: int = 0
    sha: str | None = None
    read_at: float = -math.inf
    hub_asked_at: float = -math.inf
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.source.src)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Those of the app, whatever of them is offered."""
        return () if self.app is None else self.app.info.endpoints

    @property
    def is_hidden(self) -> bool:
        """Whether the Hub shows it to some only, or it is not there at all."""
        return isinstance(self.problem, SpaceNotFound)

    def has(self, name: str) -> bool:
        """Whether a tool of it is called that, be it refused."""
        return name in self.refused or any(tool.name == name for tool in self.tools)

    def is_repinned(self, pins: Pins | None) -> bool:
        """Whether what is refused of it may have been accepted meanwhile."""
        if pins is None or not self.refused:
            return False
        return pins.stamp(self.source.key) != self.pinned

    def doubt(self) -> None:
        """It may be down, or another: have it read anew."""
        self.doubted.set()
        self.stirred.set()

    @contextmanager
    def called(self) -> Iterator[None]:
        """Around a call: has it looked at behind that, at once if it may be down, or another."""
        try:
            with self.breaker.watching():
                yield
        except (CallError, AuthenticationError) as error:
            if not isinstance(error, NO_DOUBT):
                self.doubt()
            raise
        finally:
            self.stirred.set()

    def no_longer_current(self, problem: SpaceToolsError | None = None) -> None:
        """Its tools are as of when it was seen last. Without a problem it is merely asleep."""
        # A copy: the error itself keeps all that was at hand where it was raised.
        self.problem, self.current = copy(problem), False
        self.tools = [replace(tool, as_of=tool.as_of or self.seen_at) for tool in self.tools]

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Around one attempt to read it."""
        began = anyio.current_time()
        self.doubted, self.trying = anyio.Event(), True
        yield
        self.trying = False
        if self.waiting and isinstance(self.problem, UNSEEN):
            self.breaker.failed(began, self.problem)
        self.loaded.set()
        self.tried.set()
        self.tried = anyio.Event()
        self.news.publish("")

    async def tell(self, sentence: str) -> None:
        """Has whoever waits for it be told; they are not waited for."""
        self.news.publish(sentence)

    async def admit(self, look: Callable[[], Awaitable[object]] | None = None) -> None:
        """Returns if calls may be made; raises `AppUnreachable`, which says when, if they may not.

        If it was left alone until now, it is looked at first, for a few seconds at most; `look`
        does that, if it is not kept in sight by itself.
        """
        self.breaker.check()
        if not self.breaker.is_open:
            return
        with suppress(*UNSEEN), self.breaker.looking():
            with anyio.move_on_after(LOOK_SECONDS) as looking:
                await (look or self._look)()
            if looking.cancelled_caught:
                raise AppUnreachable(f"{self.source.src} does not answer")
            if isinstance(self.problem, UNSEEN):
                raise copy(self.problem)
        self.breaker.check()

    async def _look(self) -> None:
        if self.read_at <= self.breaker.opened_at:
            await self._try(_to_nobody)

    async def until_current(self, tell: Tell, seconds: float) -> None:
        """Returns once its tools are of what it says now; it is woken for that if need be.

        Raises its problem if that is not one that passes within `seconds`.
        """
        self.waiting += 1
        try:
            with anyio.move_on_after(seconds):
                await self._try(tell)
                while not self.current and isinstance(self.problem, SpaceStarting | None):
                    await self._try(tell)
        finally:
            self.waiting -= 1
        self.check()
        if not self.current:
            raise SpaceStarting(f"{self.source.src} did not come up within {seconds:g} s")

    def check(self) -> None:
        """Raises what is wrong with it, if anything."""
        if self.problem is not None:
            raise copy(self.problem)

    async def _try(self, tell: Tell) -> None:
        tried = self.tried
        if not self.trying:
            self.doubt()
        await self.news.follow(tell, tried)

    def log_drift(self, tools: Sequence[Tool], refused: Mapping[str, Refused]) -> None:
        """Says what is otherwise now than it was told last, and what is refused for that."""
        before = {tool.name: tool for tool in self.tools}
        changed = {t.name: differences(before[t.name], t) for t in tools if t.name in before}
        _log_changes("%s: tools have changed: %s", self.source.alias, changed)
        new = {name: r.changed for name, r in refused.items() if name not in self.refused}
        _log_changes("%s: tools are refused, which have changed: %s", self.source.alias, new)

    def log_problem(self) -> None:
        """Says once what is wrong, and again only after it was right."""
        problem = "" if self.problem is None else clean(str(self.problem))
        if problem and problem != self.told:
            since = f"{self.seen_at:%Y-%m-%d %H:%M} UTC" if self.seen_at else "never"
            logger.warning("%s: %s (last seen: %s)", self.source.alias, problem, since)
        self.told = problem


def _log_changes(words: str, alias: str, changes: Mapping[str, str]) -> None:
    told = [f"{name} ({changed})" for name, changed in changes.items() if changed]
    if told:
        more = [f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
        logger.warning(words, alias, "; ".join([*told[:MOST_TOLD], *more]))


async def _to_nobody(_: str) -> None:
    """Who waits for a look has not the time to be told."""
