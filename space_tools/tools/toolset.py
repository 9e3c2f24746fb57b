"""The tools of several apps, kept up to date while the apps come and go."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Self, Unpack

import anyio

from space_tools.config import SpaceSettings
from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.egress.addresses import parse_allowed
from space_tools.egress.external import External
from space_tools.egress.http import Http
from space_tools.errors import (
    DefinitionChanged,
    InvalidAPIEndpointError,
    SpaceToolsError,
)
from space_tools.files.inputs import FileAccess
from space_tools.files.long_values import Keeper
from space_tools.files.roots import resolve_roots
from space_tools.files.saving import SavedFiles
from space_tools.files.store import FileStore
from space_tools.gradio.running import Spawn
from space_tools.hub.waking import Tell
from space_tools.tools.adapters import Embeddable
from space_tools.tools.callers import Callers
from space_tools.tools.census import Census, take_census
from space_tools.tools.connecting import Approach, Auth
from space_tools.tools.descriptions import Descriptions
from space_tools.tools.jobs import Jobs
from space_tools.tools.keeping import keep
from space_tools.tools.limits import CallLimits
from space_tools.tools.loading import CONNECT_SECONDS, WAKING_SECONDS, Loader
from space_tools.tools.narration import Listener, Waiting
from space_tools.tools.observing import OBSERVERS, Observer, log_arguments, observed
from space_tools.tools.offer import Offer
from space_tools.tools.offered import Offered
from space_tools.tools.pins import Pins
from space_tools.tools.records import CallRecord
from space_tools.tools.selection import Selection, check_aliases
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import parse_sources, parse_trusted
from space_tools.tools.tool import DEADLINE, How, Tool
from space_tools.tools.watched import WatchedApp

logger = logging.getLogger(__name__)


class Toolset(Embeddable):
    """The tools of the apps in `spaces` (`[ALIAS=]SRC` or `SpaceSettings`), in the order given.

        async with Toolset(["art=http://127.0.0.1:7860"]) as tools:
            for tool in tools:
                print(tool.name, tool.description)

    For agent frameworks it has adapters, from `openai` to `mcp_server`; see `Embeddable`. Without
    an event loop it is opened by a plain `with`.

    Apps are read at once, and entering waits for them up to `wait` seconds. One that is down has
    an entry in `problems` and is tried again until it is up; `on_change` is told whenever tools
    come, go or change. `include` and `exclude` are glob patterns of `alias/endpoint`. An app that
    has not the endpoints or parameters that are named for it is a problem too, and has no tools.
    `credentials` are those that the apps' descriptions are read with; they are not used for
    calls.

    A file argument may be a path below one of `roots`, an https URL, a `data:` URI, or the `uri`
    of an earlier result's file. URLs that lead to no public address are refused, but for those of
    `allow_hosts` (hosts or networks); through an `egress_proxy`, it is the proxy that decides where
    names lead. The files of results are kept in `store`, by default one
    that ends with the toolset, and also saved in `output_dir` if there is one.

    `auth` has (user, password) for apps with a login, by their alias. Callers' tokens go to Spaces
    only, and to apps at `trust_hosts` (`HOST[:PORT]`). `limits` is how many calls may run at once;
    `observers` are told of every call, beside the log and, if the program traces, OpenTelemetry.

    With a `memory_dir`, what apps say is kept in that folder, and offered the next time until they
    are read, or while they are asleep or cannot be reached: such tools tell `as_of` when. A call
    waits for its app to be read, or woken.

    With a `pins_dir`, tools are refused that are not what they were when they were first seen, or
    last accepted; what that was is kept in that folder. See `refused`.

    `per_caller`: Spaces that the Hub does not show with `credentials` are read with those of each
    caller who may see them, and are theirs alone; see `tools_for`.

    Raises `ConfigurationError` for sources, patterns, roots, hosts or a proxy that cannot be.
    """

    def __init__(
        self,
        spaces: str | Sequence[str | SpaceSettings],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        credentials: Credentials = ANONYMOUS,
        wait: float = CONNECT_SECONDS,
        on_change: Callable[[], Awaitable[None]] | None = None,
        roots: Sequence[str | Path] = (),
        output_dir: str | Path | None = None,
        allow_hosts: Sequence[str] = (),
        egress_proxy: str | None = None,
        store: FileStore | None = None,
        auth: Mapping[str, Auth] | None = None,
        memory_dir: str | Path | None = None,
        pins_dir: str | Path | None = None,
        per_caller: bool = False,
        trust_hosts: Sequence[str] = (),
        limits: CallLimits | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        super().__init__()
        named = [spaces] if isinstance(spaces, str) else spaces
        sources = parse_sources(named, trusted=parse_trusted(trust_hosts))
        self._limits = limits or CallLimits()
        self._selection = Selection(include=tuple(include), exclude=tuple(exclude))
        check_aliases((*include, *exclude), [source.alias for source in sources])
        self._offer = Offer([WatchedApp(source) for source in sources], self._selection)
        self._credentials = credentials
        self._auth = dict(auth or {})
        self._descriptions = None if memory_dir is None else Descriptions(Path(memory_dir))
        self._pins = None if pins_dir is None else Pins(Path(pins_dir))
        self._wait = wait
        if on_change is not None:
            self.tell_of_changes(on_change)
        self._per_caller = per_caller
        self._sessions = SessionStore()
        self._http = Http()
        self._own_store = store is None
        self._files = FileAccess(
            store or FileStore(),
            External(parse_allowed(allow_hosts), proxy=egress_proxy),
            resolve_roots(roots),
            None if output_dir is None else SavedFiles(Path(output_dir)),
        )
        self._observers = (*OBSERVERS, *observers)
        self.jobs = Jobs(self.files)
        self._callers: Callers | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self._own_store:
                stack.enter_context(self.files)
            await stack.enter_async_context(self._files.external)
            await stack.enter_async_context(self._http)
            task_group = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(task_group.cancel_scope.cancel)
            task_group.start_soon(self.files.keep_tidy)
            task_group.start_soon(self._sessions.keep_tidy)
            await stack.enter_async_context(self.jobs)
            loader = self._loader(task_group.start_soon)
            self._callers = Callers(loader) if self._per_caller else None
            keeping = partial(keep, publish=self._offer.publish, on_change=self._tell_change)
            for space in self._offer.spaces:
                task_group.start_soon(keeping, space, loader)
            await self.loaded(self._wait)
            self.home.settle()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self.home.leave()
        # Told of an error of the block, the task group would make a group of it.
        await self._stack.aclose()

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._offer.tools.values())

    def __len__(self) -> int:
        return len(self._offer.tools)

    @property
    def tools(self) -> Mapping[str, Tool]:
        """Name → tool, of the apps that are up or were; another object after each change."""
        return self._offer.tools

    @property
    def apps(self) -> Sequence[WatchedApp]:
        """The apps, in the order given."""
        return self._offer.spaces

    def reserve(self, names: Iterable[str]) -> None:
        """No app may have tools of these names; one that has some is a problem."""
        self._offer.reserve(names)

    @property
    def offered(self) -> Mapping[str, Offered]:
        """Name → tool, of those that agents are told of; another object after each change."""
        return self.tools

    async def offered_to(self, credentials: Credentials) -> Mapping[str, Offered]:
        """The same for one caller; see `tools_for`."""
        return await self.tools_for(credentials)

    async def tools_for(self, credentials: Credentials) -> Mapping[str, Tool]:
        """The same for one caller, in the order of configuration.

        With `per_caller`, Spaces that only they and some others may see are among them; whether
        they still may is asked every few minutes. It is the same object while nothing changes.
        """
        hidden = self._offer.hidden()
        if self._callers is None or not hidden or not credentials.hf_token:
            return self._offer.tools
        theirs = await self._callers.tools(hidden, credentials)
        catalogues = {**self._offer.catalogues(), **theirs}
        return self._callers.merge(credentials.principal, catalogues, self._offer.reserved)

    @property
    def files(self) -> FileStore:
        """Where the files of results are."""
        return self._files.store

    def keeper(self, credentials: Credentials, name: str) -> Keeper:
        """What keeps values that are too long to be told, of a caller's results of that tool."""
        return Keeper(self.files, self._files.saved, credentials.principal, name)

    @property
    def refused(self) -> Mapping[str, str]:
        """Name → a sentence that says what changed, of the tools that changed since pinned."""
        refused = [item for space in self._offer.spaces for item in space.refused.items()]
        return {name: tool.why for name, tool in refused}

    @property
    def problems(self) -> Mapping[str, SpaceToolsError]:
        """Alias → what is wrong, of the apps that are down."""
        spaces = self._offer.spaces
        return {s.source.alias: s.problem for s in spaces if s.problem is not None}

    def end(self, conversation: str) -> None:
        """Forgets the conversation of that name: what it was for is over."""
        self._sessions.end(conversation)

    def forget(self, principal: str) -> None:
        """Forgets all that apps remember for a caller, who will not come again."""
        self._sessions.forget(principal)

    @property
    def is_loaded(self) -> bool:
        """Whether each app has been tried, or is remembered."""
        return all(space.loaded.is_set() for space in self._offer.spaces)

    def census(self) -> Census:
        """How many there are now of what it keeps."""
        return take_census(self._offer.spaces, self._sessions, self.files)

    async def loaded(self, seconds: float) -> None:
        """Returns once each app has been tried, or is remembered, or after `seconds`."""
        with anyio.move_on_after(seconds):
            await self._offer.loaded()

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        credentials: Credentials = ANONYMOUS,
        conversation: str | None = None,
        on_update: Listener | None = None,
        request_id: str | None = None,
        on_session: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        """Calls a tool by its name; see `Tool.call`.

        `request_id` is the caller's own name for the call, if it has a sane one. Raises what is
        wrong with its app if that is down, `DefinitionChanged` for a tool that is refused,
        `InvalidAPIEndpointError` if there is no such tool, and `ConfigurationError` if the toolset
        is not open.
        """
        self.home.check()
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
        space = self._offer.find(name)
        space = space or self._offer.find_away(name, hidden=self._callers is None)
        with self._share(space):
            tool, space = await self._current(name, space, **how)
            with space.called():
                return await tool.call(arguments, **how)

    def _share(self, space: WatchedApp | None) -> AbstractContextManager[None]:
        """A call's place among those to its app; one that is alone may have all there are."""
        if len(self._offer.spaces) == 1:
            return nullcontext()
        return self._limits.to_app(space.source.src if space else "private Spaces")

    async def _current(
        self, name: str, space: WatchedApp | None, **how: Unpack[How]
    ) -> tuple[Tool, WatchedApp]:
        """The tool of that name, and its app. One that was seen down, or is not read yet, is looked
        at first: it may come back as another, and its functions are called by number."""
        credentials, on_update, record = how["credentials"], how["on_update"], how["record"]

        async def tell(sentence: str) -> None:
            if on_update is not None:
                await on_update(Waiting(sentence))

        if space is not None:
            record.space = space.source.src
            await space.admit()
            if not space.current or space.is_repinned(self._pins):
                await space.until_current(tell, DEADLINE)
        space = self._offer.find(name) or await self._callers_space(name, credentials, tell)
        if space is not None and name in space.refused:
            raise DefinitionChanged(space.refused[name].why)
        for tool in space.tools if space else ():
            if space and tool.name == name:
                # Not of a Space that only some may see: figures are for everybody.
                record.known, record.space = name in self.tools, space.source.src
                return tool, space
        self._offer.stir(name)
        raise InvalidAPIEndpointError(f"there is no tool {name!r}")

    async def _callers_space(
        self, name: str, credentials: Credentials, tell: Tell
    ) -> WatchedApp | None:
        """The one among those that only some may see, if this caller may."""
        for source in self._offer.hidden():
            if self._callers and credentials.hf_token and source.may_name(name):
                found = await self._callers.current(source, credentials, tell, DEADLINE)
                if found is not None and found.is_repinned(self._pins):
                    found.doubt()
                    found = await self._callers.current(source, credentials, tell, DEADLINE)
                if found is not None and found.has(name):
                    return found
        return None

    def _loader(self, spawn: Spawn) -> Loader:
        approach = Approach(
            http=self._http,
            credentials=self._credentials,
            waking_seconds=WAKING_SECONDS,
            spawn=spawn,
        )
        return Loader(
            approach=approach,
            selection=self._selection,
            sessions=self._sessions,
            files=self._files,
            logins=self._auth,
            descriptions=self._descriptions,
            pins=self._pins,
        )

    async def _tell_change(self) -> None:
        for tell in self._on_change:
            await tell()
