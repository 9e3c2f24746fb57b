"""Questions about JSON values that Python's own operators answer differently (`1 == True`)."""

import sys
from collections.abc import Mapping
from typing import Any, TypeGuard

from space_tools.schema.text import visible_json

MOST_CHOICES = 1000
"""Choices that a schema lists; a model is not helped by more, and a list of them takes for ever."""

JSONSchema = dict[str, Any]

ANY_TYPES = ("object", "array", "string", "number", "boolean", "null")

# Up to here, a float holds every whole number.
LARGEST_EXACT = 2**53

_MAX_DEPTH = 32
_LARGEST = sys.float_info.max
_TYPE_NAMES = {str: "string", float: "number", list: "array", tuple: "array", type(None): "null"}


def any_json() -> JSONSchema:
    """The schema of any JSON value, said so that no client takes it for an oversight."""
    return {"type": list(ANY_TYPES)}


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether `value` is a number that JSON can say and a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_LARGEST <= value <= _LARGEST


def is_json(value: object, depth: int = 0) -> bool:
    """Whether `value` is JSON of a sane depth."""
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int | float):
        return is_number(value)
    if depth > _MAX_DEPTH:
        return False
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and is_json(v, depth + 1) for k, v in value.items())
    return isinstance(value, list | tuple) and all(is_json(item, depth + 1) for item in value)


def json_type(value: object) -> str:
    """The JSON Schema type of a JSON value; a float is a "number" even if it is whole."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return _TYPE_NAMES.get(type(value), "object")


def types_of(values: list[Any]) -> str | list[str]:
    """The `type` keyword that a list of JSON values needs."""
    names = list(dict.fromkeys(json_type(value) for value in values))
    if "number" in names and "integer" in names:
        names.remove("integer")
    return names[0] if len(names) == 1 else names


def distinct(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    """The JSON values among `values`, made visible, each once, in order."""
    kept: dict[str, Any] = {}
    for value in values:
        if is_json(value):
            shown = visible_json(value)
            # `2` and `2.0` are one value, `1` and `true` two.
            exact = is_number(shown) and abs(shown) <= LARGEST_EXACT
            kept.setdefault(repr(float(shown)) if exact else repr(shown), shown)
    return list(kept.values())
