"""Files anywhere inside a value that only its app knows the shape of: custom components, typed
functions. In the schema each shows as a string; in the payload each becomes the app's file object.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

ToFile = Callable[[str, str], Any]

_MAX_DEPTH = 16
# What the file objects of Gradio 4 and later, and of Gradio 3, have in common.
_FILE_PROPERTIES = ({"path", "orig_name"}, {"name", "data", "is_file"})
_ALTERNATIVES = ("anyOf", "oneOf")


def is_file(schema: object) -> bool:
    """Whether a schema is that of one of Gradio's file objects."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping):
        return False
    return any(properties.keys() >= names for names in _FILE_PROPERTIES)


def has_files(schema: Mapping[str, Any]) -> bool:
    """Whether there is a file anywhere in the schema of a whole value."""
    return any(map(is_file, _all(schema, 0)))


def show_files(schema: Any, words: str, depth: int = 0) -> Any:
    """`schema` with a string, described by `words`, for every file in it; all else as it was."""
    if is_file(schema):
        return {"type": "string", "description": words}
    if depth > _MAX_DEPTH or not isinstance(schema, Mapping | list):
        return schema
    if isinstance(schema, list):
        return [show_files(item, words, depth + 1) for item in schema]
    return {key: show_files(item, words, depth + 1) for key, item in schema.items()}


def put_files(value: Any, schema: Mapping[str, Any], file: ToFile) -> Any:
    """`value` with the app's file object for each string where `schema` has a file."""
    definitions = {**_mapping(schema.get("definitions")), **_mapping(schema.get("$defs"))}

    def put(part: Any, raw: Any, where: str, depth: int) -> Any:
        for shape in _shapes(raw, definitions):
            if isinstance(part, str) and is_file(shape):
                return file(part, where)
            inner = _INSIDE.get(type(part))
            if inner is not None and depth <= _MAX_DEPTH:
                part = inner(part, shape, lambda p, r, w: put(p, r, where + w, depth + 1))
        return part

    return put(value, schema, "", 0)


def _shapes(raw: Any, definitions: Mapping[str, Any], depth: int = 0) -> Iterator[Any]:
    """The schemas that a value of `raw` may have, references followed; plain text goes first."""
    schema = _mapping(raw)
    if depth > _MAX_DEPTH:
        return
    if isinstance(schema.get("$ref"), str):
        target = definitions.get(schema["$ref"].rpartition("/")[2])
        yield from _shapes(target, definitions, depth + 1)
        return
    yield schema
    for keyword in _ALTERNATIVES:
        branches = schema.get(keyword)
        for branch in branches if isinstance(branches, list) else ():
            yield from _shapes(branch, definitions, depth + 1)


Put = Callable[[Any, Any, str], Any]


def _in_object(value: dict[str, Any], shape: Mapping[str, Any], put: Put) -> dict[str, Any]:
    properties, other = _mapping(shape.get("properties")), shape.get("additionalProperties")
    return {key: put(item, properties.get(key, other), f".{key}") for key, item in value.items()}


def _in_array(value: list[Any], shape: Mapping[str, Any], put: Put) -> list[Any]:
    prefix = shape.get("prefixItems")
    known = prefix if isinstance(prefix, list) else []
    rest = [shape.get("items")] * max(0, len(value) - len(known))
    items = zip(value, [*known, *rest], strict=False)
    return [put(item, raw, f"[{i}]") for i, (item, raw) in enumerate(items)]


_INSIDE: dict[type, Callable[[Any, Mapping[str, Any], Put], Any]] = {
    dict: _in_object,
    list: _in_array,
}


def _all(schema: Any, depth: int) -> Iterator[Any]:
    yield schema
    if depth <= _MAX_DEPTH and isinstance(schema, Mapping | list):
        for item in schema.values() if isinstance(schema, Mapping) else schema:
            yield from _all(item, depth + 1)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
