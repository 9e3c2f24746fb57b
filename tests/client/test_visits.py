"""An app knows how long a client that it keeps something for is there."""

from collections.abc import Iterator

import anyio
import anyio.lowlevel
import pytest

from space_tools import AsyncClient, Client, Toolset
from space_tools.tools import sessions
from tests.client.as_space import AsSpace
from tests.client.watching import soon
from tests.gradio.calling import eventually
from tests.gradio_server import RunningApp, run_app


@pytest.fixture(scope="module")
def visits() -> Iterator[RunningApp]:
    with run_app("visits_app") as app:
        yield app


@pytest.fixture
def watcher(visits: RunningApp) -> Iterator[Client]:
    with Client(visits.url, verbose=False) as client:
        yield client


def left(watcher: Client) -> int:
    return int(watcher.predict(api_name="/left"))


@pytest.mark.parametrize("leave", ["close", "reset_session", "del"])
def test_the_app_is_told_when_a_client_with_state_leaves(
    visits: RunningApp, watcher: Client, leave: str
) -> None:
    before = left(watcher)
    client = Client(visits.url, verbose=False)
    assert [client.predict(api_name="/count") for _ in range(3)] == [1, 2, 3]
    assert left(watcher) == before
    if leave == "close":
        client.close()
    elif leave == "reset_session":
        client.reset_session()
        assert client.predict(api_name="/count") == 1
    else:
        del client
    assert soon(lambda: left(watcher) == before + 1)


def test_a_client_for_which_nothing_is_kept_holds_no_connection(
    visits: RunningApp, watcher: Client
) -> None:
    before = left(watcher)
    with Client(visits.url, verbose=False) as client:
        client.predict(api_name="/left")
    with Client(visits.url, verbose=False) as client:
        client.predict(api_name="/count")
    assert soon(lambda: left(watcher) == before + 1)


async def test_a_conversation_of_a_tool_ends_in_the_app_when_it_is_forgotten(
    visits: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "HANDLES", 1)
    async with Toolset([f"v={visits.url}"]) as tools:

        async def left() -> float:
            return float((await tools.call("v_left", {}))["number"])

        before = await left()
        first = await tools.call("v_count", {})
        again = await tools.call("v_count", {"session": first["session"]})
        assert (first["number"], again["number"]) == (1, 2)
        assert await left() == before
        await tools.call("v_count", {})

        async def has_left() -> bool:
            return await left() == before + 1

        await eventually(has_left)


def test_what_goes_with_one_call_does_not_go_with_the_heartbeat(visits: RunningApp) -> None:
    watched = AsSpace(visits)
    with Client(
        visits.url,
        verbose=False,
        headers={"x-client": "mine"},
        httpx_kwargs={"transport": watched, "timeout": 1},
    ) as client:
        client.predict(api_name="/count", headers={"x-call": "canary", "x-ip-token": "canary"})
        beat = soon(lambda: [r for r in watched.requests if "/heartbeat/" in r.url.path])
        assert beat[0].headers["x-client"] == "mine"
        assert "canary" not in str(beat[0].headers.raw)
        assert beat[0].extensions["timeout"]["read"] is None


async def test_a_client_whose_closing_is_given_up_is_closed_all_the_same(
    visits: RunningApp, watcher: Client
) -> None:
    before = left(watcher)
    client = await AsyncClient.connect(visits.url, verbose=False)
    await client.predict(api_name="/count")
    with anyio.CancelScope() as scope:
        scope.cancel()
        await client.close()
    await client.close()
    assert soon(lambda: left(watcher) == before + 1)


async def test_entering_a_toolset_can_be_given_up() -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610
    async with listener:
        with anyio.move_on_after(0.3) as scope:
            async with Toolset([f"http://127.0.0.1:{port}"]):
                pass
        assert scope.cancelled_caught
        await anyio.lowlevel.checkpoint()
