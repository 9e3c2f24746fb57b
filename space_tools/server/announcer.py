"""Tells clients that the list of tools has changed: modern ones listen, legacy ones are told."""

from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ToolsListChanged
from mcp_types.version import MODERN_PROTOCOL_VERSIONS


class Announcer:
    """One for each stdio connection. `bus` is what modern clients subscribe to."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._legacy: ServerSession | None = None

    def remember(self, context: ServerRequestContext[Any, Any]) -> None:
        """A legacy client has seen the list, so it will want to hear of changes."""
        if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            self._legacy = context.session

    async def announce(self) -> None:
        """The tools are others now."""
        await self.bus.publish(ToolsListChanged())
        if self._legacy is not None:
            try:
                await self._legacy.send_tool_list_changed()
            except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                self._legacy = None
