"""The tools of several apps, kept up to date while the apps come and go."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self, Unpack

import anyio

from space_tools.config import SpaceSettings
from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.egress.addresses import parse_allowed
from space_tools.egress.external import External
from space_tools.egress.http import Http
from space_tools.errors import (
    AppUnreachable,
    AuthenticationError,
    ConfigurationError,
    ConnectionLost,
    InvalidAPIEndpointError,
    SpaceToolsError,
)
from space_tools.files.inputs import FileAccess
from space_tools.files.long_values import Keeper
from space_tools.files.roots import resolve_roots
from space_tools.files.saving import SavedFiles
from space_tools.files.store import FileStore
from space_tools.gradio.app import GradioApp
from space_tools.gradio.running import Spawn
from space_tools.tools.adapters import Embeddable
from space_tools.tools.catalogue import build_tools, check_names
from space_tools.tools.census import Census, take_census
from space_tools.tools.connecting import Approach, Auth, auth_variable, connect
from space_tools.tools.jobs import Jobs
from space_tools.tools.limits import CallLimits
from space_tools.tools.observing import OBSERVERS, Observer, log_arguments, observed
from space_tools.tools.offered import Offered
from space_tools.tools.records import CallRecord
from space_tools.tools.selection import Selection, check_aliases, check_endpoints, unmatched
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source, parse_sources, parse_trusted
from space_tools.tools.tool import How, Tool, Watcher
from space_tools.tools.watched import WatchedApp

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between attempts to reach an app that is down; doubled from the first to the longest."""

CONNECT_SECONDS = 30.0
"""How long one attempt to read an app's description may take."""

WAKING_SECONDS = 25.0
"""How much of it a Space may take to wake up; that goes on until the next attempt."""


