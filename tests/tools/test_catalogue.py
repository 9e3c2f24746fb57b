"""An app's endpoints become tools: those that should, under names that do not depend on luck."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from space_tools.config.spaces import ToolSettings
from space_tools.egress.http import Http
from space_tools.egress.policy import parse_address
from space_tools.errors import ConfigurationError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import AppInfo, Endpoint, Return
from space_tools.schema.names import Names
from space_tools.tools.catalogue import build_tools, origins
from space_tools.tools.selection import Selection
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool
from tests.schema.recorded import app

ADDRESS = parse_address("http://127.0.0.1:7860")
EVERYTHING = Selection()


def tools_of(info: AppInfo, selection: Selection = EVERYTHING, alias: str = "sink") -> list[Tool]:
    source = Source(alias, str(ADDRESS), ADDRESS, "other")
    return build_tools(source, GradioApp(Http(), ADDRESS, info), SessionStore(), selection)


def named(*names: str, **options: Any) -> AppInfo:
    """An app with endpoints of those names."""
    endpoints = tuple(Endpoint(fn_index=n, name=name, **options) for n, name in enumerate(names))
    return AppInfo(
        title="", version="6.31.0", protocol="sse_v3", api_prefix="", endpoints=endpoints
    )


def sink_tools(selection: Selection = EVERYTHING) -> Mapping[str, Tool]:
    return {tool.name: tool for tool in tools_of(app("6.31.0/kitchen_sink"), selection)}


@pytest.mark.parametrize("version", ["4.44.1", "5.49.1", "6.0.2", "6.31.0"])
def test_every_public_named_endpoint_is_a_tool_in_the_apps_order(version: str) -> None:
    info = app(f"{version}/kitchen_sink")
    public = [e for e in info.endpoints if e.visibility == "public"]
    assert [tool.endpoint for tool in tools_of(info)] == public
    assert len(public) > 100


def test_private_and_undocumented_endpoints_are_none() -> None:
    assert {"sink_private", "sink_undocumented"} & sink_tools().keys() == set()


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(include=("sink/echo_text",)), {"sink_echo_text"}),
        (
            Selection(include=("sink/echo_*",)),
            {"sink_echo_text", "sink_echo_text_required", "sink_echo_text_limited"},
        ),
        (
            Selection(include=("sink/echo_*",), exclude=("*/*_limited",)),
            {"sink_echo_text", "sink_echo_text_required"},
        ),
        (Selection(include=("sink/nested/*",)), {"sink_nested_name"}),
        (Selection(include=("other/*",)), set()),
        (Selection(include=("SINK/echo_text",)), set()),
        (Selection(include=("sink/undocumented",)), {"sink_undocumented"}),
        (Selection(include=("sink/undocument*",)), set()),
        (Selection(include=("sink/private",)), set()),
        (Selection(include=("sink/echo_text",), exclude=("sink/*",)), set()),
        (Selection(exclude=("*",)), set()),
    ],
)
def test_patterns_choose_what_is_offered(selection: Selection, names: set[str]) -> None:
    assert sink_tools(selection).keys() == names


def test_excluding_leaves_the_rest() -> None:
    assert sink_tools().keys() - sink_tools(Selection(exclude=("sink/echo_text",))).keys() == {
        "sink_echo_text"
    }


def test_an_unnamed_endpoint_is_no_tool_whatever_is_included() -> None:
    assert tools_of(named("", visibility="public"), Selection(include=("*",))) == []


def test_a_tool_that_remembers_takes_and_gives_a_session() -> None:
    tools = sink_tools()
    remembering, plain = tools["sink_state_counter"], tools["sink_echo_text"]
    assert remembering.input_schema["properties"]["session"]["type"] == "string"
    assert "session" not in remembering.input_schema.get("required", [])
    assert "session" not in plain.input_schema["properties"]
    assert remembering.output_schema["properties"]["session"]["type"] == "string"


def test_a_tool_that_handles_an_event_takes_its_data() -> None:
    tools = sink_tools()
    assert tools["sink_select_event"].input_schema["properties"]["event_data"]["type"] == "object"
    assert "event_data" not in tools["sink_echo_text"].input_schema["properties"]


def test_every_result_may_say_how_it_went_wrong() -> None:
    for tool in sink_tools().values():
        assert {"error", "outcome"} <= tool.output_schema["properties"].keys()
        assert "required" not in tool.output_schema


def test_a_definition_changes_with_what_an_agent_is_told_and_only_then() -> None:
    info = app("6.31.0/kitchen_sink")
    first, second = tools_of(info), tools_of(info)
    assert [tool.definition for tool in first] == [tool.definition for tool in second]
    before = tools_of(named("/x"))[0]
    after = tools_of(named("/x", returns=(Return(label="Out", component="json", slot=0),)))[0]
    assert before.name == after.name
    assert before.definition != after.definition


def test_two_endpoints_of_one_name_are_refused_with_both_their_names() -> None:
    with pytest.raises(
        ConfigurationError, match=r"a/b\.c and a/b c would both be the tool 'a_b_c'"
    ):
        tools_of(named("/b.c", "/b c"), alias="a")


def test_an_excluded_endpoint_cannot_clash() -> None:
    tools = tools_of(named("/b.c", "/b c"), Selection(exclude=("a/b c",)), alias="a")
    assert [tool.name for tool in tools] == ["a_b_c"]


def test_two_apps_with_a_tool_of_one_name_are_refused_with_both_their_names() -> None:
    names = Names()
    names.take(origins("a", tools_of(named("/b_c"), alias="a")))
    with pytest.raises(ConfigurationError, match="a/b_c and a_b/c would both be the tool 'a_b_c'"):
        names.take(origins("a_b", tools_of(named("/c"), alias="a_b")))


def test_a_tool_is_as_its_settings_say() -> None:
    settings = ToolSettings(
        name="greet",
        description="Greets.",
        defaults={"x": "hello"},
        annotations={"title": "Greeting", "readOnlyHint": True},
    )
    info = app("6.31.0/kitchen_sink")
    source = Source("sink", str(ADDRESS), ADDRESS, "other", tools={"/echo_text": settings})
    [greet, *_] = build_tools(source, GradioApp(Http(), ADDRESS, info), SessionStore(), EVERYTHING)
    assert greet.name == "greet"
    assert greet.title == "Greeting"
    assert greet.description.startswith("Greets.\nFrom the Gradio app")
    assert greet.input_schema["properties"]["x"]["default"] == "hello"
    assert greet.annotations == {
        "title": "Greeting",
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": False,
        "openWorldHint": True,
    }
    assert greet.endpoint == info.endpoint("/echo_text")


def test_settings_that_cannot_be_are_refused_with_their_endpoint() -> None:
    source = Source(
        "sink", str(ADDRESS), ADDRESS, "other", tools={"/x": ToolSettings(hidden=("y",))}
    )
    with pytest.raises(ConfigurationError, match=r"^tools: /x: hidden: there is no parameter `y`"):
        build_tools(source, GradioApp(Http(), ADDRESS, named("/x")), SessionStore(), EVERYTHING)


def test_a_given_name_cannot_be_one_that_another_tool_has() -> None:
    tools = {"/x": ToolSettings(name="a_y")}
    source = Source("a", str(ADDRESS), ADDRESS, "other", tools=tools)
    with pytest.raises(ConfigurationError, match="a/x and a/y would both be the tool 'a_y'"):
        build_tools(
            source, GradioApp(Http(), ADDRESS, named("/x", "/y")), SessionStore(), EVERYTHING
        )


def test_a_definition_changes_with_the_annotations() -> None:
    source = Source("sink", str(ADDRESS), ADDRESS, "other")
    hinted = replace(source, tools={"/x": ToolSettings(annotations={"readOnlyHint": True})})
    gradio = GradioApp(Http(), ADDRESS, named("/x"))
    before, after = (
        build_tools(each, gradio, SessionStore(), EVERYTHING)[0] for each in (source, hinted)
    )
    assert before.definition != after.definition
