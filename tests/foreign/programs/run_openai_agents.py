"""An agent of openai-agents with our tools, whose model says what it is told to.

run_openai_agents.py URL | run_openai_agents.py COMMAND ARGUMENT…
"""

import asyncio
import json
import re
import sys

from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

CALLS = [("ks_echo_text", {"x": "hi"}), ("ks_file_out", {})]


def server_of(target):
    if target[0].startswith("http"):
        return MCPServerStreamableHttp({"url": target[0]}, client_session_timeout_seconds=60)
    command = {"command": target[0], "args": target[1:]}
    return MCPServerStdio(command, client_session_timeout_seconds=60)


class Scripted(Model):
    """Calls the tools in turn; its last word is what they gave."""

    def __init__(self):
        self.offered = []

    async def get_response(self, system_instructions, input, model_settings, tools, *_, **__):
        self.offered = sorted(tool.name for tool in tools)
        given = [item["output"] for item in input if item.get("type") == "function_call_output"]
        if len(given) < len(CALLS):
            name, arguments = CALLS[len(given)]
            said = ResponseFunctionToolCall(
                type="function_call",
                call_id=f"call-{len(given)}",
                name=name,
                arguments=json.dumps(arguments),
            )
        else:
            text = ResponseOutputText(type="output_text", text=json.dumps(given), annotations=[])
            said = ResponseOutputMessage(
                type="message", id="1", role="assistant", status="completed", content=[text]
            )
        return ModelResponse(output=[said], usage=Usage(), response_id=None)

    def stream_response(self, *_, **__):
        raise NotImplementedError


def uri_in(value):
    return re.search(r'space-tools://files/[^"]+', json.dumps(value))[0]


async def main(target):
    model = Scripted()
    async with server_of(target) as server:
        agent = Agent(name="tester", model=model, mcp_servers=[server])
        config = RunConfig(tracing_disabled=True)
        ran = await Runner.run(agent, "go", run_config=config)
        given = json.loads(ran.final_output)
        uri = uri_in((await server.call_tool("ks_file_out", {})).structuredContent)
        read = (await server.read_resource(uri)).contents[0].text
    print(json.dumps({"names": model.offered, "given": given, "read": read}))


asyncio.run(main(sys.argv[1:]))
