"""The MCP SDK in front of the floor: the least that any MCP server built on it can cost.

Run as `python -m benchmarks.sdk_server URL [--transport http --port 0]`; serves the endpoints
of the app by the names that `space-tools serve --space t=URL` gives them, `t_echo` and so on.
"""

import argparse
import asyncio
import socket
import sys
from base64 import b64encode

import mcp_types as types
import uvicorn
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from benchmarks.echo_app import DIRECT, PICTURE, QUEUED, SIZE_OF, TOGETHER
from benchmarks.floor import Floor
from benchmarks.processes import open_many_files

PREFIX = "t_"
ARGUMENTS: dict[str, tuple[str, ...]] = {
    QUEUED: ("text",),
    DIRECT: ("text",),
    TOGETHER: ("text",),
    PICTURE: (),
    SIZE_OF: ("file",),
}
"""What each endpoint takes."""


def build_server(floor: Floor) -> Server:
    """A server with one tool for each endpoint, each call of which is one call of `floor`."""
    listing = types.ListToolsResult(
        tools=[
            types.Tool(name=f"{PREFIX}{name}", input_schema=schema_of(taken))
            for name, taken in ARGUMENTS.items()
        ]
    )

    async def list_tools(
        context: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return listing

    async def call_tool(
        context: ServerRequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return types.CallToolResult(content=[await answer(params)])

    async def answer(params: types.CallToolRequestParams) -> types.ContentBlock:
        name = params.name.removeprefix(PREFIX)
        if name == PICTURE:
            data = b64encode(await floor.picture()).decode()
            return types.ImageContent(type="image", data=data, mime_type="image/png")
        said = await floor.call(name, (params.arguments or {}).get("text", ""))
        return types.TextContent(type="text", text=said)

    return Server("floor", on_list_tools=list_tools, on_call_tool=call_tool)


def schema_of(taken: tuple[str, ...]) -> dict[str, object]:
    """Of the arguments of one endpoint, each a string."""
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in taken},
        "required": list(taken),
        "additionalProperties": False,
    }


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
    open_many_files()
    floor = Floor(options.url)
    await floor.start()
    serve = serve_http if options.transport == "http" else serve_stdio
    await serve(build_server(floor))
    await floor.stop()


if __name__ == "__main__":
    asyncio.run(main())
