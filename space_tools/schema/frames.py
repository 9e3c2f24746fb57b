"""Tables (Dataframe): the forms in which rows may come, and the one that apps take."""

from collections.abc import Mapping
from typing import Any

from space_tools.gradio.app_info import Parameter
from space_tools.schema.json_values import JSONSchema
from space_tools.schema.text import one_line, visible

_SCALARS = ["string", "number", "boolean", "null"]
_MOST_COLUMNS = 100
# What Gradio calls the kind of a column; all others hold anything.
_TYPES = {"number": ["number", "null"], "bool": ["boolean", "null"]}


def frame(parameter: Parameter) -> JSONSchema:
    """A table: an array of rows, each an array or an object by column; or `{headers, data}`."""
    columns = _columns(parameter)
    cells = {"type": "array", "items": _cell()}
    words = "a table: rows as objects by column or as arrays, or {headers, data}"
    listed = f". Columns: {', '.join(one_line(name, 60) for name in columns)}" if columns else ""
    return {
        "type": ["array", "object"],
        "items": {
            "type": ["object", "array"],
            **({"properties": columns} if columns else {}),
            "additionalProperties": _cell(),
            "items": _cell(),
        },
        "properties": {
            "headers": {"type": "array", "items": _cell()},
            "data": {"type": "array", "items": cells},
            "metadata": {
                "type": ["object", "null"],
                "additionalProperties": {"type": ["array", "null"], "items": cells},
            },
        },
        "required": ["data"],
        "additionalProperties": False,
        "description": words + listed,
    }


def frame_payload(value: Any, parameter: Parameter, file: object) -> Any:
    """`{headers, data, metadata}`, every row as wide as the headers, since apps refuse others.

    Columns without a name get the component's, or 1, 2, 3, …
    """
    rows = value["data"] if isinstance(value, dict) else value
    given = value.get("headers") if isinstance(value, dict) else None
    known = _headers(parameter) if given is None else [str(header) for header in given]
    named = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
    known = known if set(named) <= set(known) else named
    rows = [[row.get(h) for h in known] if isinstance(row, dict) else row for row in rows]
    width = max((len(row) for row in rows), default=len(known))
    width = width if given is None else max(width, len(known))
    columns = known[:width] + [str(i + 1) for i in range(len(known), width)]
    filled = [row + [None] * (width - len(row)) for row in rows]
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return {"headers": columns, "data": filled, "metadata": metadata}


def _headers(parameter: Parameter) -> list[str]:
    headers = parameter.props.get("headers")
    return [str(header) for header in headers] if isinstance(headers, list) else []


def _columns(parameter: Parameter) -> dict[str, JSONSchema]:
    """The columns that an object may have, by name, as far as their names can be shown."""
    kinds = parameter.props.get("datatype")
    listed = kinds if isinstance(kinds, list) else []
    columns = enumerate(_headers(parameter)[:_MOST_COLUMNS])
    return {
        name: {"type": _TYPES.get(str(listed[i]), _SCALARS) if i < len(listed) else _SCALARS}
        for i, name in columns
        if name.strip() and visible(name) == name
    }


def _cell() -> Mapping[str, Any]:
    return {"type": list(_SCALARS)}
