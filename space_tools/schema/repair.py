"""An app's own JSON Schema, which may be anything, made one that a client can rely on.

What comes out is valid JSON Schema 2020-12 without boolean schemas, remote references, unknown
keywords or text that its reader cannot see; its defaults fit it, some value satisfies it, and
validating against it takes bounded time. What cannot be repaired is dropped, which only ever
makes a schema accept more: the app has the last word on its arguments anyway.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from space_tools.schema.json_values import (
    ANY_TYPES,
    LARGEST_EXACT,
    MOST_CHOICES,
    JSONSchema,
    any_json,
    distinct,
    is_json,
    is_number,
    types_of,
)
from space_tools.schema.references import (
    Definitions,
    expanded_size,
    free_name,
    loops,
    map_subschemas,
    reachable,
    reference_to,
)
from space_tools.schema.text import clean, visible, visible_json
from space_tools.schema.validator import Validator
from space_tools.schema.witness import has_witness

_MAX_DEPTH = 16
_MAX_NODES = 2_000
_REFERENCE = re.compile(r"#/(?:\$defs|definitions)/([^/]+)")

# What apps write for a type when they mean the JSON one.
_TYPE_ALIASES = {
    **{name: name for name in (*ANY_TYPES, "integer")},
    **{"str": "string", "int": "integer", "float": "number", "bool": "boolean"},
    **{"dict": "object", "list": "array", "tuple": "array", "none": "null"},
}
_TYPE_OF_KEYWORD = {"properties": "object", "items": "array", "prefixItems": "array"}


def repair_schema(raw: object) -> tuple[JSONSchema, Definitions]:
    """(schema, its definitions), valid and satisfiable whatever `raw` is; never raises.

    References in both are `#/$defs/<name>`, and every one of them has its definition.
    """
    try:
        return _repaired(raw)
    except RecursionError:
        return any_json(), {}


def _repaired(raw: object) -> tuple[JSONSchema, Definitions]:
    repair = _Repair(raw)
    schema = repair.schema(raw)
    definitions = {
        repair.names[name]: repair.schema(definition, depth=1)
        for name, definition in repair.definitions.items()
    }
    for name in loops(definitions):
        definitions[name] = any_json()
    used = reachable(schema, definitions)
    if expanded_size(schema, used) > _MAX_NODES:
        return _anything_like(schema), {}
    schema = _without_unfit_defaults(schema, used)
    used = {name: _without_unfit_defaults(item, used) for name, item in used.items()}
    return (schema, used) if has_witness(schema, used) else (_anything_like(schema), {})


def _anything_like(schema: JSONSchema) -> JSONSchema:
    return {**any_json(), **{key: schema[key] for key in ("description",) if key in schema}}


def _without_unfit_defaults(schema: JSONSchema, definitions: Definitions) -> JSONSchema:
    kept = map_subschemas(schema, lambda item: _without_unfit_defaults(item, definitions))
    if "default" in kept and not Validator(kept, definitions).accepts(kept["default"]):
        del kept["default"]
    return kept


class _Repair:
    """One pass over one raw schema. `names` are its definitions' names, made safe."""

    def __init__(self, raw: object) -> None:
        self.nodes = 0
        self.definitions: dict[str, Any] = {}
        if isinstance(raw, Mapping):
            for keyword in ("definitions", "$defs"):
                found = raw.get(keyword)
                if isinstance(found, Mapping):
                    self.definitions.update((str(name), value) for name, value in found.items())
        taken: set[str] = set()
        self.names = {name: _safe_name(name, taken) for name in self.definitions}

    def schema(self, raw: object, depth: int = 0) -> JSONSchema:
        self.nodes += 1
        if not isinstance(raw, Mapping) or depth > _MAX_DEPTH or self.nodes > _MAX_NODES:
            return any_json()
        if "$ref" in raw:
            return self._reference(raw)
        schema: JSONSchema = {}
        for keyword, repair in _KEYWORDS.items():
            if keyword in raw:
                value = repair(self, raw[keyword], depth + 1)
                if value is not None:
                    schema[keyword] = value
        return _consistent(schema)

    def schemas(self, raw: object, depth: int) -> list[JSONSchema] | None:
        if not isinstance(raw, list | tuple) or not raw:
            return None
        return [self.schema(item, depth) for item in raw]

    def properties(self, raw: object, depth: int) -> dict[str, JSONSchema] | None:
        if not isinstance(raw, Mapping):
            return None
        # A property whose name hides something cannot be shown as it is, nor renamed.
        return {
            name: self.schema(value, depth)
            for name, value in raw.items()
            if isinstance(name, str) and visible(name) == name
        }

    def _reference(self, raw: Mapping[str, Any]) -> JSONSchema:
        target = raw["$ref"]
        match = _REFERENCE.fullmatch(target) if isinstance(target, str) else None
        name = match[1].replace("~1", "/").replace("~0", "~") if match else ""
        reference = reference_to(self.names[name]) if name in self.names else any_json()
        description = _text(self, raw.get("description"), 0)
        return {**reference, "description": description} if description else reference


