"""Whatever an app calls a schema becomes one: valid, satisfiable, and no more than it needs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from space_tools.schema.json_values import any_json
from space_tools.schema.references import Definitions, hoist
from space_tools.schema.repair import repair_schema
from space_tools.schema.witness import has_witness

ANY = any_json()
# fmt: off
KEYWORDS = st.sampled_from([
    "type", "properties", "items", "anyOf", "oneOf", "allOf", "not", "enum", "const", "required",
    "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "multipleOf",
    "exclusiveMinimum", "exclusiveMaximum", "pattern", "default", "additionalProperties",
    "prefixItems", "title", "description", "format", "$ref", "$defs", "$id",
])
# fmt: on
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["string", "number", "object", "array", "null", "#/$defs/a", "#/$defs/b", "#"]),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(KEYWORDS, st.sampled_from("ab")), inner, max_size=6),
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("raw", [{}, {"type": {}}, True, False, None, 3, "string", [], {"not": {}}])
def test_what_says_nothing_is_any_json(raw: object) -> None:
    assert repair_schema(raw) == (ANY, {})


@pytest.mark.parametrize(
    ("raw", "repaired"),
    [
        (
            {"type": "string", "enum": ["val_a", 2]},
            {"type": ["string", "integer"], "enum": ["val_a", 2]},
        ),
        ({"enum": ["a", "a", None]}, {"enum": ["a", None], "type": ["string", "null"]}),
        ({"enum": [1, 1.0, True]}, {"enum": [1, True], "type": ["integer", "boolean"]}),
        ({"type": "filepath"}, ANY),
        ({"type": ["str", "NoneType", "none"]}, {"type": ["string", "null"]}),
        ({"properties": {"a": True}}, {"type": "object", "properties": {"a": ANY}}),
        ({"type": "array", "items": {}}, {"type": "array", "items": ANY}),
        ({"type": "string", "title": "T", "additional_description": None}, {"type": "string"}),
        ({"type": "string", "pattern": "(a+)+$"}, {"type": "string"}),
        ({"type": "integer", "minimum": 5, "maximum": 1}, {"type": "integer"}),
        ({"type": "number", "multipleOf": 0.1}, {"type": "number"}),
        ({"type": "integer", "default": "x"}, {"type": "integer"}),
        ({"type": "object", "required": ["a"]}, {"type": "object"}),
        ({"type": "object", "additionalProperties": True}, {"type": "object"}),
        ({"$ref": "https://example.org/schema"}, ANY),
        ({"$ref": "#/$defs/missing"}, ANY),
        (
            {"type": "string", "description": "a\u200b\x1b[1mb"},
            {"type": "string", "description": "ab"},
        ),
        (
            {"oneOf": [{"type": "null"}, {"type": "string"}]},
            {"anyOf": [{"type": "null"}, {"type": "string"}]},
        ),
        ({"type": "string", "minLength": 10**9}, ANY),
        ({"type": "integer", "minimum": 0.2, "maximum": 0.8}, ANY),
        ({"type": "string", "allOf": [{"type": "number"}]}, ANY),
    ],
)
def test_a_schema_is_repaired(raw: Any, repaired: Any) -> None:
    assert repair_schema(raw) == (repaired, {})


def test_definitions_are_kept_where_they_are_needed() -> None:
    raw = {
        "$defs": {"A b": {"type": "string"}, "unused": {"type": "string"}},
        "type": "array",
        "items": {"$ref": "#/$defs/A b", "description": "one"},
    }
    assert repair_schema(raw) == (
        {"type": "array", "items": {"$ref": "#/$defs/A_b", "description": "one"}},
        {"A_b": {"type": "string"}},
    )


def test_a_recursive_schema_keeps_its_shape() -> None:
    tree = {"type": "object", "properties": {"of": {"$ref": "#/$defs/tree"}}}
    assert repair_schema({"$ref": "#/$defs/tree", "$defs": {"tree": tree}}) == (
        {"$ref": "#/$defs/tree"},
        {"tree": tree},
    )


@pytest.mark.parametrize(
    "loop",
    [
        {"$ref": "#/$defs/a"},
        {"anyOf": [{"$ref": "#/$defs/b"}, {"type": "null"}]},
        {"type": "object", "properties": {"x": {"$ref": "#/$defs/a"}}, "required": ["x"]},
    ],
)
def test_a_schema_without_end_is_given_up(loop: dict[str, Any]) -> None:
    raw = {"$ref": "#/$defs/a", "$defs": {"a": loop, "b": {"$ref": "#/$defs/a"}}}
    schema, definitions = repair_schema(raw)
    assert Draft202012Validator({**schema, "$defs": definitions}).is_valid(5)


def test_a_schema_that_explodes_is_given_up() -> None:
    bomb = {f"d{i}": {"anyOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(40)}
    raw = {"$ref": "#/$defs/d0", "$defs": {**bomb, "d40": {"type": "string"}}}
    assert repair_schema(raw) == (ANY, {})


def test_a_schema_of_endless_depth_is_given_up_below_some() -> None:
    raw: dict[str, Any] = {}
    for _ in range(5_000):
        raw = {"type": "array", "items": raw}
    schema, definitions = repair_schema(raw)
    assert Draft202012Validator({**schema, "$defs": definitions}).is_valid([[[]]])


@settings(max_examples=300)
@given(ANYTHING)
def test_whatever_comes_is_repaired(raw: Any) -> None:
    schema, definitions = repair_schema(raw)
    whole = {**schema, "$defs": definitions}
    Draft202012Validator.check_schema(whole)
    assert has_witness(schema, definitions)
    assert repair_schema(raw) == (schema, definitions)
    for keyword, value in _walk(whole):
        assert keyword not in ("title", "pattern", "not", "oneOf", "$id", "definitions")
        assert keyword != "$ref" or value.removeprefix("#/$defs/") in definitions


@settings(max_examples=300)
@given(ANYTHING)
def test_a_repaired_schema_needs_no_second_repair(raw: Any) -> None:
    schema, definitions = repair_schema(raw)
    assert repair_schema({**schema, "$defs": definitions}) == (schema, definitions)


def _walk(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every keyword with its value, of a schema and those in it."""
    found = list(schema.items())
    for keyword in ("properties", "$defs"):
        found += [pair for item in schema.get(keyword, {}).values() for pair in _walk(item)]
    for keyword in ("anyOf", "allOf", "prefixItems"):
        found += [pair for item in schema.get(keyword, []) for pair in _walk(item)]
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            found += _walk(schema[keyword])
    return found


def test_hoisting_shares_definitions_that_are_the_same() -> None:
    root: Definitions = {}
    one = {"type": "array", "items": {"$ref": "#/$defs/File"}}
    assert hoist(one, {"File": {"type": "string"}}, root) == one
    assert hoist(one, {"File": {"type": "string"}}, root) == one
    assert root == {"File": {"type": "string"}}


def test_hoisting_renames_definitions_that_differ() -> None:
    root: Definitions = {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}}
    definitions: Definitions = {"A": {"$ref": "#/$defs/B"}, "B": {"type": "number"}}
    assert hoist({"$ref": "#/$defs/A"}, definitions, root) == {"$ref": "#/$defs/A_2"}
    assert root == {
        "A": {"$ref": "#/$defs/B"},
        "B": {"type": "string"},
        "A_2": {"$ref": "#/$defs/B_2"},
        "B_2": {"type": "number"},
    }
