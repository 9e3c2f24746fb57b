"""The MCP SDK in front of the floor: the least that any MCP server built on it can cost.

Run as `python -m benchmarks.sdk_server URL`; serves the endpoints that take a text on stdio, under
the names that `space-tools serve --space t=URL` gives them: `t_echo`, `t_echo_direct`, ….
"""

import asyncio
import sys

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from benchmarks.echo_app import DIRECT, QUEUED, TOGETHER
from benchmarks.floor import Floor
from benchmarks.processes import open_many_files

PREFIX = "t_"
ENDPOINTS = (QUEUED, DIRECT, TOGETHER)
ECHO_SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


def build_server(floor: Floor) -> Server:
    """A server with one tool for each of them, each call of which is one call of `floor`."""
    listing = types.ListToolsResult(
        tools=[types.Tool(name=PREFIX + name, input_schema=ECHO_SCHEMA) for name in ENDPOINTS]
    )

    async def list_tools(
        context: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return listing

    async def call_tool(
        context: ServerRequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        text = (params.arguments or {})["text"]
        answer = await floor.call(params.name.removeprefix(PREFIX), text)
        return types.CallToolResult(content=[types.TextContent(type="text", text=answer)])

    return Server("floor", on_list_tools=list_tools, on_call_tool=call_tool)


async def main(url: str) -> None:
    """Serve on stdio until the client is gone."""
    open_many_files()
    floor = Floor(url)
    await floor.start()
    server = build_server(floor)
    async with stdio_server() as (read_stream, write_stream):
        await server.run(read_stream, write_stream, server.create_initialization_options())
    await floor.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
