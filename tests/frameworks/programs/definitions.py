"""Definitions of every recorded tool, judged by the packages of a framework."""

import json
import sys
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from space_tools.tools.adapters import langchain, openai_agents, pydantic_ai, smolagents
from space_tools.tools.adapters.anthropic import to_definition
from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.openai import FORMS, to_function
from space_tools.tools.tool import Tool
from tests.frameworks.programs.recorded_tools import recorded_tools


def openai(tools: list[Tool]) -> int:
    from openai.types.chat import ChatCompletionToolParam
    from openai.types.responses import FunctionToolParam
    from pydantic import TypeAdapter

    forms = {"chat": ChatCompletionToolParam, "responses": FunctionToolParam}
    for api, shape in forms.items():
        judge = TypeAdapter(shape)
        for tool in tools:
            for strict in (False, True):
                definition = FORMS[api].definition(to_function(tool, strict=strict))
                assert judge.validate_python(definition, strict=True) == definition
    return agents(tools)


def agents(tools: list[Tool]) -> int:
    from agents.strict_schema import ensure_strict_json_schema

    strict = [to_function(tool, strict=True) for tool in tools]
    for function in strict:
        if function["strict"]:
            parameters = function["parameters"]
            assert ensure_strict_json_schema(deepcopy(parameters)) == parameters
    return len(openai_agents.build(calls(tools), strict=True))


def anthropic(tools: list[Tool]) -> int:
    from anthropic.types import ToolParam
    from pydantic import TypeAdapter

    judge = TypeAdapter(ToolParam)
    for definition in map(to_definition, tools):
        assert judge.validate_python(definition, strict=True) == definition
    return len(tools)


def for_langchain(tools: list[Tool]) -> int:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    made = langchain.build(calls(tools))
    for tool in made:
        function = convert_to_openai_tool(tool)["function"]
        assert function["name"] == tool.name
        assert function["parameters"]["properties"].keys() == tool.args.keys()
    return len(made)


def for_smolagents(tools: list[Tool]) -> int:
    from smolagents.models import get_tool_json_schema

    made = smolagents.build(calls(tools))
    for tool in made:
        compile(f"{tool.to_code_prompt()}\n    pass", tool.name, "exec")
        function = get_tool_json_schema(tool)["function"]
        assert function["parameters"]["properties"].keys() == tool.inputs.keys()
    return len(made)


def for_pydantic_ai(tools: list[Tool]) -> int:
    from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer

    made = pydantic_ai.build(calls(tools)).tools.values()
    for tool in made:
        schema = deepcopy(tool.tool_def.parameters_json_schema)
        assert OpenAIJsonSchemaTransformer(schema, strict=None).walk()["type"] == "object"
    return len(made)


def calls(tools: list[Tool]) -> Calls:
    """Nobody's, of tools that are not called."""
    toolset: Any = tools
    return Calls(toolset=toolset)


JUDGES: dict[str, Callable[[list[Tool]], int]] = {
    "openai": openai,
    "anthropic": anthropic,
    "langchain": for_langchain,
    "smolagents": for_smolagents,
    "pydantic_ai": for_pydantic_ai,
}


if __name__ == "__main__":
    tools = recorded_tools()
    print(json.dumps({"tools": len(tools), "taken": JUDGES[sys.argv[1]](tools)}))
