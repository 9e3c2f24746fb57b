"""Calls through a toolset: what is remembered for whom, what is told on the way, how they end."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import pytest

from space_tools.credentials import Credentials
from space_tools.errors import AppError, CallTimeout, ValidationError
from space_tools.gradio.messages import Partial, Progress
from space_tools.tools import tool as tool_module
from space_tools.tools.toolset import Toolset
from tests.gradio.calling import eventually
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp

ANN, BOB = Credentials(principal="ann"), Credentials(principal="bob")


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    """No task and no connection outlives the test."""
    async with nothing_left_behind():
        yield


async def test_a_conversation_is_gone_on_with_by_its_handle_and_its_owner(
    kitchen_sink: RunningApp,
) -> None:
    name = "sink_state_counter"
    async with Toolset([f"sink={kitchen_sink.url}"], include=["sink/state_counter"]) as tools:
        first = await tools.call(name, {}, credentials=ANN)
        handle = first["session"]
        assert first == {"Count": 1, "session": handle}
        assert await tools.call(name, {"session": handle}, credentials=ANN) == {"Count": 2}
        assert (await tools.call(name, {}, credentials=ANN))["Count"] == 1
        with pytest.raises(ValidationError, match="`session` is not known"):
            await tools.call(name, {"session": handle}, credentials=BOB)


async def test_a_hosts_conversation_remembers_by_itself(kitchen_sink: RunningApp) -> None:
    name = "sink_state_counter"
    async with Toolset([f"sink={kitchen_sink.url}"], include=["sink/state_counter"]) as tools:
        for count in (1, 2):
            got = await tools.call(name, {}, credentials=ANN, conversation="one")
            assert got == {"Count": count}
        for credentials, conversation in [(ANN, "two"), (BOB, "one")]:
            got = await tools.call(name, {}, credentials=credentials, conversation=conversation)
            assert got == {"Count": 1}


async def test_a_watcher_sees_progress_and_named_partial_results(kitchen_sink: RunningApp) -> None:
    seen: list[Any] = []

    async def watch(update: Any) -> None:
        seen.append(update)

    async with Toolset([f"sink={kitchen_sink.url}"]) as tools:
        got = await tools.call("sink_progress_gen", {"n": 2}, on_update=watch)
    assert got == {"Out": "0 1 "}
    shown = [update.data for update in seen if isinstance(update, Partial)]
    assert shown == [[{"Out": "0 "}], [{"Out": "0 1 "}]]
    assert any(isinstance(update, Progress) for update in seen)


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "words"),
    [
        ("sink_echo_text", {"y": 1}, ValidationError, "`y`"),
        ("sink_echo_text_required", {}, ValidationError, "`x`"),
        ("sink_audio_stream_in", {}, ValidationError, "fed live by a browser"),
        ("sink_raise_error", {"kind": "gr"}, AppError, "custom gr error"),
    ],
)
async def test_a_call_that_cannot_be_raises_what_is_wrong(
    kitchen_sink: RunningApp,
    name: str,
    arguments: dict[str, Any],
    kind: type[Exception],
    words: str,
) -> None:
    async with Toolset([f"sink={kitchen_sink.url}"]) as tools:
        with pytest.raises(kind, match=words):
            await tools.call(name, arguments)


async def test_a_call_past_its_deadline_is_ended_in_the_app(
    kitchen_sink: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Toolset([f"sink={kitchen_sink.url}"]) as tools:
        with monkeypatch.context() as patched:
            patched.setattr(tool_module, "DEADLINE", 0.5)
            with pytest.raises(CallTimeout) as raised:
                await tools.call("sink_held", {"tag": "late"})
        assert raised.value.outcome == "unknown"
        await eventually(counted(tools, "cancelled:late"), within=1.0)


async def test_leaving_ends_the_calls_that_run(kitchen_sink: RunningApp) -> None:
    async with Toolset([f"sink={kitchen_sink.url}"]) as tools:
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(tools.call, "sink_held_generator", {"tag": "leaving"})
            await eventually(counted(tools, "started:leaving"))
            task_group.cancel_scope.cancel()
        await eventually(counted(tools, "cancelled:leaving"), within=1.0)


def counted(tools: Toolset, key: str) -> Callable[[], Any]:
    """Whether the kitchen sink has counted that yet."""

    async def look() -> bool:
        return key in (await tools.call("sink_calls_now", {}))["Out"]

    return look
