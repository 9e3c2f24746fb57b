"""The MCP SDK in front of the floor: the least that any MCP server built on it can cost.

Run as `python -m benchmarks.sdk_server URL [--transport http --port 0]`; serves the two echoes as
`t_echo` and `t_echo_direct`, the names that `space-tools serve --space t=URL` gives them.
"""

import argparse
import asyncio
import socket
import sys

import mcp_types as types
import uvicorn
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from benchmarks.floor import Floor

PREFIX = "t_"
ECHO_SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


def build_server(floor: Floor) -> Server:
    """A server with one tool for each echo, each call of which is one call of `floor`."""
    names = (f"{PREFIX}echo", f"{PREFIX}echo_direct")
    listing = types.ListToolsResult(
        tools=[types.Tool(name=name, input_schema=ECHO_SCHEMA) for name in names]
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


async def serve_stdio(server: Server) -> None:
    """Serve until the client is gone."""
    async with stdio_server() as (read_stream, write_stream):
        await server.run(read_stream, write_stream, server.create_initialization_options())


async def serve_http(server: Server) -> None:
    """Serve as the SDK and uvicorn do by themselves, until told to stop; says where on stderr."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    config = uvicorn.Config(server.streamable_http_app(), http="h11", log_level="error")
    await uvicorn.Server(config).serve([listening])


async def main() -> None:
    """Serve the echoes of one app."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--transport", choices=["stdio", "http"], default="stdio")
    parser.add_argument("--port", help="any that is free is taken")
    options = parser.parse_args()
    floor = Floor(options.url)
    await floor.start()
    serve = serve_http if options.transport == "http" else serve_stdio
    await serve(build_server(floor))
    await floor.stop()


if __name__ == "__main__":
    asyncio.run(main())
