"""Whether any value satisfies a schema: asked by building one and trying it.

A search that gives up is enough here: a schema for which no value is found is given up for one
that accepts anything.
"""

import math
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from space_tools.schema.json_values import JSONSchema
from space_tools.schema.references import Definitions, target_of
from space_tools.schema.validator import Validator

_MAX_DEPTH = 12
_MAX_CANDIDATES = 24
_MAX_ITEMS = 64
_MAX_CHARACTERS = 10_000

Builder = Callable[[JSONSchema, Definitions, int], Iterator[Any]]


def has_witness(schema: JSONSchema, definitions: Definitions) -> bool:
    """Whether a value that `schema` accepts was found; its references must not loop."""
    validator = Validator(schema, definitions)
    found = islice(_candidates(schema, definitions, 0), _MAX_CANDIDATES)
    return any(validator.accepts(value) for value in found)


def _candidates(schema: JSONSchema, definitions: Definitions, depth: int) -> Iterator[Any]:
    if depth > _MAX_DEPTH:
        return
    if "$ref" in schema:
        yield from _candidates(definitions[target_of(schema)], definitions, depth + 1)
    yield from (schema[key] for key in ("default", "const") if key in schema)
    yield from (*schema.get("enum", ()), *schema.get("examples", ()))
    for branch in chain(schema.get("anyOf", ()), schema.get("allOf", ())):
        yield from _candidates({**branch, **_own(schema)}, definitions, depth + 1)
    types = schema.get("type", ())
    for name in [types] if isinstance(types, str) else types:
        yield from _BUILDERS[name](schema, definitions, depth)


def _own(schema: JSONSchema) -> JSONSchema:
    return {key: value for key, value in schema.items() if key not in ("anyOf", "allOf", "default")}


def _first(schema: JSONSchema, definitions: Definitions, depth: int) -> list[Any]:
    """A value for what is inside another, in a list; nothing in it if none was found."""
    return list(islice(_candidates(schema, definitions, depth + 1), 1))


def _objects(schema: JSONSchema, definitions: Definitions, depth: int) -> Iterator[Any]:
    properties = schema.get("properties", {})
    names = schema.get("required", ())
    found = [_first(properties[name], definitions, depth) for name in names]
    if all(found):
        yield {name: first[0] for name, first in zip(names, found, strict=True)}


def _arrays(schema: JSONSchema, definitions: Definitions, depth: int) -> Iterator[Any]:
    wanted = schema.get("minItems", 0)
    if wanted > _MAX_ITEMS:
        return
    prefix = schema.get("prefixItems", [])
    rest = schema.get("items", {"type": "null"})
    items = [*prefix[:wanted], *[rest] * (wanted - len(prefix))]
    found = [_first(item, definitions, depth) for item in items]
    if all(found):
        yield [first[0] for first in found]


def _strings(schema: JSONSchema, definitions: Definitions, depth: int) -> Iterator[Any]:
    if schema.get("minLength", 0) <= _MAX_CHARACTERS:
        yield "x" * schema.get("minLength", 0)


def _numbers(schema: JSONSchema, definitions: Definitions, depth: int) -> Iterator[Any]:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    step = schema.get("multipleOf", 1)
    yield 0
    for bound, direction in ((low, 1), (high, -1)):
        if bound is not None:
            near = math.floor(bound) // step * step
            yield from (bound, near, near + direction * step)
    if low is not None and high is not None:
        yield low / 2 + high / 2


def _always(value: Any) -> Builder:
    return lambda schema, definitions, depth: iter([value])


_BUILDERS: dict[str, Builder] = {
    "object": _objects,
    "array": _arrays,
    "string": _strings,
    "number": _numbers,
    "integer": _numbers,
    "boolean": _always(True),
    "null": _always(None),
}
