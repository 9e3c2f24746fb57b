"""Apps that come up later: clients are told that the list of tools has changed."""

from collections.abc import AsyncIterator

import anyio
import mcp_types as types
import pytest
from mcp.client.session import IncomingMessage

from tests.fault_proxy import FaultProxy
from tests.gradio_server import RunningApp
from tests.server.in_memory import connect
from tests.server.stdio_server import ANSWER_DEADLINE, Server, data_of, error_of, serve

TOLD_WITHIN = 5.0
"""Seconds, most of which the app takes to describe itself."""


@pytest.fixture
async def door(interface_app: RunningApp) -> AsyncIterator[FaultProxy]:
    """The way to an app that is there, shut: nothing is listening at the door's port."""
    async with FaultProxy(interface_app.port) as proxy:
        await proxy.refuse()
        yield proxy


@pytest.fixture
def sources(kitchen_sink: RunningApp, door: FaultProxy) -> list[str]:
    """An app that is up, and one that is not yet."""
    return [f"ks={kitchen_sink.url}", f"late=http://127.0.0.1:{door.port}"]


def options(sources: list[str]) -> list[str]:
    return [option for source in sources for option in ("--space", source)]


async def names(server: Server) -> set[str]:
    """The tools of the app that is down at first."""
    listed = await server.client.list_tools(cache_mode="refresh")
    return {tool.name for tool in listed.tools if tool.name.startswith("late_")}


async def wake(server: Server) -> types.CallToolResult:
    """A call to a tool of the app that was down: it makes the server look again."""
    return await server.client.call_tool("late_greet", {"name": "Ann"})


async def test_a_legacy_client_is_notified(sources: list[str], door: FaultProxy) -> None:
    changed = anyio.Event()

    async def heard(message: IncomingMessage) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            changed.set()

    async with serve(*options(sources), era="legacy", message_handler=heard) as server:
        assert await names(server) == set()
        assert "nothing is listening" in error_of(await wake(server))[0]
        assert not changed.is_set()
        await door.accept()
        assert data_of(await wake(server)) == {"greeting": "Hello Ann!"}
        with anyio.fail_after(TOLD_WITHIN):
            await changed.wait()
        assert await names(server) == {"late_greet"}


async def test_a_modern_client_that_listens_is_notified(
    sources: list[str], door: FaultProxy
) -> None:
    async with serve(*options(sources), era="modern") as server:
        assert await names(server) == set()
        async with server.client.listen(tools_list_changed=True) as events:
            assert "nothing is listening" in error_of(await wake(server))[0]
            await door.accept()
            assert data_of(await wake(server)) == {"greeting": "Hello Ann!"}
            with anyio.fail_after(TOLD_WITHIN):
                await anext(aiter(events))
        assert await names(server) == {"late_greet"}


async def test_it_is_tried_again_without_being_asked(sources: list[str], door: FaultProxy) -> None:
    async with connect(sources, era="modern") as connection:
        await connection.toolset.loaded(10)
        assert "late_greet" not in await connection.names()
        async with connection.client.listen(tools_list_changed=True) as events:
            await door.accept()
            with anyio.fail_after(10):
                await anext(aiter(events))
        assert "late_greet" in await connection.names()


async def test_an_app_that_is_down_at_start_does_not_hold_up_the_others(
    sources: list[str], door: FaultProxy
) -> None:
    assert door.connections == 0
    async with serve(*options(sources), era="modern") as server:
        with anyio.fail_after(TOLD_WITHIN):
            assert data_of(await server.call("echo_text", x="here")) == {"Out": "here"}


async def test_an_app_that_goes_and_comes_back_the_same_is_no_change(
    sources: list[str], door: FaultProxy
) -> None:
    await door.accept()
    heard: list[IncomingMessage] = []

    async def hear(message: IncomingMessage) -> None:
        heard.append(message)

    async with serve(*options(sources), era="legacy", message_handler=hear) as server:
        assert await names(server) == {"late_greet"}
        heard.clear()
        await door.refuse()
        door.reset()
        assert "nothing is listening" in error_of(await wake(server))[0]
        assert await names(server) == {"late_greet"}
        await door.accept()
        assert data_of(await wake(server)) == {"greeting": "Hello Ann!"}
        # What was sent before this answer would have come before it.
        await server.call("echo_text", x="now")
        assert [m for m in heard if isinstance(m, types.ToolListChangedNotification)] == []


async def test_clients_of_both_eras_are_told_of_another_app_in_its_place(
    interface_app: RunningApp, server_app: RunningApp
) -> None:
    told = anyio.Event()

    async def heard(message: IncomingMessage) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            told.set()

    async with FaultProxy(interface_app.port) as proxy:
        options = "--space", f"late=http://127.0.0.1:{proxy.port}"
        async with (
            serve(*options, era="legacy", message_handler=heard) as legacy,
            serve(*options, era="modern") as modern,
        ):
            assert await names(legacy) == await names(modern) == {"late_greet"}
            async with modern.client.listen(tools_list_changed=True) as events:
                proxy.target_port = server_app.port
                proxy.reset()
                for server in (legacy, modern):
                    await wake(server)  # it knows no such function, or has another by its number
                with anyio.fail_after(ANSWER_DEADLINE):
                    await told.wait()
                    await anext(aiter(events))
            for server in (legacy, modern):
                assert "late_hello" in await names(server)
