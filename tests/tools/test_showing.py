"""A model is told of a Space's endpoints, as much as there is room for."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from space_tools.tools.showing import ROOM, show_endpoint, show_endpoints
from space_tools.tools.tool import Tool
from tests.schema.recorded import app
from tests.tools.test_catalogue import tools_of


@pytest.fixture(scope="module")
def tools() -> Sequence[Tool]:
    """All of a large app."""
    return tools_of(app("6.31.0/kitchen_sink"))


def size(shown: object) -> int:
    return len(json.dumps(shown, ensure_ascii=False).encode())


def test_a_small_app_is_told_in_full() -> None:
    tools = tools_of(app("6.31.0/interface_app"))
    shown, note = show_endpoints(tools)
    assert note == ""
    assert [one["endpoint"] for one in shown] == [tool.endpoint.name for tool in tools]
    greet = next(one for one in shown if one["endpoint"] == "/greet")
    tool = next(tool for tool in tools if tool.endpoint.name == "/greet")
    assert (greet["description"], greet["input_schema"]) == (tool.description, tool.input_schema)
    assert list(greet["output_schema"]["properties"]) == ["greeting"]


def test_a_large_one_is_told_shorter_and_how_to_be_told_more(tools: Sequence[Tool]) -> None:
    shown, note = show_endpoints(tools)
    assert len(shown) == len(tools)
    assert size(shown) <= ROOM * 1.1
    assert "input_schema" in shown[0]
    assert "input_schema" not in shown[-1]
    assert note == (
        "What the last ones take was left out; give describe_space an `endpoint` to be told all "
        "of that one."
    )


def test_a_little_less_room_costs_words_first(tools: Sequence[Tool]) -> None:
    few = tools[:20]
    full, _ = show_endpoints(few, 10**9)
    shown, note = show_endpoints(few, int(size(full) * 0.9))
    assert note.startswith("Descriptions and lists were cut; ")
    assert all("input_schema" in one for one in shown)
    assert size(shown) < size(full)


def test_an_endless_one_is_told_in_part(tools: Sequence[Tool]) -> None:
    many = [
        replace(tool, endpoint=replace(tool.endpoint, name=f"{tool.endpoint.name}_{number}"))
        for number in range(20)
        for tool in tools
    ]
    shown, note = show_endpoints(many)
    assert size(shown) <= ROOM * 1.1
    assert note.startswith(f"Only {len(shown)} of {len(many)} endpoints are here; ")


def test_every_endpoint_alone_has_room_and_most_are_told_in_full(tools: Sequence[Tool]) -> None:
    for tool in tools:
        shown = show_endpoint(tool)
        assert size(shown) <= ROOM * 1.1
        assert shown["endpoint"] == tool.endpoint.name
    assert sum(show_endpoint(t)["input_schema"] == t.input_schema for t in tools) > 0.9 * len(tools)


def test_one_that_is_too_long_is_cut_and_stays_what_it_is(tools: Sequence[Tool]) -> None:
    tool = next(tool for tool in tools if tool.endpoint.name == "/defaults")
    shown = show_endpoint(tool, 1200)
    assert size(shown) <= 1400
    assert shown["endpoint"] == "/defaults"
    assert shown["input_schema"]["type"] == "object"
