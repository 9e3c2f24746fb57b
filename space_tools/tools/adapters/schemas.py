"""Schemas bent to what an API or a framework takes, and no further. Pure.

A tool's own schemas are JSON Schema 2020-12, their properties named as every model API takes it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from space_tools.schema.json_values import JSONSchema

MOST_DESCRIPTION = 1024
"""Characters of a tool's description; OpenAI, and more so servers that speak its API, refuse a
request with a longer one."""

_SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPS = ("properties", "$defs", "patternProperties")


def short(description: str) -> str:
    """A description that is not too long."""
    if len(description) <= MOST_DESCRIPTION:
        return description
    return description[: MOST_DESCRIPTION - 1].rstrip() + "…"


def changed(schema: Any, change: Callable[[JSONSchema], JSONSchema]) -> Any:
    """The schema with `change` made to each schema in it, from the inside out."""
    if not isinstance(schema, dict):
        return schema
    new = dict(schema)
    for key in _SCHEMAS:
        if key in new:
            new[key] = changed(new[key], change)
    for key in _LISTS:
        if isinstance(new.get(key), list):
            new[key] = [changed(each, change) for each in new[key]]
    for key in _MAPS:
        if isinstance(new.get(key), dict):
            new[key] = {name: changed(each, change) for name, each in new[key].items()}
    return change(new)


def with_items(schema: JSONSchema) -> JSONSchema:
    """The schema with `items` in every array. Source: OpenAI refuses arrays without them."""
    bent: JSONSchema = changed(schema, _with_items)
    return bent


def _with_items(schema: JSONSchema) -> JSONSchema:
    return {**schema, "items": {}} if _lacks_items(schema) else schema


def _lacks_items(schema: JSONSchema) -> bool:
    return "array" in _types(schema) and "items" not in schema


def _types(schema: JSONSchema) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


STRICT_KEYWORDS = frozenset(
    {
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "multipleOf",
        "pattern",
        "properties",
        "required",
        "type",
    }
)
"""What OpenAI's strict mode knows; all else is left out, a `default` told in the description."""


def to_strict(schema: JSONSchema) -> JSONSchema | None:
    """The schema as OpenAI's strict mode wants it, or None if that cannot say what it says.

    Every property becomes required, and may be null instead of left out: a call takes null for
    its default. Objects with properties of any name, values of any type, and objects within that
    have optional properties, have no strict form.
    """
    optional = set(schema.get("properties", {})) - set(schema.get("required", []))
    inner = {
        name: _nullable(each) if name in optional else each
        for name, each in schema.get("properties", {}).items()
    }
    whole = {**schema, "properties": inner, "required": list(inner), "additionalProperties": False}
    if not all(map(_has_strict_form, _all(whole))):
        return None
    strict: JSONSchema = changed(whole, _with_strict_keywords)
    return strict


def _all(schema: Any) -> Iterator[JSONSchema]:
    found: list[JSONSchema] = []

    def note(each: JSONSchema) -> JSONSchema:
        found.append(each)
        return each

    changed(schema, note)
    return iter(found)


def _has_strict_form(schema: JSONSchema) -> bool:
    if schema.keys() & {"allOf", "not", "oneOf", "if", "patternProperties", "prefixItems"}:
        return False
    if not schema.keys() & {"type", "anyOf", "$ref", "enum", "const"} or _lacks_items(schema):
        return False
    if "object" not in _types(schema):
        return True
    properties = schema.get("properties", {})
    return schema.get("additionalProperties") is False and set(properties) == set(
        schema.get("required", [])
    )


def _nullable(schema: JSONSchema) -> JSONSchema:
    if "enum" in schema and None not in schema["enum"]:
        schema = {**schema, "enum": [*schema["enum"], None]}
    if "type" in schema:
        return {**schema, "type": _types(schema) + ["null"] * ("null" not in _types(schema))}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "enum" in schema:
        return schema
    about: JSONSchema = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    return {"anyOf": [rest, {"type": "null"}], **about}


def _with_strict_keywords(schema: JSONSchema) -> JSONSchema:
    kept = {key: value for key, value in schema.items() if key in STRICT_KEYWORDS}
    if schema.get("default") is not None:
        kept["description"] = f"{kept.get('description', '')} Default: {schema['default']!r}."
        kept["description"] = kept["description"].strip()
    return kept
