"""What is typed for arguments, and what it stands for."""

from typing import Any

import pytest

from space_tools.cli.arguments import merge, parse_value

MESSAGE = {"type": "object", "properties": {"text": {}, "files": {}}}
SCHEMAS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "tags": {"type": "array"},
    "drawn": {"type": ["string", "object"]},
    "message": MESSAGE,
}


def test_parse_value_leaves_text_alone() -> None:
    assert parse_value("5", {"type": "string"}) == "5"
    assert parse_value("5", {"type": ["string", "null"]}) == "5"
    assert parse_value('{"a": 1}', {"type": "string"}) == '{"a": 1}'
    assert parse_value("5", {"type": "integer"}) == 5
    assert parse_value("five", {"type": "integer"}) == "five"
    assert parse_value('{"a": 1}', {}) == {"a": 1}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["text=a=b"], {"text": "a=b"}),
        (["text=@a", "other=@@b"], {"text": "@a", "other": "@@b"}),
        (["tags=a"], {"tags": ["a"]}),
        (["tags=a", 'tags=["b", "c"]'], {"tags": ["a", "b", "c"]}),
        (["other=1", "other=2"], {"other": [1, 2]}),
        (["drawn=5"], {"drawn": "5"}),
        (['drawn={"background": "@a"}'], {"drawn": {"background": "@a"}}),
        (["message=@a"], {"message": {"text": "", "files": ["@a"]}}),
        (["message=5 of", "message=@a"], {"message": {"text": "5 of", "files": ["@a"]}}),
        (['message={"text": "@a"}'], {"message": {"text": "@a"}}),
        (["message=null"], {"message": None}),
    ],
)
def test_what_is_given_by_name(given: list[str], meant: dict[str, Any]) -> None:
    assert merge({}, given, SCHEMAS) == meant


def test_what_is_given_by_name_goes_before_json() -> None:
    assert merge({"text": "a", "tags": ["b"]}, ["text=c"], SCHEMAS) == {"text": "c", "tags": ["b"]}
