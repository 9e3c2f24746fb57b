"""One configured app, as a toolset keeps it in sight."""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import anyio

from space_tools.errors import SpaceStarting, SpaceToolsError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import Endpoint
from space_tools.hub.spaces import Space
from space_tools.hub.waking import Tell
from space_tools.schema.text import clean
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class WatchedApp:
    """One configured app: the tools it had when last seen, and its problem if it is down.

    `app` is the one that these tools are of, and was read at `seen_at`; `space` what the Hub told
    of it last. `current`: they are of the app as it was last seen, and it was not asleep since.
    `loaded`: its tools are there, or it was tried at least once. `tried`: set when the present
    attempt ends, and then another. `doubted`: set by who wants an attempt now. `stirred`: it was
    called, or doubted. `waiting`: how many callers wait for it; `awaited`: what for, in a sentence;
    `news`: set, and then another, when that changes or the attempt ends. `read_at` and
    `hub_asked_at` are times of the event loop, `sha` is the commit that was read, if the Hub told.
    `told`: the problem that was logged last.
    """

    source: Source
    tools: list[Tool] = field(default_factory=list)
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
    news: anyio.Event = field(default_factory=anyio.Event)
    waiting: int = 0
    awaited: str = ""
    sha: str | None = None
    read_at: float = -math.inf
    hub_asked_at: float = -math.inf

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Those of the app, whatever of them is offered."""
        return () if self.app is None else self.app.info.endpoints

    def doubt(self) -> None:
        """It may be down, or another: have it read anew."""
        self.doubted.set()
        self.stirred.set()

    def stir(self) -> None:
        """It was called: have it looked at, if that was not done just now."""
        self.stirred.set()

    def no_longer_current(self, problem: SpaceToolsError | None = None) -> None:
        """Its tools are as of when it was seen last. Without a problem it is merely asleep."""
        self.problem, self.current = problem, False
        self.tools = [replace(tool, as_of=tool.as_of or self.seen_at) for tool in self.tools]

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Around one attempt to read it."""
        self.doubted, self.trying = anyio.Event(), True
        yield
        self.trying = False
        self.loaded.set()
        self.tried.set()
        self.tried = anyio.Event()
        self._tell("")

    async def tell(self, sentence: str) -> None:
        """Has whoever waits for it be told; they are not waited for."""
        self._tell(sentence)

    def _tell(self, sentence: str) -> None:
        self.awaited = sentence
        self.news.set()
        self.news = anyio.Event()

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
        if self.problem is not None:
            raise self.problem
        if not self.current:
            raise SpaceStarting(f"{self.source.src} did not come up within {seconds:g} s")

    async def _try(self, tell: Tell) -> None:
        tried = self.tried
        if not self.trying:
            self.doubt()
        while not tried.is_set():
            if self.awaited:
                await tell(self.awaited)
            await self.news.wait()

    def log_problem(self) -> None:
        """Says once what is wrong, and again only after it was right."""
        problem = "" if self.problem is None else clean(str(self.problem))
        if problem and problem != self.told:
            since = f"{self.seen_at:%Y-%m-%d %H:%M} UTC" if self.seen_at else "never"
            logger.warning("%s: %s (last seen: %s)", self.source.alias, problem, since)
        self.told = problem
