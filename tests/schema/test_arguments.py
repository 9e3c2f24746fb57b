"""Arguments of our own tools: mended where what is meant is clear, refused in sentences else."""

from typing import Any

import pytest

from space_tools.errors import ValidationError
from space_tools.schema.arguments import bind_arguments

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "minLength": 1},
        "limit": {"type": "integer", "minimum": 1, "maximum": 30, "default": 10},
        "arguments": {"type": "object"},
    },
    "required": ["query"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"query": "x"}, {"query": "x", "limit": 10}),
        ({"query": "x", "limit": None}, {"query": "x", "limit": 10}),
        ({"query": "x", "limit": "5"}, {"query": "x", "limit": 5}),
        (
            {"query": "x", "limit": 5, "arguments": '{"a": 1}'},
            {"query": "x", "limit": 5, "arguments": {"a": 1}},
        ),
    ],
)
def test_what_is_meant_is_bound(given: dict[str, Any], meant: dict[str, Any]) -> None:
    assert bind_arguments(SCHEMA, given) == meant


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({}, ["`query` is required"]),
        ({"query": None}, ["`query` is required"]),
        ({"query": ""}, ["`query` must be at least 1 characters long, got 0"]),
        ({"query": "x", "limit": 99}, ["`limit` must be at most 30, got 99"]),
        (
            {"qurey": "x"},
            ["`query` is required", "`qurey` is not a parameter; did you mean `query`?"],
        ),
        (
            {"query": "x", "arguments": "a=1"},
            ['`arguments` must be an object, got the string "a=1"'],
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_sentences(
    given: dict[str, Any], problems: list[str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        bind_arguments(SCHEMA, given)
    assert caught.value.problems == problems
