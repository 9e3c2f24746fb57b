"""What an app offers, in Python's terms: as a dict, and as text to read and to paste from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from space_tools.credentials import Credentials
from space_tools.errors import SpaceToolsError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import AppInfo, Endpoint, Parameter, Return
from space_tools.gradio.discovery import MAX_DESCRIPTION
from space_tools.schema.components import component_of
from space_tools.schema.repair import repair_schema
from space_tools.schema.text import clean, one_line, visible_json

INTERNAL = ("code_snippets", "api_visibility", "show_api")
"""What `/info` says of an endpoint for others than its callers."""

LONGEST_VALUE = 80
"""Characters that a default or an example may have in the text."""

PYTHON_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "null": "None",
}


@dataclass(frozen=True, slots=True)
class Description:
    """`endpoints` is `{named_endpoints: {…}, unnamed_endpoints: {…}}`, each endpoint with its
    `parameters` and `returns`, as the app's `/info` has it."""

    endpoints: dict[str, Any]


async def fetch_description(app: GradioApp, credentials: Credentials) -> Description:
    """The app's own, else one made from its configuration."""
    try:
        reply = await app.http.request(
            "GET", f"{app.api}/info", headers=app.headers_for(credentials), limit=MAX_DESCRIPTION
        )
        info = reply.json() if reply.status == 200 else None
    except SpaceToolsError:
        info = None
    sections = ("named_endpoints", "unnamed_endpoints")
    if not isinstance(info, dict) or not all(isinstance(info.get(s), dict) for s in sections):
        return Description(_made(app.info))
    return Description({section: _callable(info[section]) for section in sections})


def _callable(endpoints: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {key: value for key, value in endpoint.items() if key not in INTERNAL}
        for name, endpoint in endpoints.items()
        if isinstance(endpoint, dict)
        and endpoint.get("api_visibility") != "private"
        and endpoint.get("show_api") is not False
    }


def _made(info: AppInfo) -> dict[str, Any]:
    named = [endpoint for endpoint in info.endpoints if endpoint.visibility == "public"]
    return {
        "named_endpoints": {endpoint.name: _made_endpoint(endpoint) for endpoint in named},
        "unnamed_endpoints": {},
    }


def _made_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "parameters": [
            {
                **_made_value(parameter),
                "parameter_name": parameter.name,
                "parameter_has_default": parameter.has_default,
                "parameter_default": parameter.default,
                "example_input": parameter.example,
            }
            for parameter in endpoint.parameters
        ],
        "returns": [_made_value(returned) for returned in endpoint.returns],
        "description": endpoint.description,
    }


def _made_value(value: Parameter | Return) -> dict[str, Any]:
    return {
        "label": value.label,
        "type": dict(value.schema),
        "python_type": {"type": python_type(value), "description": ""},
        "component": value.component.capitalize(),
    }


def python_type(value: Parameter | Return) -> str:
    """The Python type of a parameter or return, as far as the app tells."""
    if component_of(value.component, value.schema).takes_files:
        return "filepath"
    return _type_of(repair_schema(value.schema)[0])


def _type_of(schema: Mapping[str, Any]) -> str:
    values = schema.get("enum")
    if isinstance(values, list) and values:
        return f"Literal[{_shortened(', '.join(repr(visible_json(value)) for value in values))}]"
    kinds = schema.get("type")
    named = [kinds] if isinstance(kinds, str) else kinds or []
    if not named or len(named) > 3:
        return "Any"
    items = schema.get("items")
    inner = f"[{_type_of(items)}]" if isinstance(items, Mapping) else ""
    return " | ".join(
        PYTHON_TYPES.get(kind, "Any") + (inner if kind == "array" else "") for kind in named
    )


def describe(info: AppInfo, url: str, *, everything: bool | None) -> str:
    """The app's public endpoints as text; with `everything` also those without a name.

    `None` shows those without a name only if there are no others.
    """
    named = [endpoint for endpoint in info.endpoints if endpoint.visibility == "public"]
    unnamed = [endpoint for endpoint in info.endpoints if not endpoint.name]
    lines = [
        f"{one_line(info.title) or 'Gradio app'} at {url} (Gradio {one_line(info.version)})",
        f"Named API endpoints: {len(named)}",
    ]
    for endpoint in named:
        lines += ["", *_describe_endpoint(endpoint)]
    if unnamed:
        lines += ["", f"Unnamed API endpoints: {len(unnamed)}"]
    if everything or (everything is None and not named):
        for endpoint in unnamed:
            lines += ["", *_describe_endpoint(endpoint)]
    return "\n".join(lines) + "\n"


def _describe_endpoint(endpoint: Endpoint) -> Iterator[str]:
    yield f" {one_line(endpoint.name) or endpoint.fn_index}"
    if text := clean(endpoint.description):
        yield from (f"    {line}" for line in text.splitlines())
    yield f"    client.predict({_call(endpoint)})"
    if endpoint.oauth_token:
        yield f"    It acts in your name: `oauth_token` is {endpoint.oauth_token}."
    yield "    Parameters:" if endpoint.parameters else "    Parameters: none"
    for parameter in endpoint.parameters:
        default = f"= {_literal(parameter.default)}" if parameter.has_default else "(required)"
        shown = f"{one_line(parameter.name)}: {python_type(parameter)} {default}"
        yield f"      {shown}{_from(parameter)}"
    yield "    Returns:" if endpoint.returns else "    Returns: none"
    for returned in endpoint.returns:
        yield f"      {python_type(returned)}{_from(returned)}"


def _from(value: Parameter | Return) -> str:
    label = one_line(value.label)
    return f"  [{one_line(value.component)}{f' {label!r}' if label else ''}]"


def _call(endpoint: Endpoint) -> str:
    """The arguments of a call that can be pasted: what must be given, as in the app's example."""
    needed = [parameter for parameter in endpoint.parameters if not parameter.has_default]
    given = [f"{one_line(parameter.name)}={_literal(parameter.example)}" for parameter in needed]
    which = f"api_name={endpoint.name!r}" if endpoint.name else f"fn_index={endpoint.fn_index}"
    return ", ".join([*given, which])


def _literal(value: Any) -> str:
    """A value as Python writes it, files as `handle_file` makes them."""
    if isinstance(value, Mapping) and isinstance(value.get("path"), str):
        url = value.get("url")
        return f"handle_file({visible_json(url if isinstance(url, str) else value['path'])!r})"
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return f"[{', '.join(_literal(item) for item in value)}]"
    text = repr(visible_json(value))
    return text if len(text) <= LONGEST_VALUE else _shortened(text)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
