"""LangChain's tools, called as LangChain calls them: python -m … langchain_tools URL."""

import asyncio
import json
import sys
from importlib.metadata import version
from typing import Any

import langchain_mcp_adapters.client  # noqa: F401 - what wants mcp<2 works beside us
import mcp
from langchain_core.runnables import RunnableLambda

from space_tools import ConfigurationError, Toolset

assert mcp.ClientSession


def tool_call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_call", "id": "1", "name": name, "args": arguments}


async def main(url: str) -> dict[str, Any]:
    async with Toolset([f"app={url}"]) as tools:
        made = {tool.name: tool for tool in tools.langchain(inline_limit=100_000)}
        echo, slider, picture = (made[f"app_{n}"] for n in ("echo_text", "slider", "update_image"))
        failed = await slider.ainvoke(tool_call("app_slider", x=99))
        shown = await picture.ainvoke(tool_call("app_update_image"))
        return {
            "mcp": version("mcp"),
            "awaited": await echo.ainvoke({"x": "awaited"}),
            "threaded": await asyncio.to_thread(echo.invoke, {"x": "threaded"}),
            "blocking": refused(lambda: echo.invoke({"x": "blocking"})),
            "server": refused(tools.mcp_server),
            "failed": [failed.status, failed.content],
            "shown": [block["type"] for block in shown.content],
            "artifact": shown.artifact["Out"]["mime_type"],
            "events": await events(made["app_progress"]),
        }


def refused(call: Any) -> str:
    try:
        call()
    except ConfigurationError as error:
        return str(error)
    return "it was not"


async def events(tool: Any) -> list[str]:
    """What a chain that calls the tool tells of it meanwhile."""

    async def chain(given: dict[str, Any]) -> Any:
        return await tool.ainvoke(given)

    return [
        event["data"]["message"]
        async for event in RunnableLambda(chain).astream_events({"n": 2}, version="v2")
        if event["event"] == "on_custom_event"
    ]


def blocking(url: str) -> list[str]:
    """Without an event loop, and from one that is not the toolset's."""
    with Toolset([f"app={url}"], include=["app/echo_text"]) as tools:
        [echo] = tools.langchain()
        return [echo.invoke({"x": "plain"}), asyncio.run(echo.ainvoke({"x": "other loop"}))]


if __name__ == "__main__":
    print(json.dumps({**asyncio.run(main(sys.argv[1])), "plain": blocking(sys.argv[1])}))
