"""What an app remembers (`gr.State`): for whom, and how a call goes on with it."""

from collections.abc import AsyncIterator

import anyio
import pytest

from tests.gradio_server import RunningApp
from tests.server.gradio_oracle import oracle_of
from tests.server.http_server import TRANSPORTS
from tests.server.in_memory import connect
from tests.server.stdio_server import Server, data_of, error_of, serve

CONVERSATION: list[tuple[str, dict[str, str]]] = [
    ("state_counter", {}),
    ("state_counter", {}),
    ("state_append", {"x": "a"}),
    ("state_append", {"x": "b"}),
    ("state_first_out", {"x": "q"}),
    ("state_middle_in", {"a": "a", "b": "b"}),
    ("generator_state", {}),
]
"""Calls that build on each other."""


@pytest.fixture
async def fresh(kitchen_sink: RunningApp, era: str, transport: str) -> AsyncIterator[Server]:
    """A server of this test's own, that remembers nothing yet."""
    async with TRANSPORTS[transport]("--space", f"ks={kitchen_sink.url}", era=era) as running:
        yield running


async def test_a_conversation_goes_as_with_gradios_own_client(
    fresh: Server, kitchen_sink: RunningApp
) -> None:
    session: dict[str, str] = {}
    with oracle_of(kitchen_sink.url) as oracle:
        for endpoint, arguments in CONVERSATION:
            expected = await oracle.ask(endpoint, arguments)
            outputs = data_of(await fresh.call(endpoint, **arguments, **session))
            if fresh.era == "modern":
                session = {"session": outputs.pop("session", None) or session["session"]}
            assert list(outputs.values()) == [expected], endpoint


async def test_a_legacy_connection_is_one_conversation(kitchen_sink: RunningApp) -> None:
    async with connect([f"ks={kitchen_sink.url}"], era="legacy") as server:
        assert data_of(await server.call("ks_state_counter")) == {"Count": 1}
        assert data_of(await server.call("ks_state_counter")) == {"Count": 2}


async def test_another_process_does_not_see_it(kitchen_sink: RunningApp) -> None:
    options = ("--space", f"ks={kitchen_sink.url}")
    async with serve(*options, era="legacy") as one, serve(*options, era="legacy") as other:
        await one.call("state_append", x="mine")
        assert data_of(await other.call("state_append", x="yours")) == {"Out": ["yours"]}
        assert data_of(await one.call("state_append", x="again")) == {"Out": ["mine", "again"]}


async def test_a_legacy_connection_can_open_no_other_conversation_by_guessing(
    kitchen_sink: RunningApp,
) -> None:
    async with connect([f"ks={kitchen_sink.url}"], era="legacy") as server:
        problem, outcome = error_of(await server.call("ks_state_counter", session="connection"))
        assert problem.startswith("`session` is not known")
        assert outcome == "not_started"


async def test_modern_calls_start_anew_and_say_how_to_go_on(kitchen_sink: RunningApp) -> None:
    async with connect([f"ks={kitchen_sink.url}"], era="modern") as server:
        first = data_of(await server.call("ks_state_counter"))
        second = data_of(await server.call("ks_state_counter"))
        assert (first.pop("Count"), second.pop("Count")) == (1, 1)
        assert first.keys() == second.keys() == {"session"}
        assert len(first["session"]) >= 20
        assert first["session"] != second["session"]


async def test_two_modern_conversations_are_independent(kitchen_sink: RunningApp) -> None:
    async with connect([f"ks={kitchen_sink.url}"], era="modern") as server:
        one = data_of(await server.call("ks_state_append", x="a"))["session"]
        other = data_of(await server.call("ks_state_append", x="z"))["session"]
        for letter, so_far in (("b", ["a", "b"]), ("c", ["a", "b", "c"])):
            result = await server.call("ks_state_append", x=letter, session=one)
            assert data_of(result)["Out"] == so_far
        assert data_of(await server.call("ks_state_append", x="y", session=other))["Out"] == [
            "z",
            "y",
        ]


@pytest.mark.parametrize("unknown", ["nobody-has-this", "../../etc/passwd"])
async def test_an_unknown_session_is_a_clear_error(server: Server, unknown: str) -> None:
    problem, outcome = error_of(await server.call("state_counter", session=unknown))
    assert problem == (
        "`session` is not known, or was not used for an hour; leave it out to start anew"
    )
    assert outcome == "not_started"


async def test_an_empty_session_starts_anew(server: Server) -> None:
    """Some models fill in every argument that there is."""
    assert data_of(await server.call("state_append", x="a", session=""))["Out"][-1] == "a"


async def test_a_session_of_another_process_is_unknown(kitchen_sink: RunningApp) -> None:
    options = ("--space", f"ks={kitchen_sink.url}")
    async with serve(*options, era="modern") as one, serve(*options, era="modern") as other:
        handle = data_of(await one.call("state_counter"))["session"]
        problem, _ = error_of(await other.call("state_counter", session=handle))
        assert problem.startswith("`session` is not known")


async def test_a_session_belongs_to_one_app(kitchen_sink: RunningApp) -> None:
    localhost = kitchen_sink.url.replace("127.0.0.1", "localhost")
    spaces = [f"ks={kitchen_sink.url}", f"too={localhost}"]
    async with connect(spaces, era="modern") as server:
        handle = data_of(await server.call("ks_state_counter"))["session"]
        result = await server.call("too_state_counter", session=handle)
        assert error_of(result)[0].startswith("`session` is not known")


async def test_calls_of_one_conversation_take_turns(kitchen_sink: RunningApp) -> None:
    async with connect([f"ks={kitchen_sink.url}"], era="legacy") as server:
        counts: list[float] = []

        async def count() -> None:
            counts.append(data_of(await server.call("ks_state_counter"))["Count"])

        async with anyio.create_task_group() as task_group:
            for _ in range(5):
                task_group.start_soon(count)
        assert sorted(counts) == [1, 2, 3, 4, 5]


async def test_tools_that_remember_nothing_have_no_session(server: Server) -> None:
    tools = {tool.name: tool for tool in (await server.client.list_tools()).tools}
    assert "session" not in tools["ks_echo_text"].input_schema["properties"]
    assert "session" in tools["ks_state_counter"].input_schema["properties"]
    assert "session" not in data_of(await server.call("echo_text", x="a"))
