"""A Space's endpoints as a model is told of them: in full if there is room, else shorter. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from space_tools.schema.shortening import shorten, weigh
from space_tools.schema.text import one_line
from space_tools.tools.catalogue import RESULT_EXTRAS
from space_tools.tools.offered import DESCRIBE
from space_tools.tools.tool import Tool

ROOM = 24_000
"""Bytes of JSON that the endpoints of one Space have; hosts take two or three times that."""

SHORT_TEXT, SHORT_LIST = 100, 12
"""Characters of a description, and choices of a list, where there is not room for all."""

LONGEST_NAME = 200

Shown = dict[str, Any]


def show_endpoints(tools: Sequence[Tool], room: int = ROOM) -> tuple[list[Shown], str]:
    """The endpoints, all in the same detail, and a note that says what was left out, if anything.

    From some number on, the last ones are only named, or not even that.
    """
    for show in (in_full, in_short):
        shown = [show(tool) for tool in tools]
        if weigh(shown, room + 1) <= room:
            return shown, "" if show is in_full else _more("Descriptions and lists were cut")
    return _first_ones(tools, room)


def show_endpoint(tool: Tool, room: int = ROOM) -> Shown:
    """One endpoint, in full if that is not more than one `room`."""
    shown = in_full(tool)
    return shown if weigh(shown, room + 1) <= room else shorten(in_short(tool), room)


def in_full(tool: Tool) -> Shown:
    """An endpoint with what it takes and gives back, as tools have it."""
    return _shown(tool, lambda schema: schema)


def in_short(tool: Tool) -> Shown:
    """The same with short descriptions and lists, and no examples."""
    return {**_shown(tool, _shorter), "description": _first_line(tool)}


def _shown(tool: Tool, change: Callable[[Any], Any]) -> Shown:
    outputs = tool.output_schema
    # What every result may have is said once, of the tool that calls.
    kept = {"session"} if tool.endpoint.stateful else set()
    extras = [schema for name, schema in RESULT_EXTRAS.items() if name not in kept]
    given = {k: v for k, v in outputs["properties"].items() if v not in extras}
    return {
        "endpoint": tool.endpoint.name,
        "description": tool.description,
        "input_schema": change(tool.input_schema),
        "output_schema": change({**outputs, "properties": given}),
    }


def _shorter(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_shorter(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {key: _shorter_member(key, value) for key, value in schema.items() if key != "examples"}


def _shorter_member(key: str, value: Any) -> Any:
    if key == "description" and isinstance(value, str):
        return one_line(value, SHORT_TEXT)
    if key == "enum" and isinstance(value, list) and len(value) > SHORT_LIST:
        # Not `enum`, which would say that there are no others.
        return [*value[:SHORT_LIST], f"… ({len(value)} in all)"]
    if key == "default":
        return shorten(value, SHORT_TEXT)
    return _shorter(value)


def _first_ones(tools: Sequence[Tool], room: int) -> tuple[list[Shown], str]:
    """What the names of all leave of the room, or at least a quarter of it, is for schemas."""
    names = [_named(tool) for tool in tools]
    spare = max(room - weigh(names, room), room // 4)
    with_schemas = _fitting(map(in_short, tools), spare)
    left = room - weigh(with_schemas, room)
    shown = [*with_schemas, *_fitting(iter(names[len(with_schemas) :]), left)]
    if len(shown) < len(tools):
        return shown, _more(f"Only {len(shown)} of {len(tools)} endpoints are here")
    return shown, _more("What the last ones take was left out")


def _fitting(items: Iterator[Shown], room: int) -> list[Shown]:
    """The first of them that fit."""
    fitting: list[Shown] = []
    for item in items:
        room -= weigh(item, room + 1) + 2
        if room < 0:
            break
        fitting.append(item)
    return fitting


def _named(tool: Tool) -> Shown:
    return {"endpoint": tool.endpoint.name[:LONGEST_NAME], "description": _first_line(tool)}


def _first_line(tool: Tool) -> str:
    """What it does; whose it is, and what it returns, is told otherwise."""
    return one_line(tool.description.partition("\n")[0], SHORT_TEXT)


def _more(said: str) -> str:
    return f"{said}; give {DESCRIBE} an `endpoint` to be told all of that one."
