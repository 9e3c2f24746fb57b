"""A server in this process, with a client at the other end of a pipe made of memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import Client
from mcp.client.extension import ClientExtension
from mcp_types import CallToolResult

from space_tools.config import INLINE_LIMIT
from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.server.announcer import Announcer
from space_tools.server.app import build_server
from space_tools.server.callers import always
from space_tools.tools.toolset import Toolset
from tests.server.stdio_server import ANSWER_DEADLINE, ERAS


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, and the toolset that it reaches."""

    client: Client
    toolset: Toolset

    async def call(self, tool: str, /, **arguments: Any) -> CallToolResult:
        """Calls a tool by its whole name."""
        with anyio.fail_after(ANSWER_DEADLINE):
            return await self.client.call_tool(tool, arguments)

    async def names(self) -> set[str]:
        """The names of the tools that are listed now."""
        listed = await self.client.list_tools(cache_mode="refresh")
        return {tool.name for tool in listed.tools}


@asynccontextmanager
async def connect(
    spaces: Sequence[str],
    *,
    era: str,
    wait: float = 0,
    credentials: Credentials = ANONYMOUS,
    inline_limit: int = INLINE_LIMIT,
    kind: type[Toolset] = Toolset,
    max_wait: float | None = None,
    extensions: Sequence[ClientExtension] = (),
    **options: Any,
) -> AsyncIterator[Connection]:
    """A server of these apps (`ALIAS=URL` each), and a client of that era.

    `credentials` are those that the apps are called with; `options` are the toolset's.
    """
    announcer = Announcer()
    toolset = kind(
        spaces, wait=wait, on_change=announcer.announce, credentials=credentials, **options
    )
    async with toolset:
        server = build_server(
            toolset,
            always(credentials),
            announcer,
            inline_limit=inline_limit,
            max_wait=max_wait,
        )
        async with Client(server, mode=ERAS[era], extensions=extensions) as client:
            yield Connection(client, toolset)
