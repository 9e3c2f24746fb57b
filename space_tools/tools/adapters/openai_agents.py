"""A toolset for the OpenAI Agents SDK."""

from collections.abc import Awaitable, Callable
from typing import Any

from space_tools.tools.adapters.answers import Answer
from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.frameworks import need
from space_tools.tools.adapters.openai import to_data_url, to_function
from space_tools.tools.tool import Tool


def build(calls: Calls, *, strict: bool) -> list[Any]:
    """A `FunctionTool` for each tool that there is now."""
    agents = need("agents", adapter="openai_agents", install="openai-agents")
    return [_function_tool(agents, calls, tool, strict=strict) for tool in calls.toolset]


def _function_tool(agents: Any, calls: Calls, tool: Tool, *, strict: bool) -> Any:
    function = to_function(tool, strict=strict)
    return agents.FunctionTool(
        name=function["name"],
        description=function["description"],
        params_json_schema=function["parameters"],
        on_invoke_tool=_invoke(agents, calls, tool.name),
        strict_json_schema=function["strict"],
    )


def _invoke(agents: Any, calls: Calls, name: str) -> Callable[[Any, str], Awaitable[Any]]:
    async def invoke(context: Any, arguments: str) -> Any:
        return _told(agents, await calls.call_json(name, arguments))

    return invoke


def _told(agents: Any, answer: Answer) -> Any:
    if not answer.pictures:
        return answer.text
    urls = [to_data_url(picture.mime_type, picture.content) for picture in answer.pictures]
    shown = [agents.ToolOutputImage(image_url=url) for url in urls]
    return [agents.ToolOutputText(text=answer.text), *shown]