def _safe_name(name: str, taken: set[str]) -> str:
    return free_name(re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:64] or "_", taken)


def _type(repair: _Repair, raw: object, depth: int) -> str | list[str]:
    given = raw if isinstance(raw, list | tuple) else [raw]
    names = [_TYPE_ALIASES.get(name.lower()) for name in given if isinstance(name, str)]
    known = list(dict.fromkeys(name for name in names if name))
    # `{"type": {}}` is how some versions of Gradio say "any JSON".
    if not known:
        return list(ANY_TYPES)
    return known[0] if len(known) == 1 else known


def _text(repair: _Repair, raw: object, depth: int) -> str | None:
    return clean(raw) or None if isinstance(raw, str) else None


def _enum(repair: _Repair, raw: object, depth: int) -> list[Any] | None:
    if not isinstance(raw, list | tuple) or len(raw) > MOST_CHOICES:
        return None
    # A value that could not be shown as it is could not be sent as it is either.
    exact = all(visible_json(value) == value for value in raw if is_json(value))
    return (distinct(raw) or None) if exact else None


def _literal(repair: _Repair, raw: object, depth: int) -> list[Any] | None:
    # Boxed, so that a default of null is not taken for none.
    return [visible_json(raw)] if is_json(raw) else None


def _number(repair: _Repair, raw: object, depth: int) -> int | float | None:
    return raw if is_number(raw) else None


def _count(repair: _Repair, raw: object, depth: int) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0 else None


def _multiple(repair: _Repair, raw: object, depth: int) -> int | None:
    # With a fraction, `0.3` would not be a multiple of `0.1`.
    step = _count(repair, raw, depth)
    return None if step is None or not 0 < step <= LARGEST_EXACT else step


def _required(repair: _Repair, raw: object, depth: int) -> list[str] | None:
    if not isinstance(raw, list | tuple):
        return None
    return list(dict.fromkeys(name for name in raw if isinstance(name, str)))


def _additional(repair: _Repair, raw: object, depth: int) -> bool | JSONSchema | None:
    # `false` is the one boolean schema that says something which cannot be said otherwise.
    if isinstance(raw, bool):
        return None if raw else False
    return repair.schema(raw, depth) if raw else None


# Keyword → how its value is repaired (None: dropped), in the order in which they are shown.
# No `pattern`: a stranger's regular expression can be made to run for ever.
_KEYWORDS: dict[str, Callable[[_Repair, Any, int], Any]] = {
    "type": _type,
    "description": _text,
    "format": _text,
    "enum": _enum,
    "const": _literal,
    "properties": _Repair.properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _Repair.schema,
    "prefixItems": _Repair.schemas,
    "minItems": _count,
    "maxItems": _count,
    "minLength": _count,
    "maxLength": _count,
    "minimum": _number,
    "maximum": _number,
    "exclusiveMinimum": _number,
    "exclusiveMaximum": _number,
    "multipleOf": _multiple,
    "anyOf": _Repair.schemas,
    "oneOf": _Repair.schemas,
    "allOf": _Repair.schemas,
    "default": _literal,
}

_BOUNDS = (("minimum", "maximum"), ("minItems", "maxItems"), ("minLength", "maxLength"))


def _consistent(schema: JSONSchema) -> JSONSchema:
    """`schema` without what contradicts itself, with a type where one is known."""
    for literal in ("const", "default"):
        if literal in schema:
            schema[literal] = schema[literal][0]
    # Alternatives that overlap would make a fitting value fail.
    if "oneOf" in schema:
        schema["anyOf"] = [*schema.get("anyOf", ()), *schema.pop("oneOf")]
    for low, high in _BOUNDS:
        if low in schema and high in schema and schema[low] > schema[high]:
            del schema[low], schema[high]
    if "required" in schema:
        listed = schema.get("properties", {})
        schema["required"] = [name for name in schema["required"] if name in listed]
    if not schema.get("required"):
        schema.pop("required", None)
    schema = _typed(schema)
    if schema.get("type") == "array" and not {"items", "prefixItems"} & schema.keys():
        # Some model APIs refuse a list of nobody knows what.
        schema["items"] = any_json()
    return schema


def _typed(schema: JSONSchema) -> JSONSchema:
    literals = schema.get("enum", [])
    if "const" in schema:
        literals = [schema["const"]]
    if literals:
        # Choices know better than the type beside them, which is "string" for numbers too.
        return {**schema, "type": types_of(literals)}
    if any(key in schema for key in ("type", "anyOf", "allOf")):
        return schema
    known = [name for keyword, name in _TYPE_OF_KEYWORD.items() if keyword in schema]
    return {"type": known[0] if known else list(ANY_TYPES), **schema}
