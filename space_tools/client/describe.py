"""What an app offers, in Python's terms: as a dict, and as text to read and to paste from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from space_tools.credentials import Credentials
from space_tools.errors import ProtocolError, SpaceToolsError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import AppInfo, Endpoint, Parameter, Return
from space_tools.gradio.discovery import MAX_DESCRIPTION
from space_tools.schema.components import component_of
from space_tools.schema.repair import repair_schema
from space_tools.schema.text import clean, one_line, visible_json

INTERNAL = ("code_snippets", "api_visibility", "show_api")
"""What `/info` says of an endpoint for others than its callers."""

LONGEST_VALUE = 80
"""Characters that a default may have in the text."""

LONGEST_EXAMPLE = 2000
"""Characters that a value may have in a call; one that is longer is left to the reader."""

LONGEST_TYPE = 1000
"""Characters that a type may have."""

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

    def types_of(self, endpoint: Endpoint) -> tuple[list[str], list[str]]:
        """The Python types of an endpoint's parameters and returns, as the app has them."""
        section, key = "named_endpoints", endpoint.name
        if not key:
            section, key = "unnamed_endpoints", str(endpoint.fn_index)
        told = self.endpoints[section].get(key, {})
        return (
            _types(endpoint.parameters, told.get("parameters")),
            _types(endpoint.returns, told.get("returns")),
        )


def _types(values: Sequence[Parameter | Return], told: Any) -> list[str]:
    if not isinstance(told, list) or len(told) != len(values):
        return [python_type(value) for value in values]
    return [_type(value, said) for value, said in zip(values, told, strict=True)]


def _type(value: Parameter | Return, told: Any) -> str:
    """The app's word for it, unless the choices are known, which that word has as texts."""
    given = told.get("python_type") if isinstance(told, Mapping) else None
    text = given.get("type") if isinstance(given, Mapping) else None
    if not isinstance(text, str) or not text or "Literal[" in python_type(value):
        return python_type(value)
    return one_line(text, LONGEST_TYPE)


async def fetch_description(app: GradioApp, credentials: Credentials) -> Description:
    """The app's own, else one made from its configuration."""
    try:
        info = await _fetch(app, f"{app.api}/info", credentials)
    except SpaceToolsError:
        info = None
    sections = ("named_endpoints", "unnamed_endpoints")
    if not isinstance(info, dict) or not all(isinstance(info.get(s), dict) for s in sections):
        return Description(_made(app.info))
    return Description({section: _callable(info[section]) for section in sections})


async def fetch_config(app: GradioApp, credentials: Credentials) -> dict[str, Any]:
    """An app's `/config`. Raises `ProtocolError` if it has none any more, and as requests do."""
    config = await _fetch(app, f"{app.address}/config", credentials)
    if not isinstance(config, dict):
        raise ProtocolError(f"{app.address} does not describe itself any more")
    return config


async def _fetch(app: GradioApp, url: str, credentials: Credentials) -> Any:
    """The JSON that an app answers with, or `None` if it has nothing there."""
    headers = app.headers_for(credentials)
    reply = await app.http.request("GET", url, headers=headers, limit=MAX_DESCRIPTION)
    return reply.json() if reply.status == 200 else None


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


def describe(info: AppInfo, url: str, description: Description, *, everything: bool | None) -> str:
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
        lines += ["", *_describe_endpoint(endpoint, description)]
    if unnamed:
        lines += ["", f"Unnamed API endpoints: {len(unnamed)}"]
    if everything or (everything is None and not named):
        for endpoint in unnamed:
            lines += ["", *_describe_endpoint(endpoint, description)]
    return "\n".join(lines) + "\n"


def _describe_endpoint(endpoint: Endpoint, description: Description) -> Iterator[str]:
    taken, given = description.types_of(endpoint)
    yield f" {one_line(endpoint.name) or endpoint.fn_index}"
    if text := clean(endpoint.description):
        yield from (f"    {line}" for line in text.splitlines())
    yield f"    client.predict({_call(endpoint)})"
    if endpoint.oauth_token:
        yield f"    It acts in your name: `oauth_token` is {endpoint.oauth_token}."
    yield "    Parameters:" if endpoint.parameters else "    Parameters: none"
    for parameter, kind in zip(endpoint.parameters, taken, strict=True):
        yield f"      {one_line(parameter.name)}: {kind} {_default(parameter)}{_from(parameter)}"
    yield "    Returns:" if endpoint.returns else "    Returns: none"
    for returned, kind in zip(endpoint.returns, given, strict=True):
        yield f"      {kind}{_from(returned)}"


def _default(parameter: Parameter) -> str:
    if not parameter.has_default:
        return "(required)"
    return f"= {_shortened(_literal(parameter.default))}"


def _from(value: Parameter | Return) -> str:
    label = one_line(value.label)
    return f"  [{one_line(value.component)}{f' {label!r}' if label else ''}]"


def _call(endpoint: Endpoint) -> str:
    """The arguments of a call that can be pasted: what must be given, as in the app's example."""
    needed = [parameter for parameter in endpoint.parameters if not parameter.has_default]
    given = [f"{one_line(parameter.name)}={_example(parameter)}" for parameter in needed]
    which = f"api_name={endpoint.name!r}" if endpoint.name else f"fn_index={endpoint.fn_index}"
    return ", ".join([*given, which])


def _example(parameter: Parameter) -> str:
    text = _literal(parameter.example)
    return text if len(text) <= LONGEST_EXAMPLE else "..."


def _literal(value: Any) -> str:
    """A value as Python writes it, files as `handle_file` makes them."""
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if not isinstance(value, Mapping):
        return repr(visible_json(value))
    if isinstance(value.get("path"), str):
        url = value.get("url")
        return f"handle_file({visible_json(url if isinstance(url, str) else value['path'])!r})"
    items = (f"{visible_json(key)!r}: {_literal(item)}" for key, item in value.items())
    return f"{{{', '.join(items)}}}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
