"""An agent finds a Space by itself, is told how to call it, and calls it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp_types import ResourceLink

from space_tools.tools.discovering import DiscoveringToolset
from tests.gradio_server import RunningApp
from tests.server.in_memory import Connection, connect
from tests.server.stdio_server import ProgressLog, data_of, error_of, serve, text_of
from tests.stand_in_hub import TOKEN, StandInHub

THREE = {"search_spaces", "describe_space", "call_space"}


@pytest.fixture
def sink(hub: StandInHub, kitchen_sink: RunningApp) -> str:
    """The kitchen sink as a Space; its id."""
    card = {"title": "Kitchen sink", "short_description": "Does everything\u202e"}
    hub.add("owner/sink", host=kitchen_sink.url, likes=5, hardware="zero-a10g", card=card)
    return "owner/sink"


@pytest.fixture
async def agent(sink: str, era: str) -> AsyncIterator[Connection]:
    """An agent with no app configured."""
    async with connect([], era=era, kind=DiscoveringToolset) as connection:
        yield connection


async def call(agent: Connection, endpoint: str, **arguments: Any) -> Any:
    return await agent.call(
        "call_space", space="owner/sink", endpoint=endpoint, arguments=arguments
    )


async def test_three_tools_are_offered(agent: Connection) -> None:
    listed = (await agent.client.list_tools()).tools
    assert {tool.name for tool in listed} == THREE
    assert all(tool.output_schema and tool.annotations for tool in listed)
    hints = {tool.name: tool.annotations.read_only_hint for tool in listed if tool.annotations}
    assert hints == {"search_spaces": True, "describe_space": True, "call_space": False}


async def test_a_space_is_found_described_and_called(agent: Connection) -> None:
    found = data_of(await agent.call("search_spaces", query="everything", limit="3"))
    assert found == {
        "spaces": [
            {
                "id": "owner/sink",
                "title": "Kitchen sink",
                "description": "Does everything",
                "likes": 5,
                "hardware": "zero-a10g",
                "zero_gpu": True,
            }
        ]
    }
    told = data_of(await agent.call("describe_space", space="owner/sink", endpoint="number"))
    assert (told["space"], told["title"], told["zero_gpu"]) == (
        "owner/sink",
        "kitchen sink",
        True,
    )
    [number] = told["endpoints"]
    assert number["endpoint"] == "/number"
    assert number["input_schema"]["properties"]["x"]["maximum"] == 10
    assert "count on the caller's daily quota" in number["description"]
    assert text_of(await call(agent, "/number", x="7")) == "int 7"


async def test_all_endpoints_of_a_large_space_have_room(agent: Connection) -> None:
    result = await agent.call("describe_space", space="owner/sink")
    told = data_of(result)
    assert {"/number", "/private"} & {e["endpoint"] for e in told["endpoints"]} == {"/number"}
    assert "give describe_space an `endpoint`" in told["note"]
    assert len(json.dumps(told)) < 30_000
    assert "/number" in text_of(result)


async def test_arguments_are_mended_or_refused_as_those_of_tools_are(agent: Connection) -> None:
    told = await call(agent, "defaults", prompt="a", count="7", flag="true")
    assert text_of(told).startswith("a|7|True")
    error, outcome = error_of(await call(agent, "number", x=99, y=1))
    assert error == "`x` must be at most 10, got 99\n`y` is not a parameter"
    assert outcome == "not_started"
    told = await agent.call(
        "call_space", space="owner/sink", endpoint="echo_text", arguments='{"x": "hi"}'
    )
    assert text_of(told) == "hi"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"endpoint": "/x"}, "`space` is required"),
        ({"space": "owner/sink"}, "`endpoint` is required"),
        ({"space": "owner/sink", "endpoint": "nmber"}, "no /nmber; did you mean /number"),
        ({"space": "owner/sink", "endpoint": "private"}, "owner/sink has no /private"),
        ({"space": "owner/nmae", "endpoint": "/x"}, "The Hub has no Space owner/nmae"),
        ({"space": "name", "endpoint": "/x"}, "`space` must be the id of a Space (owner/name)"),
        (
            {"space": "http://127.0.0.1:7860", "endpoint": "/x"},
            "`space` must be the id of a Space (owner/name), got 'http://127.0.0.1:7860'; "
            "search_spaces finds some",
        ),
        ({"space": "https://evil.example/a.hf.space", "endpoint": "/x"}, "`space` must be the id"),
    ],
)
async def test_what_cannot_be_called_is_said(
    agent: Connection, arguments: dict[str, Any], sentence: str
) -> None:
    error, outcome = error_of(await agent.call("call_space", **arguments))
    assert sentence in error
    assert outcome == "not_started"


@pytest.mark.parametrize(
    "space",
    ["https://huggingface.co/spaces/owner/sink", "https://owner-sink.hf.space/?x=1", " owner/sink"],
)
async def test_a_space_goes_by_its_page_and_address_too(agent: Connection, space: str) -> None:
    arguments = {"space": space, "endpoint": "/echo_text", "arguments": {"x": "hi"}}
    assert text_of(await agent.call("call_space", **arguments)) == "hi"


async def test_an_endpoint_that_remembers_goes_on(agent: Connection, era: str) -> None:
    first = data_of(await call(agent, "/state_counter"))
    assert first["Count"] == 1
    again = {"session": first["session"]} if era == "modern" else {}
    assert data_of(await call(agent, "/state_counter", **again)) == {"Count": 2}


async def test_files_come_out_as_resources_and_go_in_elsewhere(agent: Connection) -> None:
    made = await call(agent, "/image_numpy_out")
    [link] = [block for block in made.content if isinstance(block, ResourceLink)]
    assert link.uri.startswith("space-tools://files/")
    seen = await call(agent, "/image_numpy", x=link.uri)
    assert text_of(seen) == "ndarray shape=(4, 5, 3) dtype=uint8"


async def test_an_apps_failure_is_the_apps(agent: Connection) -> None:
    error, outcome = error_of(await call(agent, "/raise_error", kind="gr"))
    assert error == "custom gr error"
    assert outcome == "failed"


async def test_configured_apps_are_offered_beside_and_found_by_their_alias(
    sink: str, interface_app: RunningApp
) -> None:
    spaces = [f"greeter={interface_app.url}"]
    async with connect(spaces, era="modern", kind=DiscoveringToolset, wait=30) as agent:
        names = await agent.names()
        assert names > THREE
        assert "greeter_greet" in names
        [describe] = [
            tool for tool in (await agent.client.list_tools()).tools if "describe" in tool.name
        ]
        assert "by their names too: greeter." in (describe.description or "")
        arguments = {"endpoint": "/greet", "arguments": {"name": "Ann", "intensity": 1}}
        by_tool = await agent.call("greeter_greet", name="Ann", intensity=1)
        for space in ("greeter", interface_app.url):
            by_alias = await agent.call("call_space", space=space, **arguments)
            assert text_of(by_alias) == text_of(by_tool)


async def test_many_configured_tools_are_found_not_listed(
    sink: str, kitchen_sink: RunningApp
) -> None:
    spaces = [f"big={kitchen_sink.url}"]
    async with connect(spaces, era="modern", kind=DiscoveringToolset, wait=30) as agent:
        assert await agent.names() == THREE
        arguments = {"space": "big", "endpoint": "/echo_text", "arguments": {"x": "hi"}}
        assert text_of(await agent.call("call_space", **arguments)) == "hi"


async def test_what_was_configured_holds_however_a_space_is_named(sink: str) -> None:
    options = {"exclude": ["sink/echo_*"], "kind": DiscoveringToolset, "wait": 30}
    async with connect([sink], era="modern", **options) as agent:
        for space in ("sink", "owner/sink"):
            result = await agent.call("call_space", space=space, endpoint="/echo_text")
            assert "sink has no /echo_text" in error_of(result)[0]


async def test_an_agent_over_stdio_finds_and_calls_a_space(
    hub: StandInHub, kitchen_sink: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real command, with a token, a private Space that is just being built, and progress."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    stages = ["BUILDING", "RUNNING"]
    hub.add("me/sink", host=kitchen_sink.url, private=True, stages=stages)
    async with serve("--discover", era="modern") as server:
        arguments = {"space": "me/sink", "endpoint": "/headers", "arguments": {"x": "x"}}
        progress = ProgressLog()
        result = await server.client.call_tool("call_space", arguments, progress_callback=progress)
        headers = json.loads(text_of(result))["headers"]
    assert headers["x-hf-authorization"] == f"Bearer {TOKEN}"
    assert any("building me/sink" in line for line in progress.lines)
