"""Tells clients that tools or files have changed: modern ones listen, legacy ones are told."""

from collections import OrderedDict
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

from space_tools.credentials import ANYONE
from space_tools.server.callers import Caller, Context, is_modern

LISTENING, LISTENING_OF_ANYONE = 100, 1000
"""Streams that one caller can listen to, and those together who are nobody in particular."""

TELL_SECONDS = 5.0
"""Seconds in which a client takes what it is told; one that does not is told no more."""

SESSIONS = 10_000
"""Legacy sessions of one caller that are told of changes; the SDK has no more at once."""


@dataclass(slots=True)
class _Seen:
    """What a legacy session has seen, and so will want to hear of."""

    tools: ServerSession | None = None
    files: ServerSession | None = None

    async def tell_of_tools(self) -> None:
        if self.tools and not await _tell(self.tools.send_tool_list_changed):
            self.tools = None

    async def tell_of_files(self) -> None:
        if self.files and not await _tell(self.files.send_resource_list_changed):
            self.files = None


@dataclass(slots=True)
class _Audience:
    """One caller's clients: the modern ones at the `bus`, the legacy ones by conversation."""

    serve: ListenHandler
    bus: InMemorySubscriptionBus
    listening: int = 0
    seen: OrderedDict[str, _Seen] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, owner: str) -> "_Audience":
        bus = InMemorySubscriptionBus()
        most = LISTENING_OF_ANYONE if owner == ANYONE else LISTENING
        return cls(ListenHandler(bus, max_subscriptions=most), bus)


class Announcer:
    """Knows who is to be told of what; of its files, only their owner."""

    def __init__(self) -> None:
        self._audiences: dict[str, _Audience] = {}

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
        audience = self._audience(caller.principal)
        audience.listening += 1
        try:
            return await audience.serve(context, params)
        finally:
            audience.listening -= 1
            self._leave(caller.principal)

    async def announce(self) -> None:
        """The tools are others now."""
        async with anyio.create_task_group() as task_group:
            for audience in list(self._audiences.values()):
                await audience.bus.publish(ToolsListChanged())
                for seen in audience.seen.values():
                    task_group.start_soon(seen.tell_of_tools)

    async def announce_files(self, owner: str) -> None:
        """There are new files of that owner; those of nobody in particular are never listed."""
        audience = self._audiences.get(owner)
        if audience is None or owner == ANYONE:
            return
        async with anyio.create_task_group() as task_group:
            await audience.bus.publish(ResourcesListChanged())
            for seen in audience.seen.values():
                task_group.start_soon(seen.tell_of_files)

    def _session(self, context: Context, caller: Caller) -> _Seen | None:
        if is_modern(context) or caller.conversation is None:
            return None
        sessions = self._audience(caller.principal).seen
        if caller.conversation not in sessions and len(sessions) >= SESSIONS:
            sessions.popitem(last=False)
        return sessions.setdefault(caller.conversation, _Seen())

    def _audience(self, owner: str) -> _Audience:
        return self._audiences.get(owner) or self._audiences.setdefault(owner, _Audience.of(owner))

    def _leave(self, owner: str) -> None:
        audience = self._audiences.get(owner)
        if audience is not None and not audience.listening and not audience.seen:
            del self._audiences[owner]


async def _tell(send: Callable[[], Awaitable[Any]]) -> bool:
    """Whether the client is still there to be told, and listens."""
    try:
        with anyio.fail_after(TELL_SECONDS):
            await send()
    except (TimeoutError, anyio.ClosedResourceError, anyio.BrokenResourceError):
        return False
    return True
