"""A toolset for smolagents, whose agents call tools as functions of Python, and wait for them."""

from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from space_tools.errors import SpaceToolsError
from space_tools.files.long_values import STRUCTURED_LIMIT
from space_tools.files.media import PICTURES
from space_tools.schema.components import component_of
from space_tools.schema.json_values import JSONSchema
from space_tools.schema.outputs import OutputFile
from space_tools.schema.references import free_name
from space_tools.schema.shortening import weigh
from space_tools.tools.adapters.answers import Answer
from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.frameworks import need
from space_tools.tools.adapters.names import is_identifier, renamed, to_identifier
from space_tools.tools.adapters.schemas import with_items
from space_tools.tools.tool import Tool

INPUT_KEYWORDS = (
    "additionalProperties",
    "default",
    "enum",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "pattern",
    "properties",
    "required",
)
"""What of a parameter's schema is given on beside its type and description."""

PLAIN = ("string", "boolean", "integer", "number", "array")
"""Types of outputs that smolagents knows as they are; an object may be a picture."""


def build(calls: Calls) -> list[Any]:
    """An instance of its own subclass of `smolagents.Tool` for each tool that there is now."""
    framework = need("smolagents", adapter="smolagents", install="smolagents")
    unseen = replace(calls, inline_limit=0)  # its agents show pictures in their own way
    taken: set[str] = set()
    return [
        _tool_class(framework, unseen, tool, free_name(to_identifier(tool.name), taken))()
        for tool in calls.toolset
    ]


def _tool_class(framework: Any, calls: Calls, tool: Tool, name: str) -> Any:
    schema, names = renamed(with_items(tool.input_schema), is_identifier)
    outputs = to_outputs(tool, in_conversation=calls.conversation is not None)
    only = next(iter(outputs)) if len(outputs) == 1 else None
    members = {
        "name": name,
        "description": tool.description,
        "inputs": to_inputs(schema, {new for new, own in names.items() if _takes_file(tool, own)}),
        "output_type": "object" if only is None else to_output_type(outputs[only]),
        "output_schema": None if only else {"type": "object", "properties": outputs},
        "forward": _forward(framework, calls, tool.name, names, only),
        "skip_forward_signature_validation": True,
    }
    return type("SpaceTool", (framework.Tool,), members)


def to_outputs(tool: Tool, *, in_conversation: bool) -> dict[str, JSONSchema]:
    """The schema of each output, and of the `session` where the agent has to pass that on."""
    named = [*tool.outputs.names, *([] if in_conversation else ["session"])]
    if not tool.endpoint.stateful:
        named = list(tool.outputs.names)
    return {name: each for name, each in tool.output_schema["properties"].items() if name in named}


def _forward(
    framework: Any, calls: Calls, name: str, names: Mapping[str, str], only: str | None
) -> Callable[..., Any]:
    def forward(_: Any, *args: Any, **kwargs: Any) -> Any:
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        arguments = {names.get(key, key): to_argument(value) for key, value in given.items()}
        answer = calls.call_blocking(name, arguments)
        if answer.is_error:
            raise SpaceToolsError(answer.text)
        return _shown(framework, calls, to_value(answer, only))

    return forward


def _shown(framework: Any, calls: Calls, value: Any) -> Any:
    """A picture as smolagents has them; it knows its URI, so that another tool can be given it."""
    if not (isinstance(value, OutputFile) and value.get("mime_type") in PICTURES):
        return value
    content = calls.read_blocking(value.get("uri", ""))
    if content is None:
        return value
    image = framework.AgentImage(content)
    image.uri = value["uri"]
    return image


def to_value(answer: Answer, only: str | None) -> Any:
    """What the agent's code gets: the one output there is, else all by name; never too much."""
    structured = answer.structured
    alone = only is not None and structured.keys() == {only}
    value = structured[only or ""] if alone else dict(structured)
    return value if weigh(value, STRUCTURED_LIMIT + 1) <= STRUCTURED_LIMIT else answer.text


def to_argument(value: Any) -> Any:
    """A value of the agent's code as JSON: pictures, and files of results, as what they are of."""
    if isinstance(uri := getattr(value, "uri", None), str):
        return uri
    if isinstance(value, OutputFile):
        return value.get("uri") or value.get("url")
    if isinstance(value, list | tuple):
        return [to_argument(item) for item in value]
    if isinstance(value, dict):
        return {key: to_argument(item) for key, item in value.items()}
    return _encoded(value) if hasattr(value, "getbands") else value


def _encoded(picture: Any) -> str:
    """A picture of Pillow's as a `data:` URL."""
    encoded = BytesIO()
    raw = picture.to_raw() if hasattr(picture, "to_raw") else picture
    raw.save(encoded, format="PNG")
    return f"data:image/png;base64,{b64encode(encoded.getvalue()).decode('ascii')}"


def to_inputs(schema: JSONSchema, files: Collection[str]) -> dict[str, dict[str, Any]]:
    """A schema as smolagents' `inputs`. Pure.

    `type` is a JSON type, a list of some, or `any`, which a model is told is a string; so are
    `files`, since an agent's code may give a picture for one. What refers elsewhere, or has
    alternatives, is reduced to its types.
    """
    required = schema.get("required", [])
    return {
        name: {
            **{key: each[key] for key in INPUT_KEYWORDS if key in each and not _refers(each[key])},
            "type": "any" if name in files and each.get("type") == "string" else _type(each),
            "description": each.get("description", name),
            **({} if name in required else {"nullable": True}),
        }
        for name, each in schema.get("properties", {}).items()
    }


def _refers(value: Any) -> bool:
    if isinstance(value, dict):
        return "$ref" in value or any(map(_refers, value.values()))
    return isinstance(value, list) and any(map(_refers, value))


def _type(schema: JSONSchema) -> str | list[str]:
    types = list(dict.fromkeys(_types(schema)))
    if not types or "any" in types:
        return "any"
    return types[0] if len(types) == 1 else types


def _types(schema: Any) -> Iterator[str]:
    if "type" in schema:
        yield from [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    elif alternatives := schema.get("anyOf") or schema.get("oneOf"):
        for each in alternatives:
            yield from _types(each)
    else:
        yield "any"


def to_output_type(schema: JSONSchema) -> str:
    """What smolagents calls the type of the only output. Pure."""
    found = schema.get("type")
    return found if found in PLAIN else "any"


def _takes_file(tool: Tool, name: str) -> bool:
    parameter = tool.inputs.parameters.get(name)
    return parameter is not None and (
        component_of(parameter.component, parameter.schema).takes_files
    )
