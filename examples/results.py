"""Show what an agent gets of each kind of output: calls of a real app, by a real MCP client.

python examples/results.py > examples/results.md
"""

import asyncio
import os
import re
import sys
import tempfile

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent
from results_app import CLIP, OUTPUTS, build

INTRODUCTION = """# What an agent gets

Each kind of output, as `space-tools serve` gives it: the text, then the blocks beside it. The
structured content, which has everything, is left out here. Made by `examples/results.py`.
"""


async def show(url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = ["--space", f"app={url}", "--output-dir", folder]
        command = ["-m", "space_tools", "serve", *options, "--log-level", "warning"]
        server = StdioServerParameters(command=sys.executable, args=command)
        print(INTRODUCTION)
        await call_all(server, folder)


async def call_all(server: StdioServerParameters, folder: str) -> None:
    async with Client(stdio_client(server)) as client:
        for function in OUTPUTS:
            arguments = {"message": "Show me a clip"} if function.__name__ == "chat" else {}
            result = await client.call_tool(f"app_{function.__name__}", arguments)
            print(described(function.__name__, result).replace(folder, "/out"))


def described(name: str, result: CallToolResult) -> str:
    """A result in Markdown, without what is another in each run."""
    texts = [block.text for block in result.content if isinstance(block, TextContent)]
    text = re.sub(r"(space-tools://files/)[\w-]+", r"\1…", "".join(texts))
    if len(text) > 3000:
        text = f"{text[:200]}[…]{text[-200:]}"
    blocks = ", ".join(f"`{block.type}`" for block in result.content)
    return f"## {name}\n\n```text\n{text}\n```\n\nBlocks: {blocks}\n"


if __name__ == "__main__":
    app = build()
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, allowed_paths=[str(CLIP.parent)])
    asyncio.run(show(url))
    app.close(verbose=False)
