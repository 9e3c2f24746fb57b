"""The tools of several apps, kept up to date while the apps come and go."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

import anyio

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.egress.http import Http
from space_tools.errors import (
    AppUnreachable,
    ConfigurationError,
    ConnectionLost,
    InvalidAPIEndpointError,
    SpaceToolsError,
)
from space_tools.gradio.app import GradioApp, Spawn
from space_tools.schema.text import clean
from space_tools.tools.catalogue import Selection, build_tools, check_names
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source, parse_sources
from space_tools.tools.tool import Tool, Watcher

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between attempts to reach an app that is down; doubled from the first to the longest."""

CONNECT_SECONDS = 30.0
"""How long one attempt to read an app's description may take."""


@dataclass(slots=True, eq=False)
class _Space:
    """One configured app: the tools it had when last seen, and its problem if it is down.

    `loaded`: it was tried at least once. `tried`: set when the present attempt ends, and then
    another. `doubted`: set by who wants an attempt now.
    """

    source: Source
    tools: list[Tool] = field(default_factory=list)
    problem: SpaceToolsError | None = None
    loaded: anyio.Event = field(default_factory=anyio.Event)
    tried: anyio.Event = field(default_factory=anyio.Event)
    doubted: anyio.Event = field(default_factory=anyio.Event)


class Toolset:
    """The tools of the apps in `spaces` (`[ALIAS=]SRC` each), in the order given.

        async with Toolset(["art=http://127.0.0.1:7860"]) as tools:
            for tool in tools:
                print(tool.name, tool.description)

    Apps are read at once, and entering waits for them up to `wait` seconds. One that is down has
    an entry in `problems` and is tried again until it is up; `on_change` is told whenever tools
    come, go or change. `include` and `exclude` are glob patterns of `alias/endpoint`.
    `credentials` are those that the apps' descriptions are read with; they are not used for
    calls. Raises `ConfigurationError` for sources that cannot be.
    """

    def __init__(
        self,
        spaces: Sequence[str],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        credentials: Credentials = ANONYMOUS,
        wait: float = CONNECT_SECONDS,
        on_change: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._spaces = [_Space(source) for source in parse_sources(spaces)]
        self._selection = Selection(include=tuple(include), exclude=tuple(exclude))
        self._credentials = credentials
        self._wait = wait
        self._on_change = on_change
        self._tools: dict[str, Tool] = {}
        self._sessions = SessionStore()
        self._http = Http()
        self._stack = AsyncExitStack()
        self._spawn: Spawn | None = None

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._http)
        task_group = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(task_group.cancel_scope.cancel)
        self._spawn = task_group.start_soon
        for space in self._spaces:
            task_group.start_soon(self._keep, space)
        await self.loaded(self._wait)
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        # Told of an error of the block, the task group would make a group of it.
        await self._stack.aclose()

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    @property
    def tools(self) -> Mapping[str, Tool]:
        """Name → tool, of the apps that are up or were; another object after each change."""
        return self._tools

    @property
    def problems(self) -> Mapping[str, SpaceToolsError]:
        """Alias → what is wrong, of the apps that are down."""
        return {s.source.alias: s.problem for s in self._spaces if s.problem is not None}

    async def loaded(self, seconds: float) -> None:
        """Returns once each app has been tried, or after `seconds`."""
        with anyio.move_on_after(seconds):
            for space in self._spaces:
                await space.loaded.wait()

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        credentials: Credentials = ANONYMOUS,
        conversation: str | None = None,
        on_update: Watcher | None = None,
    ) -> dict[str, Any]:
        """Calls a tool by its name; see `Tool.call`.

        Raises what is wrong with its app if that is down, and `InvalidAPIEndpointError` if there
        is no such tool.
        """
        tool = await self._current(name)
        try:
            return await tool.call(
                arguments,
                credentials=credentials,
                conversation=conversation,
                on_update=on_update,
            )
        except (AppUnreachable, ConnectionLost):
            if space := self._space_of(tool):
                space.doubted.set()
            raise

    async def _current(self, name: str) -> Tool:
        """The tool of that name. An app that was seen down is looked at first: it may come back
        as another, and its functions are called by number."""
        tool = self._tools.get(name)
        space = self._space_of(tool) if tool else self._space_named(name)
        if space is not None and (space.problem is not None or not space.loaded.is_set()):
            tried = space.tried
            space.doubted.set()
            await tried.wait()
            if space.problem is not None:
                raise space.problem
            tool = self._tools.get(name)
        if tool is None:
            raise InvalidAPIEndpointError(f"there is no tool {name!r}")
        return tool

    def _space_of(self, tool: Tool) -> _Space | None:
        return next((space for space in self._spaces if tool in space.tools), None)

    def _space_named(self, name: str) -> _Space | None:
        """The app that is down, or not read yet, and would have a tool of that name."""
        return next(
            (
                space
                for space in self._spaces
                if (space.problem or not space.loaded.is_set())
                and name.startswith(space.source.alias + "_")
            ),
            None,
        )

    async def _keep(self, space: _Space) -> None:
        pause = FIRST_PAUSE
        while True:
            space.doubted = anyio.Event()
            await self._load(space)
            space.loaded.set()
            space.tried.set()
            space.tried = anyio.Event()
            if space.problem is None:
                pause = FIRST_PAUSE
                await space.doubted.wait()
            else:
                with anyio.move_on_after(pause):
                    await space.doubted.wait()
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _load(self, space: _Space) -> None:
        before = space.tools
        try:
            app = await self._connect(space.source)
            space.tools = build_tools(space.source, app, self._sessions, self._selection)
            space.problem = None
        except SpaceToolsError as error:
            if str(error) != str(space.problem):
                logger.warning("%s: %s", space.source.alias, clean(str(error)))
            space.problem = error
        self._publish()
        if [tool.definition for tool in before] != [tool.definition for tool in space.tools]:
            logger.info("%s: %d tools", space.source.alias, len(space.tools))
            if self._on_change is not None:
                await self._on_change()

    async def _connect(self, source: Source) -> GradioApp:
        with anyio.move_on_after(CONNECT_SECONDS):
            return await GradioApp.connect(
                self._http,
                source.address,
                kind=source.kind,
                credentials=self._credentials,
                spawn=self._spawn,
            )
        raise AppUnreachable(f"{source.address} did not describe itself in {CONNECT_SECONDS:.0f} s")

    def _publish(self) -> None:
        """Names clash by the order of configuration, never by that of loading."""
        catalogues: dict[str, list[Tool]] = {}
        for space in self._spaces:
            try:
                check_names({**catalogues, space.source.alias: space.tools})
            except ConfigurationError as error:
                space.tools, space.problem = [], error
            catalogues[space.source.alias] = space.tools
        self._tools = {tool.name: tool for tools in catalogues.values() for tool in tools}
