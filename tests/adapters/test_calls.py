"""Calls of agents through adapters, of a real app."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from mcp import Client

from space_tools import Credentials, Toolset
from space_tools.tools.adapters.anthropic import AnthropicTools
from space_tools.tools.adapters.openai import OpenAITools
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp
from tests.server.app_counters import counted

ANN, BOB = Credentials(principal="ann"), Credentials(principal="bob")


@pytest.fixture
async def tools(kitchen_sink: RunningApp) -> AsyncIterator[Toolset]:
    """The app's tools; no task and no connection outlives them."""
    async with nothing_left_behind(), Toolset([f"sink={kitchen_sink.url}"]) as tools:
        yield tools


def asking(*calls: tuple[str, Any]) -> dict[str, Any]:
    """A completion that asks for these calls."""
    functions = [{"name": f"sink_{name}", "arguments": json.dumps(a)} for name, a in calls]
    asked = [{"id": str(number), "function": each} for number, each in enumerate(functions)]
    return {"choices": [{"message": {"role": "assistant", "tool_calls": asked}}]}


async def told(openai: OpenAITools, name: str, **arguments: Any) -> str:
    """What a model is told of one call."""
    [message, *_] = await openai.run(asking((name, arguments)))
    return str(message["content"])


async def test_each_call_of_a_response_is_answered_in_its_place(tools: Toolset) -> None:
    calls = [("two_outputs", {"a": "1", "b": "2"}), ("raise_error", {}), ("slider", {"x": 99})]
    answers = await tools.openai().run(asking(*calls, ("gone", {}), ("no_inputs", [])))
    assert [(answer["tool_call_id"], answer["content"]) for answer in answers] == [
        ("0", "Out A: 1\nOut B: 2"),
        ("1", "custom gr error"),
        ("2", "`x` must be at most 10, got 99"),
        ("3", "There is no tool 'sink_gone'."),
        ("4", "the arguments must be one JSON object, with a key for each"),
    ]


async def test_what_others_answer_is_left_to_them(tools: Toolset) -> None:
    response = asking(("echo_text", {"x": "mine"}), ("weather", {}))
    [answer] = await tools.openai().run(response, others=["sink_weather"])
    assert answer["content"] == "mine"


async def test_calls_run_side_by_side_and_end_together(
    tools: Toolset, kitchen_sink: RunningApp
) -> None:
    tags = ["adapters-1", "adapters-2"]
    response = asking(*[("held", {"tag": tag}) for tag in tags])
    running = asyncio.create_task(tools.openai().run(response))
    for tag in tags:
        await counted(kitchen_sink.url, f"started:{tag}", within=15)
    running.cancel()
    for tag in tags:
        await counted(kitchen_sink.url, f"cancelled:{tag}", within=5)
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_model_that_cannot_see_gets_no_pictures(tools: Toolset) -> None:
    response = asking(("image_numpy_out", {}))
    seen = await tools.openai().run(response)
    assert [message["role"] for message in seen] == ["tool", "user"]
    assert [m["role"] for m in await tools.openai(inline_limit=0).run(response)] == ["tool"]


async def test_a_long_result_names_a_file_that_has_all_of_it(tools: Toolset) -> None:
    text = await told(tools.openai(), "big_out", n=70_000)
    assert text.startswith(
        "x" * 60_000 + "…\n(cut after 60,000 characters; all of it is in Out.txt"
    )
    uri = text.rpartition(": ")[2].rstrip(")")
    assert await told(tools.openai(), "file_single", x=uri) == "path Out.txt size=70000"


async def test_a_file_of_one_result_is_given_to_another_tool(tools: Toolset) -> None:
    name, _, uri = (await told(tools.openai(), "file_out")).partition(": ")
    assert name == "a.txt"
    assert await told(tools.openai(), "file_binary", b=uri) == "bytes len=8"


async def test_each_agent_calls_for_its_own_user(tools: Toolset) -> None:
    ann, bob = tools.openai(credentials=ANN), tools.openai(credentials=BOB)
    file = (await told(ann, "file_out")).partition(": ")[2]
    assert await told(ann, "file_binary", b=file) == "bytes len=8"
    assert await told(bob, "file_binary", b=file) != "bytes len=8"


async def test_in_a_conversation_tools_remember(tools: Toolset) -> None:
    here = tools.openai(credentials=ANN, conversation="here")
    assert [await told(here, "state_counter") for _ in range(2)] == ["1", "2"]
    there = tools.openai(credentials=ANN, conversation="there")
    assert await told(there, "state_counter") == "1"
    assert "session" in await told(tools.openai(credentials=ANN), "state_counter")


async def test_progress_is_told_in_words(tools: Toolset) -> None:
    heard: list[tuple[str, str]] = []

    async def hear(name: str, words: str) -> None:
        heard.append((name, words))

    assert await told(tools.openai(on_progress=hear), "progress", n=2) == "done"
    assert {name for name, _ in heard} == {"sink_progress"}
    assert any("step 2" in words for _, words in heard)


async def test_tool_uses_become_one_message_of_results(tools: Toolset) -> None:
    uses = [("echo_text", {"x": "a"}), ("image_numpy_out", {}), ("raise_error", None)]
    blocks = [
        {"type": "tool_use", "id": str(number), "name": f"sink_{name}", "input": given}
        for number, (name, given) in enumerate(uses)
    ]
    anthropic: AnthropicTools = tools.anthropic()
    [message] = await anthropic.run({"content": [{"type": "text", "text": "Now."}, *blocks]})
    assert message["role"] == "user"
    kinds = [[part["type"] for part in block["content"]] for block in message["content"]]
    assert kinds == [["text"], ["text", "image"], ["text"]]
    assert [block["is_error"] for block in message["content"]] == [False, False, True]
    assert await anthropic.run({"content": [{"type": "text", "text": "Done."}]}) == []


async def test_definitions_are_those_of_now(tools: Toolset) -> None:
    assert [each["name"] for each in tools.anthropic().definitions] == list(tools.tools)
    strict = [each["strict"] for each in tools.openai(api="responses", strict=True).definitions]
    assert True in strict
    assert False in strict


async def test_the_mcp_server_of_a_toolset_serves_its_caller(tools: Toolset) -> None:
    with anyio.fail_after(30):
        async with Client(tools.mcp_server(credentials=ANN)) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == set(tools.tools)
            result = await client.call_tool("sink_file_out", {})
            assert result.structured_content is not None
            uri = result.structured_content["Out"]["uri"]
    assert tools.files.find(uri, "ann") is not None
    assert tools.files.find(uri, "bob") is None


def test_without_an_event_loop_a_toolset_is_open_too(kitchen_sink: RunningApp) -> None:
    with Toolset([f"sink={kitchen_sink.url}"], include=["sink/echo_text"]) as tools:
        assert [tool.name for tool in tools] == ["sink_echo_text"]
        text = asyncio.run(told(tools.openai(), "echo_text", x="from another loop"))
        assert text == "from another loop"
