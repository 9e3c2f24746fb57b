"""A toolset for LangChain and LangGraph."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from space_tools.tools.adapters.answers import Answer
from space_tools.tools.adapters.calls import Calls, OnProgress
from space_tools.tools.adapters.frameworks import need
from space_tools.tools.adapters.names import renamed
from space_tools.tools.adapters.schemas import with_items
from space_tools.tools.tool import Tool

PROGRESS = "space_tools_progress"
"""The custom event that says what a call is doing: `{tool, message}`."""

_OWN = {"config", "run_manager", "self"}
"""Arguments that LangChain gives a tool itself, so that a parameter's cannot reach it."""


def build(calls: Calls) -> list[Any]:
    """A `StructuredTool` for each tool that there is now."""
    tools = need("langchain_core.tools", adapter="langchain", install="langchain-core")
    return [_Functions(calls, tool).structured_tool(tools) for tool in calls.toolset]


class _Functions:
    """The two functions that stand for one tool."""

    def __init__(self, calls: Calls, tool: Tool) -> None:
        self._calls = calls
        self._tool = tool
        self._schema, self._names = renamed(
            with_items(tool.input_schema), lambda name: name not in _OWN
        )

    def structured_tool(self, tools: Any) -> Any:
        # Methods, but for their `self`: LangChain looks for names among the parameters.
        async def coroutine(**arguments: Any) -> tuple[Any, Any]:
            return _told(await self._call(arguments), tools.ToolException)

        def func(**arguments: Any) -> tuple[Any, Any]:
            answer = self._calls.call_blocking(self._tool.name, self._own(arguments))
            return _told(answer, tools.ToolException)

        return tools.StructuredTool(
            name=self._tool.name,
            description=self._tool.description,
            args_schema=self._schema,
            func=func,
            coroutine=coroutine,
            response_format="content_and_artifact",
            handle_tool_error=True,
        )

    async def _call(self, arguments: Mapping[str, Any]) -> Answer:
        # Its handlers belong to the loop that it runs on.
        dispatch = _dispatching() if self._calls.toolset.home.is_here else None
        return await self._calls.call(self._tool.name, self._own(arguments), dispatch)

    def _own(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {self._names.get(name, name): value for name, value in arguments.items()}


def _told(answer: Answer, failed: type[Exception]) -> tuple[Any, Any]:
    """(content, artifact). LangChain makes a message with the status `error` of what is raised."""
    if answer.is_error:
        raise failed(answer.text)
    return to_content(answer), dict(answer.structured)


def to_content(answer: Answer) -> str | list[dict[str, Any]]:
    """The content of a `ToolMessage`: text, or text and pictures as LangChain's own blocks."""
    if not answer.pictures:
        return answer.text
    shown = [
        {"type": "image", "base64": b64encode(p.content).decode("ascii"), "mime_type": p.mime_type}
        for p in answer.pictures
    ]
    return [{"type": "text", "text": answer.text}, *shown]


def _dispatching() -> OnProgress:
    """Tells LangChain's callbacks, and so `astream_events`, of progress."""
    callbacks = need("langchain_core.callbacks", adapter="langchain", install="langchain-core")
    runnables = need("langchain_core.runnables", adapter="langchain", install="langchain-core")
    config = runnables.ensure_config()

    async def dispatch(name: str, words: str) -> None:
        event = {"tool": name, "message": words}
        await callbacks.adispatch_custom_event(PROGRESS, event, config=config)

    return dispatch
