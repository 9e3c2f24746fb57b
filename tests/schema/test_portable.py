"""Schemas without lists of types allow what they allowed before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from space_tools.schema.portable import to_portable

TEXT_OR_NOTHING = {"anyOf": [{"type": "string"}, {"type": "null"}]}

PORTABLE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "string", "title": "A"}, {"type": "string", "title": "A"}),
    ({"type": ["string", "null"], "title": "A"}, {**TEXT_OR_NOTHING, "title": "A"}),
    ({"type": ["string"], "title": "A"}, {"type": "string", "title": "A"}),
    (
        {"type": ["integer", "null"], "minimum": 1, "default": None},
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None},
    ),
    (
        {"type": ["object", "array"], "properties": {"a": {}}, "items": {"type": ["string"]}},
        {
            "anyOf": [
                {"type": "object", "properties": {"a": {}}},
                {"type": "array", "items": {"type": "string"}},
            ]
        },
    ),
    (
        {"type": ["string", "null"], "anyOf": [{"minLength": 1}, {"enum": [None]}]},
        {"anyOf": [{"minLength": 1}, {"enum": [None]}], "allOf": [TEXT_OR_NOTHING]},
    ),
    # What an app calls its parameters, and what it says of them, is left as it is.
    (
        {"type": "object", "properties": {"type": {"type": ["string", "null"]}}},
        {"type": "object", "properties": {"type": TEXT_OR_NOTHING}},
    ),
    ({"enum": [{"type": ["string"]}]}, {"enum": [{"type": ["string"]}]}),
]


@pytest.mark.parametrize(("schema", "expected"), PORTABLE)
def test_lists_of_types_are_split(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert to_portable(schema) == expected


types = st.sampled_from(["string", "number", "integer", "boolean", "null", "object", "array"])
leaves = st.fixed_dictionaries(
    {"type": st.one_of(types, st.lists(types, min_size=1, max_size=4, unique=True))},
    optional={
        "minimum": st.integers(-2, 2),
        "minLength": st.integers(0, 2),
        "minItems": st.integers(0, 2),
        "required": st.just(["a"]),
        "enum": st.just([None, 1, "x", True]),
    },
)
schemas = st.recursive(
    leaves,
    lambda inner: st.fixed_dictionaries(
        {"type": st.lists(types, min_size=1, max_size=3, unique=True)},
        optional={
            "items": inner,
            "properties": st.dictionaries(st.sampled_from("ab"), inner),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
        },
    ),
    max_leaves=5,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(schemas, st.lists(values, max_size=10))
def test_the_same_values_are_allowed(schema: dict[str, Any], values: list[Any]) -> None:
    before, after = Draft202012Validator(schema), Draft202012Validator(to_portable(schema))
    assert [before.is_valid(v) for v in values] == [after.is_valid(v) for v in values]


@given(schemas)
def test_each_type_is_one(schema: dict[str, Any]) -> None:
    def lists_of_types(schema: dict[str, Any]) -> bool:
        inner = [schema.get("items"), *schema.get("properties", {}).values()]
        inner += [*schema.get("anyOf", []), *schema.get("allOf", [])]
        return isinstance(schema.get("type"), list) or any(map(lists_of_types, filter(None, inner)))

    assert not lists_of_types(to_portable(schema))
