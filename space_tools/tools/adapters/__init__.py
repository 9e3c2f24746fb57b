"""A toolset for agent frameworks. A framework is imported when its adapter is called."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

from space_tools.tools.home import Home

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from space_tools.tools.adapters.anthropic import AnthropicTools
    from space_tools.tools.adapters.calls import Calls, Options
    from space_tools.tools.adapters.openai import API, OpenAITools

OnChange = Callable[[], Awaitable[None]]


class Embeddable:
    """What a toolset has for agent frameworks.

    Each adapter takes the same options, all of which may be left out: `credentials`,
    `conversation`, `on_progress` and `inline_limit`; see `Options`. A call that fails is a result
    that says so, never an exception out of an agent's run. Files are told of by their URI, which
    every tool takes for a file, and by their path where they are saved (`output_dir`). Lists of
    tools are those of now; `openai` and `anthropic` always have the present ones.

    An adapter raises `ConfigurationError`, naming what to install, if its framework is not there.
    """

    def __init__(self) -> None:
        self.home = Home()
        self._on_change: list[OnChange] = []

    def __enter__(self) -> Self:
        """Opens it where there is no event loop: it lives in a thread, for blocking agents."""
        self.home.open(cast("Any", self))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.home.close()

    def tell_of_changes(self, on_change: OnChange) -> None:
        """Has `on_change` told whenever tools come, go or change."""
        self._on_change.append(on_change)

    def openai(
        self, *, api: "API" = "chat", strict: bool = False, **options: "Unpack[Options]"
    ) -> "OpenAITools":
        """For OpenAI's Chat Completions (`api="chat"`) or its Responses (`"responses"`).

        `definitions` are for `tools=`, and `await run(response)` gives what to append. `strict`:
        in strict mode, where a tool's schema allows it. Descriptions are cut at 1024 characters,
        and arrays of anything get `items`, as the API wants. It takes 128 tools at once: choose
        with `include`. In Chat Completions, pictures are shown in a message of the user after the
        results; a server that takes none there wants `inline_limit=0`. Needs no package.
        """
        from space_tools.tools.adapters import openai

        return openai.build(self._calls(options), api=api, strict=strict)

    def anthropic(self, **options: "Unpack[Options]") -> "AnthropicTools":
        """For Anthropic's Messages: `definitions` are for `tools=`, and `await run(message)` gives
        what to append. Needs no package."""
        from space_tools.tools.adapters import anthropic

        return anthropic.AnthropicTools(self._calls(options))

    def langchain(self, **options: "Unpack[Options]") -> list[Any]:
        """For LangChain and LangGraph: a list of `StructuredTool`, asynchronous and blocking.

        The content is what the model reads; the artifact is the structured result. Progress is
        the custom event `space_tools_progress`, too. Pictures are shown if there is an
        `inline_limit`, which here is 0 else: Anthropic's models and others can see them in a
        tool's message, but OpenAI's Chat Completions refuse a request with one.
        """
        from space_tools.tools.adapters import langchain

        options.setdefault("inline_limit", 0)
        return langchain.build(self._calls(options))

    def smolagents(self, **options: "Unpack[Options]") -> list[Any]:
        """For smolagents: a list of `Tool`, which block; open the toolset by `with` for that.

        In a program with an event loop, run the agent in a thread: `asyncio.to_thread(agent.run)`.
        A tool with one output returns it, a picture as `AgentImage`; with several, a dict.
        """
        from space_tools.tools.adapters import smolagents

        return smolagents.build(self._calls(options))

    def pydantic_ai(self, **options: "Unpack[Options]") -> Any:
        """For Pydantic AI: a `FunctionToolset`, for `toolsets=[…]` of an agent.

        The metadata of what a tool returns is the structured result.
        """
        from space_tools.tools.adapters import pydantic_ai

        return pydantic_ai.build(self._calls(options))

    def openai_agents(self, *, strict: bool = False, **options: "Unpack[Options]") -> list[Any]:
        """For the OpenAI Agents SDK: a list of `FunctionTool`, schemas as in `openai`."""
        from space_tools.tools.adapters import openai_agents

        return openai_agents.build(self._calls(options), strict=strict)

    def functions(
        self, *, blocking: bool = False, **options: "Unpack[Options]"
    ) -> list[Callable[..., Any]]:
        """For whatever takes functions: one for each tool, with a signature and a docstring.

        They are coroutine functions, or with `blocking` such as can be called where there is no
        event loop, and return what a model is to read, of a call that failed too. A tool itself,
        `await tools.tools[name](**arguments)`, gives the structured result, and raises.
        """
        from space_tools.tools.adapters import functions

        return functions.build(self._calls(options), blocking=blocking)

    def mcp_server(self, **options: "Unpack[Options]") -> "Server[Any]":
        """The tools as a low-level `Server` of the `mcp` package, version 2 or later.

        It serves one caller, that of `credentials`. Progress goes to the MCP client.
        """
        from space_tools.tools.adapters import mcp_server

        return mcp_server.build(self._calls(options))

    def _calls(self, options: "Options") -> "Calls":
        from space_tools.tools.adapters.calls import Calls

        return Calls(toolset=cast("Any", self), **options)
