"""The least that a server on the MCP SDK can be: one tool, or N, written down. Serves on stdio.

python -m benchmarks.minimal_server [N]
"""

import asyncio
import sys

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

NAMES = [f"echo_{number}" for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1)]
TOOLS = [types.Tool(name=name, input_schema={"type": "object"}) for name in NAMES]


async def list_tools(
    context: ServerRequestContext, params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    return types.ListToolsResult(tools=TOOLS)


async def main() -> None:
    """Serve on stdio until the client is gone."""
    server = Server("minimal", on_list_tools=list_tools)
    async with stdio_server() as (read_stream, write_stream):
        await server.run(read_stream, write_stream, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main())
