"""FastMCP's client of our tools.

run_fastmcp.py URL | run_fastmcp.py COMMAND ARGUMENT…
"""

import asyncio
import json
import re
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport


def transport_of(target):
    if target[0].startswith("http"):
        return StreamableHttpTransport(target[0])
    return StdioTransport(target[0], target[1:])


def uri_in(value):
    return re.search(r'space-tools://files/[^"]+', json.dumps(value))[0]


async def main(target):
    async with Client(transport_of(target)) as client:
        names = sorted(tool.name for tool in await client.list_tools())
        said = await client.call_tool("ks_echo_text", {"x": "hi"})
        made = await client.call_tool("ks_file_out", {})
        [contents] = await client.read_resource(uri_in(made.structured_content))
    given = [said.structured_content, made.structured_content]
    print(json.dumps({"names": names, "given": given, "read": contents.text}))


asyncio.run(main(sys.argv[1:]))
