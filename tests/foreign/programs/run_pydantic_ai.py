"""An agent of pydantic-ai with our tools, whose model says what it is told to.

run_pydantic_ai.py URL | run_pydantic_ai.py COMMAND ARGUMENT…
"""

import asyncio
import json
import re
import sys

from fastmcp.client.transports import StdioTransport, StreamableHttpTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel

CALLS = [("ks_echo_text", {"x": "hi"}), ("ks_file_out", {})]


def transport_of(target):
    if target[0].startswith("http"):
        return StreamableHttpTransport(target[0])
    return StdioTransport(target[0], target[1:])


def uri_in(value):
    return re.search(r'space-tools://files/[^"]+', json.dumps(value))[0]


async def main(target):
    seen = {}

    def scripted(messages, info):
        """Calls the tools in turn; its last word is what they gave."""
        seen["names"] = sorted(tool.name for tool in info.function_tools)
        parts = [part for message in messages for part in message.parts]
        given = [part.content for part in parts if isinstance(part, ToolReturnPart)]
        if len(given) < len(CALLS):
            return ModelResponse(parts=[ToolCallPart(*CALLS[len(given)])])
        return ModelResponse(parts=[TextPart(json.dumps(given, default=repr))])

    toolset = MCPToolset(transport_of(target))
    agent = Agent(FunctionModel(scripted), toolsets=[toolset])
    async with agent:
        given = json.loads((await agent.run("go")).output)
        made = await toolset.client.call_tool("ks_file_out", {})
        [contents] = await toolset.client.read_resource(uri_in(made.structured_content))
    print(json.dumps({**seen, "given": given, "read": contents.text}))


asyncio.run(main(sys.argv[1:]))
