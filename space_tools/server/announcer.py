"""Tells clients that tools or files have changed: modern ones listen, legacy ones are told."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ResourcesListChanged,
    ToolsListChanged,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS


class Announcer:
    """One for each stdio connection. `bus` is what modern clients subscribe to."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._tools_seen_by: ServerSession | None = None
        self._files_seen_by: ServerSession | None = None

    def remember(self, context: ServerRequestContext[Any, Any]) -> None:
        """A legacy client has seen the list of tools, so it will want to hear of changes."""
        if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            self._tools_seen_by = context.session

    def remember_files(self, context: ServerRequestContext[Any, Any]) -> None:
        """The same for the list of resources."""
        if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            self._files_seen_by = context.session

    async def announce(self) -> None:
        """The tools are others now."""
        await self.bus.publish(ToolsListChanged())
        if (session := self._tools_seen_by) and not await _tell(session.send_tool_list_changed):
            self._tools_seen_by = None

    async def announce_files(self) -> None:
        """There are new files."""
        await self.bus.publish(ResourcesListChanged())
        if (session := self._files_seen_by) and not await _tell(session.send_resource_list_changed):
            self._files_seen_by = None


async def _tell(send: Callable[[], Awaitable[None]]) -> bool:
    """Whether the client is still there to be told."""
    try:
        await send()
    except (anyio.ClosedResourceError, anyio.BrokenResourceError):
        return False
    return True
