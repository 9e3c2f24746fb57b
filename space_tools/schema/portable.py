"""The same schema without lists of types, which some clients and models cannot read. Pure.

Their subset of JSON Schema knows one type for each schema, and `anyOf` for several. Source: the
MCP Inspector's portability checks, 2.12.
"""

from collections.abc import Mapping
from typing import Any

JSONSchema = Mapping[str, Any]

KEYWORDS: Mapping[str, frozenset[str]] = {
    "object": frozenset(
        (
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "minProperties",
            "maxProperties",
        )
    ),
    "array": frozenset(("items", "prefixItems", "minItems", "maxItems", "uniqueItems")),
    "string": frozenset(("minLength", "maxLength", "pattern", "format")),
    "number": frozenset(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
    ),
}
"""Type → what is said only of its values."""

ONE = frozenset(("items", "additionalProperties", "propertyNames", "not", "if", "then", "else"))
"""Keywords with a schema."""

SEVERAL = frozenset(("anyOf", "oneOf", "allOf", "prefixItems"))
"""Keywords with a list of schemas."""

NAMED = frozenset(("properties", "patternProperties", "$defs"))
"""Keywords with a schema for each name."""


def to_portable(schema: JSONSchema) -> dict[str, Any]:
    """A schema that allows the same values, in which each `type` is one."""
    within = {keyword: _within(keyword, value) for keyword, value in schema.items()}
    types = within.get("type")
    return _split(within, types) if isinstance(types, list) else within


def _within(keyword: str, value: Any) -> Any:
    if keyword in ONE and isinstance(value, Mapping):
        return to_portable(value)
    if keyword in SEVERAL:
        return [to_portable(each) if isinstance(each, Mapping) else each for each in value]
    if keyword in NAMED:
        return {
            name: to_portable(each) if isinstance(each, Mapping) else each
            for name, each in value.items()
        }
    return value


def _split(schema: JSONSchema, types: list[str]) -> dict[str, Any]:
    branches = [_branch(schema, each) for each in types]
    moved = {"type"}.union(*branches)
    rest = {keyword: value for keyword, value in schema.items() if keyword not in moved}
    if len(branches) == 1:
        return {**branches[0], **rest}
    if "anyOf" not in rest:
        return {"anyOf": branches, **rest}
    return {**rest, "allOf": [*rest.get("allOf", []), {"anyOf": branches}]}


def _branch(schema: JSONSchema, type_: str) -> dict[str, Any]:
    said = KEYWORDS.get("number" if type_ == "integer" else type_, frozenset())
    return {"type": type_, **{name: value for name, value in schema.items() if name in said}}
