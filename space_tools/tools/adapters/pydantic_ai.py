"""A toolset for Pydantic AI."""

from collections.abc import Awaitable, Callable
from typing import Any

from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.frameworks import need
from space_tools.tools.adapters.schemas import with_items
from space_tools.tools.tool import Tool


def build(calls: Calls) -> Any:
    """A `FunctionToolset` of the tools that there are now."""
    ai = need("pydantic_ai", adapter="pydantic_ai", install="pydantic-ai-slim")
    toolset = ai.FunctionToolset(id="space-tools")
    for tool in calls.toolset:
        toolset.add_tool(
            ai.Tool.from_schema(
                function=_function(ai, calls, tool),
                name=tool.name,
                description=tool.description,
                json_schema=with_items(tool.input_schema),
            )
        )
    return toolset


def _function(ai: Any, calls: Calls, tool: Tool) -> Callable[..., Awaitable[Any]]:
    # A model that is told why a call failed can make another; ToolFailed, which later versions
    # have, leaves the number of its retries alone.
    failed = getattr(ai, "ToolFailed", ai.ModelRetry)

    async def run(**arguments: Any) -> Any:
        answer = await calls.call(tool.name, arguments)
        if answer.is_error:
            raise failed(answer.text)
        pictures = [ai.BinaryContent(p.content, media_type=p.mime_type) for p in answer.pictures]
        told = [answer.text, *pictures] if pictures else answer.text
        return ai.ToolReturn(return_value=told, metadata=dict(answer.structured))

    return run
