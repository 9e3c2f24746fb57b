"""An MCP server of one's own over stdio, with a Gradio app's tools.

    pip install space-tools "mcp>=2"
    python examples/agents/mcp_server.py owner/space

`space-tools serve` does this and more; a program that has a toolset already can serve it so.
"""

import asyncio
import sys

from mcp.server.stdio import stdio_server

from space_tools import Toolset


async def main(app: str) -> None:
    async with Toolset([f"app={app}"]) as tools:
        server = tools.mcp_server()
        async with stdio_server() as (reader, writer):
            await server.run(reader, writer, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
