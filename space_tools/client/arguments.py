"""Which endpoint is called, and with what: Python arguments become a call's `data`. Pure.

Values go in as the app's components take them; the app judges them. Only what can be known to
fail is refused here: names, and how many there are.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from space_tools.errors import InvalidAPIEndpointError, ValidationError
from space_tools.gradio.app_info import AppInfo, Endpoint, Parameter
from space_tools.schema.text import one_line

MOST_NAMED = 20
"""Endpoints that an error lists."""


class ArgumentError(ValidationError, TypeError):
    """Arguments that do not fit an endpoint's parameters, as Python has it for functions."""


def choose_endpoint(info: AppInfo, api_name: str | None, fn_index: int | None) -> Endpoint:
    """The endpoint of that name, else of that index, else the app's only one.

    Raises `InvalidAPIEndpointError` if there is none, or if nothing tells which.
    """
    if api_name is not None:
        return _named(info, api_name)
    if fn_index is not None:
        return _indexed(info, fn_index)
    public = [endpoint for endpoint in info.endpoints if endpoint.visibility == "public"]
    if len(public) == 1:
        return public[0]
    raise InvalidAPIEndpointError(f"say which endpoint with `api_name`: {_list(public)}")


def _named(info: AppInfo, api_name: str) -> Endpoint:
    endpoint = info.endpoint(api_name)
    if endpoint is not None and endpoint.visibility != "private":
        return endpoint
    public = [endpoint for endpoint in info.endpoints if endpoint.visibility == "public"]
    close = get_close_matches("/" + api_name.strip("/"), [e.name for e in public], n=1)
    hint = f"did you mean {one_line(close[0])}?" if close else f"it has {_list(public)}"
    raise InvalidAPIEndpointError(f"the app has no endpoint {api_name!r}; {hint}")


def _indexed(info: AppInfo, fn_index: int) -> Endpoint:
    endpoint = next((each for each in info.endpoints if each.fn_index == fn_index), None)
    if endpoint is None:
        raise InvalidAPIEndpointError(f"the app has no function {fn_index} that can be called")
    if endpoint.visibility == "private":
        raise InvalidAPIEndpointError(f"function {fn_index} is private")
    return endpoint


def _list(endpoints: Sequence[Endpoint]) -> str:
    names = [one_line(endpoint.name) for endpoint in endpoints[:MOST_NAMED]]
    more = len(endpoints) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "") or "none that is public"


def bind_arguments(endpoint: Endpoint, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """A call's whole `data`: what is not given keeps its default, hidden inputs their own value.

    Raises `ArgumentError` for too many arguments, unknown or doubled names, and missing ones.
    """
    parameters = endpoint.parameters
    given = {p.name: value for p, value in zip(parameters, args, strict=False)}
    problems = [
        *_too_many(endpoint, args),
        *(f"`{name}` is already given by position" for name in kwargs if name in given),
        *(_unknown(name, parameters) for name in kwargs if not _has(parameters, name)),
    ]
    given |= kwargs
    problems += [
        f"`{p.name}` is missing" for p in parameters if p.name not in given and not p.has_default
    ]
    if problems:
        raise ArgumentError([f"{one_line(endpoint.name) or endpoint.fn_index}: {problems[0]}"])
    data = list(endpoint.template)
    for parameter in parameters:
        if parameter.name in given:
            value = given[parameter.name]
            data[parameter.slot] = {"value": value} if parameter.takes_props else value
    return data


def _too_many(endpoint: Endpoint, args: Sequence[Any]) -> list[str]:
    count = len(endpoint.parameters)
    taken = f"it takes {count} argument{'' if count == 1 else 's'}, not {len(args)}"
    return [taken] if len(args) > count else []


def _has(parameters: Sequence[Parameter], name: str) -> bool:
    return any(parameter.name == name for parameter in parameters)


def _unknown(name: str, parameters: Sequence[Parameter]) -> str:
    names = ", ".join(f"`{one_line(parameter.name)}`" for parameter in parameters)
    return f"there is no parameter `{name}`; there is {names or 'none'}"
