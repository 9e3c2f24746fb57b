"""A toolset as functions of Python, for the many frameworks that read what they can from those."""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any, Literal

from space_tools.schema.json_values import JSONSchema
from space_tools.schema.references import free_name
from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.names import is_identifier, renamed, to_identifier
from space_tools.tools.tool import Tool

TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "object": dict[str, Any],
    "null": None,
}


def build(calls: Calls, *, blocking: bool) -> list[Callable[..., Any]]:
    """A function for each tool that there is now."""
    taken: set[str] = set()
    return [
        _function(calls, tool, free_name(to_identifier(tool.name), taken), blocking=blocking)
        for tool in calls.toolset
    ]


def _function(calls: Calls, tool: Tool, name: str, *, blocking: bool) -> Callable[..., Any]:
    schema, names = renamed(tool.input_schema, is_identifier)
    signature = to_signature(schema)

    def arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if len(args) > len(signature.parameters):
            raise TypeError(f"{name}() takes at most {len(signature.parameters)} arguments")
        # What does not fit is for the call to say, so that a model reads it.
        given = {**dict(zip(signature.parameters, args, strict=False)), **kwargs}
        return {names.get(key, key): value for key, value in given.items()}

    async def call(*args: Any, **kwargs: Any) -> str:
        return (await calls.call(tool.name, arguments(args, kwargs))).text

    def call_blocking(*args: Any, **kwargs: Any) -> str:
        return calls.call_blocking(tool.name, arguments(args, kwargs)).text

    function: Any = call_blocking if blocking else call
    function.__name__ = function.__qualname__ = name
    function.__doc__ = to_docstring(tool.description, schema)
    function.__signature__ = signature
    annotations = {each.name: each.annotation for each in signature.parameters.values()}
    function.__annotations__ = {**annotations, "return": str}
    return function  # type: ignore[no-any-return]


def to_signature(schema: JSONSchema) -> Signature:
    """A schema as parameters, those that are required first. Pure."""
    properties, required = schema.get("properties", {}), schema.get("required", [])
    order = sorted(properties, key=lambda name: name not in required)
    kind = Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        Parameter(name, kind, annotation=to_type(properties[name]))
        if name in required
        else _optional(name, properties[name])
        for name in order
    ]
    return Signature(parameters, return_annotation=str)


def _optional(name: str, schema: JSONSchema) -> Parameter:
    annotation, default = to_type(schema), schema.get("default")
    if default is None and annotation is not Any:
        annotation = annotation | None
    kind = Parameter.POSITIONAL_OR_KEYWORD
    return Parameter(name, kind, annotation=annotation, default=default)


def to_type(schema: JSONSchema) -> Any:
    """A schema as a type of Python, `Any` where there is no simple one. Pure."""
    if "enum" in schema and all(isinstance(value, str) for value in schema["enum"]):
        return Literal[tuple(schema["enum"])]
    kind = schema.get("type")
    if kind == "array":
        return list[to_type(schema.get("items", {}))]  # type: ignore[misc]
    return TYPES.get(kind, Any) if isinstance(kind, str) else Any


def to_docstring(description: str, schema: JSONSchema) -> str:
    """A description, with a line for each parameter in the style of Google's. Pure."""
    properties = schema.get("properties", {})
    if not properties:
        return description
    lines = [
        f"    {name}: {' '.join(each.get('description', '').split())}"
        for name, each in properties.items()
    ]
    return "\n".join([description, "", "Args:", *lines])
