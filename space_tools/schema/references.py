"""`$ref` and `$defs`: from each parameter's own schema to those of the whole tool."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from space_tools.schema.json_values import JSONSchema

Definitions = dict[str, JSONSchema]

_PREFIX = "#/$defs/"
# Keywords whose schemas are for the value itself, and for what is inside it.
_LISTS_FOR_VALUE = ("anyOf", "allOf")
_LISTS_INSIDE = ("prefixItems",)
_SCHEMAS_INSIDE = ("items", "additionalProperties")


def reference_to(name: str) -> JSONSchema:
    """The schema that says: see the definition called `name`."""
    return {"$ref": _PREFIX + name}


def target_of(schema: Mapping[str, Any]) -> str:
    """The name of the definition that a reference made by `reference_to` leads to."""
    return str(schema["$ref"]).removeprefix(_PREFIX)


def subschemas(schema: JSONSchema, *, inside: bool = True) -> Iterator[JSONSchema]:
    """The schemas directly in `schema`; without `inside`, only those for the value itself."""
    for keyword in (*_LISTS_FOR_VALUE, *(_LISTS_INSIDE if inside else ())):
        yield from schema.get(keyword, ())
    if inside:
        yield from schema.get("properties", {}).values()
        yield from (schema[key] for key in _SCHEMAS_INSIDE if isinstance(schema.get(key), dict))


def map_subschemas(schema: JSONSchema, change: Callable[[JSONSchema], JSONSchema]) -> JSONSchema:
    """`schema` with each schema directly in it changed."""
    changed = dict(schema)
    for keyword in (*_LISTS_FOR_VALUE, *_LISTS_INSIDE):
        if keyword in schema:
            changed[keyword] = [change(item) for item in schema[keyword]]
    for keyword in _SCHEMAS_INSIDE:
        if isinstance(schema.get(keyword), dict):
            changed[keyword] = change(schema[keyword])
    if "properties" in schema:
        changed["properties"] = {n: change(item) for n, item in schema["properties"].items()}
    return changed


def hoist(schema: JSONSchema, definitions: Definitions, root: Definitions) -> JSONSchema:
    """`schema` with its definitions moved into `root` (changed in place), renamed if they must."""
    colliding = {name for name in definitions if name in root}
    if all(root[name] == definitions[name] for name in colliding):
        colliding = set()
    taken = {*root, *definitions}
    renamed = {name: free_name(name, taken) for name in sorted(colliding)}

    def rename(item: JSONSchema) -> JSONSchema:
        if "$ref" in item:
            name = target_of(item)
            return {**item, **reference_to(renamed.get(name, name))}
        return map_subschemas(item, rename)

    for name, definition in definitions.items():
        root[renamed.get(name, name)] = rename(definition)
    return rename(schema)


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with the first of `_2`, `_3`, … that is not taken; it is taken from then on."""
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    taken.add(free)
    return free


def loops(definitions: Definitions) -> list[str]:
    """Definitions that lead back to themselves without entering a value: no end to validating."""
    edges = {name: set(_named(item, inside=False)) for name, item in definitions.items()}
    return [name for name in definitions if name in _closure(edges[name], edges)]


def reachable(schema: JSONSchema, definitions: Definitions) -> Definitions:
    """The definitions that `schema` needs, in their order."""
    edges = {name: set(_named(item, inside=True)) for name, item in definitions.items()}
    needed = _closure(set(_named(schema, inside=True)), edges)
    return {name: item for name, item in definitions.items() if name in needed}


def expanded_size(schema: JSONSchema, definitions: Definitions) -> int:
    """How many schemas there are once every reference is written out (a cycle: once)."""
    sizes: dict[str, int] = {}

    def size(item: JSONSchema) -> int:
        if "$ref" in item:
            return 1 + size_of(target_of(item))
        return 1 + sum(map(size, subschemas(item)))

    def size_of(name: str) -> int:
        if name not in sizes:
            sizes[name] = 1
            sizes[name] = size(definitions[name])
        return sizes[name]

    return size(schema)


def _named(schema: JSONSchema, *, inside: bool) -> Iterator[str]:
    if "$ref" in schema:
        yield target_of(schema)
    for item in subschemas(schema, inside=inside):
        yield from _named(item, inside=inside)


def _closure(start: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = set(start)
    while ahead:
        name = ahead.pop()
        seen.add(name)
        ahead |= edges[name] - seen
    return seen
