"""A toolset that can also find, describe and call any Space, by three tools of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, Unpack

from space_tools.config import SpaceSettings
from space_tools.config.values import suggest
from space_tools.credentials import Credentials
from space_tools.errors import (
    AuthenticationError,
    CallError,
    DefinitionChanged,
    InvalidAPIEndpointError,
    TooManyCalls,
    ValidationError,
)
from space_tools.gradio.messages import Log
from space_tools.hub.search import search_spaces
from space_tools.schema.arguments import bind_arguments
from space_tools.schema.text import one_line
from space_tools.tools.derived import Derived
from space_tools.tools.offered import CALL, DESCRIBE, SEARCH, Offered, own_tools
from space_tools.tools.showing import show_endpoint, show_endpoints
from space_tools.tools.tool import How, Tool
from space_tools.tools.toolset import Toolset
from space_tools.tools.visits import VisitedSpace, Visits, to_space_id
from space_tools.tools.watched import NO_DOUBT, WatchedApp

MOST_LISTS = 1000
"""Lists of tools that are kept, of callers who have tools of their own."""

LONG_LIST = 40
"""Configured tools from which on they are not listed, but found like those of any Space: lists
that are longer make models choose badly, and some hosts refuse them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One call of one of the three tools: its arguments, and who makes it."""

    given: Mapping[str, Any]
    how: How

    @property
    def credentials(self) -> Credentials:
        return self.how["credentials"]

    async def wait(self, sentence: str) -> None:
        """Tells its caller what is waited for."""
        if (on_update := self.how["on_update"]) is not None:
            await on_update(Log(sentence, "info", ""))


class DiscoveringToolset(Toolset):
    """`Toolset` (see there), with tools to search for Spaces, describe them and call them.

    Configured apps can be named by their aliases, too; what was configured for them holds however
    they are named. More than `LONG_LIST` of their tools are reached that way only. No app can have
    a tool that is called as one of the three.
    """

    def __init__(self, spaces: Sequence[str | SpaceSettings] = (), **options: Any) -> None:
        super().__init__(spaces, **options)
        self._own = own_tools([space.source.alias for space in self.apps])
        self._runs: Mapping[str, Callable[[_Asked], Awaitable[dict[str, Any]]]] = {
            SEARCH: self._search,
            DESCRIBE: self._describe,
            CALL: self._call_space,
        }
        self.reserve(self._own)
        self._lists = Derived(self._with_own, MOST_LISTS)
        self._visits = Visits(self._http, self._sessions, self._files)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self._visits.__aenter__()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        try:
            await self._visits.__aexit__()
        finally:
            await super().__aexit__(*exc_info)

    @property
    def offered(self) -> Mapping[str, Offered]:
        """The three, and the configured tools unless they are too many."""
        return self._lists.of(self.tools)

    async def offered_to(self, credentials: Credentials) -> Mapping[str, Offered]:
        """The same for one caller; see `tools_for`."""
        return self._lists.of(await self.tools_for(credentials))

    def _with_own(self, tools: Mapping[str, Tool]) -> Mapping[str, Offered]:
        return {**self._own, **(tools if len(tools) <= LONG_LIST else {})}

    async def _call(
        self, name: str, arguments: Mapping[str, Any], **how: Unpack[How]
    ) -> dict[str, Any]:
        if name not in self._runs:
            return await super()._call(name, arguments, **how)
        how["record"].known = True
        given = bind_arguments(self._own[name].input_schema, arguments)
        return await self._runs[name](_Asked(given, how))

    async def _search(self, asked: _Asked) -> dict[str, Any]:
        query, limit = asked.given["query"], asked.given["limit"]
        found = await search_spaces(query, token=asked.credentials.hf_token, limit=limit)
        return {
            "spaces": [
                {
                    "id": space.id,
                    "title": one_line(space.title, 100),
                    "description": one_line(space.description, 300),
                    "likes": space.likes,
                    "hardware": one_line(space.hardware, 40),
                    "zero_gpu": space.zero_gpu,
                }
                for space in found
            ]
        }

    async def _describe(self, asked: _Asked) -> dict[str, Any]:
        space = await self._space(asked)
        if endpoint := asked.given.get("endpoint"):
            shown, note = [show_endpoint(_endpoint(space, endpoint))], ""
        else:
            shown, note = show_endpoints(list(space.tools.values()))
        told = {"space": space.id, "title": one_line(space.title, 100), "zero_gpu": space.zero_gpu}
        return {**told, "endpoints": shown, **({"note": note} if note else {})}

    async def _call_space(self, asked: _Asked) -> dict[str, Any]:
        space = await self._space(asked)
        tool = _endpoint(space, asked.given["endpoint"])
        arguments, how = asked.given["arguments"], asked.how
        how["record"].space = space.id
        try:
            if self.tools.get(tool.name) is tool:
                return await super()._call(tool.name, arguments, **how)
            breaker = self._visits.breaker(space.id, asked.credentials)
            with self._limits.to_app(space.id), breaker.watching():
                return await tool.call(arguments, **how)
        except InvalidAPIEndpointError:  # the app changed just now
            raise ValidationError([f"`endpoint`: {space.id} has it no more"]) from None
        except (CallError, AuthenticationError) as error:
            if not isinstance(error, (*NO_DOUBT, TooManyCalls)):  # it may be down, or another
                self._visits.forget(space.id)
            raise

    async def _space(self, asked: _Asked) -> VisitedSpace:
        """What is configured by that name or id; else the Space of that id."""
        named = asked.given["space"]
        if configured := self._configured(named.strip()):
            return await self._visited(configured)
        space_id = await to_space_id(named, asked.credentials)
        if configured := self._configured(space_id):
            return await self._visited(configured)
        return await self._visits.visit(space_id, asked.credentials, asked.wait)

    def _configured(self, named: str) -> WatchedApp | None:
        def is_meant(space: WatchedApp) -> bool:
            source = space.source
            return named in (source.alias, source.src, source.space_id)

        return next(filter(is_meant, self.apps), None)

    async def _visited(self, watched: WatchedApp) -> VisitedSpace:
        await watched.loaded.wait()
        if not watched.tools:
            watched.check()
        refused = {refused.endpoint: refused.why for refused in watched.refused.values()}
        tools = {tool.endpoint.name: tool for tool in watched.tools}
        first = next(iter(tools.values()), None)
        title = first.app.info.title if first else ""
        zero_gpu = first is not None and first.app.zero_gpu
        return VisitedSpace(watched.source.alias, title, zero_gpu, tools, refused)


def _endpoint(space: VisitedSpace, name: str) -> Tool:
    """Raises `ValidationError` if the Space has none of that name, `DefinitionChanged` if it is
    refused."""
    wanted = "/" + name.strip().strip("/")
    if wanted in space.refused:
        raise DefinitionChanged(space.refused[wanted])
    if wanted not in space.tools:
        known = [one_line(name, 80) for name in space.tools]
        hint = suggest(wanted, known) or f"; {DESCRIBE} tells which there are"
        raise ValidationError([f"`endpoint`: {space.id} has no {one_line(wanted, 80)}{hint}"])
    return space.tools[wanted]
