"""Tells clients that tools or files have changed: modern ones listen, legacy ones are told."""

from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import mcp_types as types
from mcp.server.session import ServerSession
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourcesListChanged,
    ToolsListChanged,
)

from space_tools.server.callers import Caller, Context, is_modern

SESSIONS = 10_000
"""Legacy sessions of one caller that are told of changes; the SDK has no more at once."""


@dataclass(slots=True)
class _Seen:
    """What a legacy session has seen, and so will want to hear of."""

    tools: ServerSession | None = None
    files: ServerSession | None = None


@dataclass(slots=True)
class _Audience:
    """One caller's clients: the modern ones at the `bus`, the legacy ones by conversation."""

    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)
    listening: int = 0
    seen: OrderedDict[str, _Seen] = field(default_factory=OrderedDict)


class Announcer:
    """Knows who is to be told of what; of its files, only their owner."""

    def __init__(self) -> None:
        self._audiences: defaultdict[str, _Audience] = defaultdict(_Audience)

    def remember(self, context: Context, caller: Caller) -> None:
        """A legacy client has seen the list of tools, so it will want to hear of changes."""
        if seen := self._session(context, caller):
            seen.tools = context.session

    def remember_files(self, context: Context, caller: Caller) -> None:
        """The same for the list of resources."""
        if seen := self._session(context, caller):
            seen.files = context.session

    def forget(self, conversation: str) -> None:
        """A legacy session is over."""
        for owner, audience in list(self._audiences.items()):
            if audience.seen.pop(conversation, None):
                self._leave(owner)

    async def listen(
        self, context: Context, caller: Caller, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Serves the stream of changes of one modern client, until it goes."""
        audience = self._audiences[caller.principal]
        audience.listening += 1
        try:
            return await ListenHandler(audience.bus)(context, params)
        finally:
            audience.listening -= 1
            self._leave(caller.principal)

    async def announce(self) -> None:
        """The tools are others now."""
        for audience in list(self._audiences.values()):
            await audience.bus.publish(ToolsListChanged())
            for seen in list(audience.seen.values()):
                if seen.tools and not await _tell(seen.tools.send_tool_list_changed):
                    seen.tools = None

    async def announce_files(self, owner: str) -> None:
        """There are new files of that owner."""
        audience = self._audiences.get(owner)
        if audience is None:
            return
        await audience.bus.publish(ResourcesListChanged())
        for seen in list(audience.seen.values()):
            if seen.files and not await _tell(seen.files.send_resource_list_changed):
                seen.files = None

    def _session(self, context: Context, caller: Caller) -> _Seen | None:
        if is_modern(context) or caller.conversation is None:
            return None
        sessions = self._audiences[caller.principal].seen
        if caller.conversation not in sessions and len(sessions) >= SESSIONS:
            sessions.popitem(last=False)
        return sessions.setdefault(caller.conversation, _Seen())

    def _leave(self, owner: str) -> None:
        audience = self._audiences.get(owner)
        if audience is not None and not audience.listening and not audience.seen:
            del self._audiences[owner]


async def _tell(send: Callable[[], Awaitable[Any]]) -> bool:
    """Whether the client is still there to be told."""
    try:
        await send()
    except (anyio.ClosedResourceError, anyio.BrokenResourceError):
        return False
    return True