class Toolset(Embeddable):
    """The tools of the apps in `spaces` (`[ALIAS=]SRC` or `SpaceSettings`), in the order given.

        async with Toolset(["art=http://127.0.0.1:7860"]) as tools:
            for tool in tools:
                print(tool.name, tool.description)

    Apps are read at once, and entering waits for them up to `wait` seconds. One that is down has
    an entry in `problems` and is tried again until it is up; `on_change` is told whenever tools
    come, go or change. `include` and `exclude` are glob patterns of `alias/endpoint`. An app that
    has not the endpoints or parameters that are named for it is a problem too, and has no tools.
    `credentials` are those that the apps' descriptions are read with; they are not used for
    calls.

    A file argument may be a path below one of `roots`, an https URL, a `data:` URI, or the `uri`
    of an earlier result's file. URLs that lead to no public address are refused, but for those of
    `allow_hosts` (hosts or networks). The files of results are kept in `store`, by default one
    that ends with the toolset, and also saved in `output_dir` if there is one.

    `auth` has (user, password) for apps with a login, by their alias. Callers' tokens go to Spaces
    only, and to apps at `trust_hosts` (`HOST[:PORT]`). `limits` is how many calls may run at once;
    `observers` are told of every call, beside the log and, if the program traces, OpenTelemetry.

    Raises `ConfigurationError` for sources, patterns, roots or hosts that cannot be.
    """

    def __init__(
        self,
        spaces: Sequence[str | SpaceSettings],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        credentials: Credentials = ANONYMOUS,
        wait: float = CONNECT_SECONDS,
        on_change: Callable[[], Awaitable[None]] | None = None,
        roots: Sequence[str | Path] = (),
        output_dir: str | Path | None = None,
        allow_hosts: Sequence[str] = (),
        store: FileStore | None = None,
        auth: Mapping[str, Auth] | None = None,
        trust_hosts: Sequence[str] = (),
        limits: CallLimits | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        super().__init__()
        sources = parse_sources(spaces, trusted=parse_trusted(trust_hosts))
        self._spaces = [WatchedApp(source) for source in sources]
        self._limits = limits or CallLimits()
        self._selection = Selection(include=tuple(include), exclude=tuple(exclude))
        check_aliases((*include, *exclude), [space.source.alias for space in self._spaces])
        self._credentials = credentials
        self._auth = dict(auth or {})
        self._wait = wait
        if on_change is not None:
            self.tell_of_changes(on_change)
        self._tools: dict[str, Tool] = {}
        self._sessions = SessionStore()
        self._http = Http()
        self._own_store = store is None
        self._files = FileAccess(
            store or FileStore(),
            External(parse_allowed(allow_hosts)),
            resolve_roots(roots),
            None if output_dir is None else SavedFiles(Path(output_dir)),
        )
        self._observers = (*OBSERVERS, *observers)
        self.jobs = Jobs(self.files)
        self._stack = AsyncExitStack()
        self._spawn: Spawn | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self._own_store:
                stack.enter_context(self.files)
            await stack.enter_async_context(self._files.external)
            await stack.enter_async_context(self._http)
            task_group = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(task_group.cancel_scope.cancel)
            self._spawn = task_group.start_soon
            task_group.start_soon(self.files.keep_tidy)
            task_group.start_soon(self._sessions.keep_tidy)
            await stack.enter_async_context(self.jobs)
            for space in self._spaces:
                task_group.start_soon(self._keep, space)
            await self.loaded(self._wait)
            self.home.settle()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self.home.leave()
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
    def apps(self) -> Sequence[WatchedApp]:
        """The apps, in the order given."""
        return self._spaces

    def forget(self, principal: str, conversation: str) -> None:
        """A conversation of that caller is over: the apps' sessions for it end."""
        self._sessions.end(principal, conversation)

    @property
    def offered(self) -> Mapping[str, Offered]:
        """Name → tool, of those that agents are told of; another object after each change."""
        return self._tools

    @property
    def files(self) -> FileStore:
        """Where the files of results are."""
        return self._files.store

    def keeper(self, credentials: Credentials, name: str) -> Keeper:
        """What keeps values that are too long to be told, of a caller's results of that tool."""
        return Keeper(self.files, self._files.saved, credentials.principal, name)

    @property
    def problems(self) -> Mapping[str, SpaceToolsError]:
        """Alias → what is wrong, of the apps that are down."""
        return {s.source.alias: s.problem for s in self._spaces if s.problem is not None}

    @property
    def is_loaded(self) -> bool:
        """Whether each app has been tried."""
        return all(space.loaded.is_set() for space in self._spaces)

    def census(self) -> Census:
        """How many there are now of what it keeps."""
        return take_census(self._spaces, self._sessions, self.files)

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
        request_id: str | None = None,
        on_session: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        """Calls a tool by its name; see `Tool.call`.

        `request_id` is the caller's own name for the call, if it has a sane one. Raises what is
        wrong with its app if that is down, and `InvalidAPIEndpointError` if there is no such tool.
        """
        record = CallRecord.of(name, credentials.principal, request_id)
        with observed(self._observers, record), self._limits.taking(credentials.principal):
            log_arguments(record, arguments)
            return await self._call(
                name,
                arguments,
                credentials=credentials,
                conversation=conversation,
                on_update=on_update,
                on_session=on_session,
                record=record,
            )

    async def _call(
        self, name: str, arguments: Mapping[str, Any], **how: Unpack[How]
    ) -> dict[str, Any]:
        tool = await self._current(name, how["record"])
        try:
            return await tool.call(arguments, **how)
        except (AppUnreachable, ConnectionLost, AuthenticationError):
            if space := self._space_of(tool):
                space.doubted.set()
            raise

    async def _current(self, name: str, record: CallRecord) -> Tool:
        """The tool of that name. An app that was seen down is looked at first: it may come back
        as another, and its functions are called by number."""
        tool = self._tools.get(name)
        space = self._space_of(tool) if tool else self._space_named(name)
        record.known, record.space = tool is not None, space.source.src if space else ""
        if space is not None and (space.problem is not None or not space.loaded.is_set()):
            tried = space.tried
            space.doubted.set()
            await tried.wait()
            if space.problem is not None:
                raise space.problem
            tool = self._tools.get(name)
        record.known = tool is not None
        if tool is None:
            raise InvalidAPIEndpointError(f"there is no tool {name!r}")
        return tool

    def _space_of(self, tool: Tool) -> WatchedApp | None:
        return next((space for space in self._spaces if tool in space.tools), None)

    def _space_named(self, name: str) -> WatchedApp | None:
        """The app that is down, or not read yet, and would have a tool of that name."""
        return next(
            (
                space
                for space in self._spaces
                if (space.problem or not space.loaded.is_set()) and space.source.may_name(name)
            ),
            None,
        )

    async def _keep(self, space: WatchedApp) -> None:
        pause = FIRST_PAUSE
        while True:
            space.doubted = anyio.Event()
            await self._load(space)
            if not space.loaded.is_set():
                space.loaded.set()
                self._check_patterns()
            space.tried.set()
            space.tried = anyio.Event()
            if space.problem is None:
                pause = FIRST_PAUSE
                await space.doubted.wait()
            else:
                with anyio.move_on_after(pause):
                    await space.doubted.wait()
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _load(self, space: WatchedApp) -> None:
        before = space.tools
        try:
            app = await self._connect(space.source)
            space.endpoints = app.info.endpoints
            check_endpoints(space.source, space.endpoints, self._selection)
            space.tools = build_tools(
                space.source, app, self._sessions, self._selection, self._files
            )
            space.problem = None
        except SpaceToolsError as error:
            space.problem = error
            if isinstance(error, ConfigurationError):  # what is to be hidden must not stay
                space.tools = []
        self._publish()
        if [tool.definition for tool in before] != [tool.definition for tool in space.tools]:
            logger.info("%s: %d tools", space.source.alias, len(space.tools))
            for tell in self._on_change:
                await tell()

    def _check_patterns(self) -> None:
        """Once all apps were read: what was meant for any of them may have been for none."""
        if all(space.loaded.is_set() and space.endpoints for space in self._spaces):
            apps = {space.source.alias: space.endpoints for space in self._spaces}
            for pattern in unmatched(self._selection, apps):
                logger.warning("%r matches no endpoint of any app", pattern)

    async def _connect(self, source: Source) -> GradioApp:
        variable = auth_variable(source.alias)
        approach = Approach(
            http=self._http,
            credentials=self._credentials,
            waking_seconds=WAKING_SECONDS,
            spawn=self._spawn,
            auth_hint=f"set {variable} to user:password",
        )
        with anyio.move_on_after(CONNECT_SECONDS):
            return await connect(source, approach, auth=self._auth.get(source.alias))
        raise AppUnreachable(f"{source.src} did not describe itself in {CONNECT_SECONDS:.0f} s")

    def _publish(self) -> None:
        """Names clash by the order of configuration, never by that of loading."""
        catalogues: dict[str, list[Tool]] = {}
        for space in self._spaces:
            try:
                check_names({**catalogues, space.source.alias: space.tools})
            except ConfigurationError as error:
                space.tools, space.problem = [], error
            catalogues[space.source.alias] = space.tools
            space.log_problem()
        self._tools = {tool.name: tool for tools in catalogues.values() for tool in tools}
