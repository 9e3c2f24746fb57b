"""An app that only costs its callers time is left alone, and looked at before it is called."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import anyio
import pytest
from starlette.responses import JSONResponse

from space_tools.credentials import Credentials
from space_tools.errors import (
    AppError,
    AppUnreachable,
    CallError,
    ConnectionLost,
    SpaceToolsError,
)
from space_tools.tools import breaker as breaker_module
from space_tools.tools import loading
from space_tools.tools.breaker import MOST_FAILURES, Breaker
from space_tools.tools.discovering import DiscoveringToolset
from space_tools.tools.toolset import Toolset
from tests.fault_proxy import FaultProxy
from tests.gradio.leftovers import nothing_left_behind
from tests.scripted_app import (
    ABORT,
    CLOSE_STREAM,
    Answer,
    Recorded,
    Script,
    ScriptedApp,
    completed,
    failed,
    minimal_app,
    scripted_app,
)
from tests.stand_in_hub import StandInHub

JOIN, CONFIG = "/gradio_api/queue/join", "/config"
ANN = Credentials(principal="ann", hf_token="hf_ann")


@pytest.fixture(autouse=True)
async def clean(running_hub: StandInHub) -> AsyncIterator[None]:
    """No task and no connection outlives the test."""
    async with nothing_left_behind():
        yield


class Moody:
    """An app whose calls come to what its `mood` is: ABORT, or the message that ends them."""

    def __init__(self) -> None:
        self.mood: object = ABORT

    def answer(self, _: Recorded) -> Answer:
        return [self.mood, CLOSE_STREAM]  # type: ignore[list-item]

    @contextmanager
    def served(self) -> Iterator[ScriptedApp]:
        join = [JSONResponse({"event_id": "event-1"})]
        with scripted_app(Script(*minimal_app(), join=join, data=self.answer)) as app:
            yield app


GOOD, BAD = completed("event-1", ["hello"]), failed("event-1", "its own words")


async def fail(tools: Toolset, times: int = MOST_FAILURES) -> None:
    for _ in range(times):
        with pytest.raises(ConnectionLost):
            await tools.call("app_echo", {})


async def refusal(tools: Toolset, name: str = "app_echo") -> str:
    """How a call is refused, for which no time is taken."""
    began = time.monotonic()
    with pytest.raises(AppUnreachable) as raised:
        await tools.call(name, {})
    assert time.monotonic() - began < 1
    assert raised.value.outcome == "not_started"
    return str(raised.value)


async def test_an_app_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    moody = Moody()
    with moody.served() as app:
        async with Toolset([f"app={app.url}"]) as tools:
            await fail(tools)
            said = await refusal(tools)
            assert app.url in said
            assert "left alone for 2 s" in said
            assert "broke off the connection" in said
            assert len(app.of(JOIN)) == MOST_FAILURES


async def test_it_is_looked_at_before_calls_go_through_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(breaker_module, "FIRST_PAUSE", 0.2)
    moody = Moody()
    with moody.served() as app:
        async with Toolset([f"app={app.url}"]) as tools:
            await fail(tools)
            looks = len(app.of(CONFIG))
            await refusal(tools)
            await anyio.sleep(0.2)
            moody.mood = GOOD
            assert await tools.call("app_echo", {}) == {"Out": "hello"}
            assert len(app.of(CONFIG)) > looks
            moody.mood = ABORT
            await fail(tools)  # all of them are let through: it worked in between
            await refusal(tools)


async def test_the_first_failure_after_a_look_opens_it_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(breaker_module, "FIRST_PAUSE", 0.6)
    with Moody().served() as app:
        async with Toolset([f"app={app.url}"]) as tools:
            await fail(tools)
            assert "left alone for 1 s" in await refusal(tools)
            await anyio.sleep(0.6)
            await fail(tools, 1)
            assert tools.apps[0].breaker._pause == 2.4
            await refusal(tools)


@pytest.mark.parametrize("mood", [GOOD, BAD])
async def test_any_answer_of_the_app_counts_as_life(mood: object) -> None:
    moody = Moody()
    with moody.served() as app:
        async with Toolset([f"app={app.url}"]) as tools:
            for _ in range(2):
                moody.mood = ABORT
                await fail(tools, MOST_FAILURES - 1)
                moody.mood = mood
                try:
                    await tools.call("app_echo", {})
                except AppError:
                    assert mood is BAD


async def test_an_app_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(breaker_module, "SILENCE", 0.3)
    monkeypatch.setattr("space_tools.tools.watched.LOOK_SECONDS", 0.3)
    monkeypatch.setattr(breaker_module, "FIRST_PAUSE", 0.5)
    moody = Moody()
    moody.mood = GOOD
    with moody.served() as app:
        async with FaultProxy(app.port) as proxy:
            proxy.silent = True
            source = f"app=http://127.0.0.1:{proxy.port}"
            async with Toolset([source], wait=0) as tools:
                with pytest.raises(AppUnreachable, match="did not describe itself"):
                    await tools.call("app_echo", {})
                assert "left alone" in await refusal(tools)
                await anyio.sleep(0.5)
                assert "left alone for 1 s" in await refusal(tools)  # looked at, in vain
                proxy.silent = False
                await eventually_called(tools)


async def eventually_called(tools: Toolset) -> None:
    """Calls until it goes through, as an agent does that is told when to call again."""
    with anyio.fail_after(10):
        while True:
            try:
                assert await tools.call("app_echo", {}) == {"Out": "hello"}
            except AppUnreachable:
                await anyio.sleep(0.1)
            else:
                return


async def test_the_other_apps_are_called_as_ever() -> None:
    good = Moody()
    good.mood = GOOD
    with Moody().served() as app, good.served() as other:
        async with Toolset([f"app={app.url}", f"other={other.url}"]) as tools:
            await fail(tools)
            await refusal(tools)
            assert await tools.call("other_echo", {}) == {"Out": "hello"}


async def test_a_private_space_is_left_alone_by_who_it_failed(hub: StandInHub) -> None:
    hub.users |= {"hf_ann": "ann"}
    with Moody().served() as app:
        hub.add("ann/private", host=app.url, private=True)
        async with Toolset(["app=ann/private"], per_caller=True) as tools:
            await fail_as_ann(tools, "app_echo", {}, "is left alone")
            assert len(app.of(JOIN)) == MOST_FAILURES


async def test_a_space_that_was_found_is_left_alone_too(hub: StandInHub) -> None:
    hub.users |= {"hf_ann": "ann"}
    with Moody().served() as app:
        hub.add("ann/found", host=app.url, private=True)
        async with DiscoveringToolset() as tools:
            given = {"space": "ann/found", "endpoint": "/echo", "arguments": {}}
            await fail_as_ann(tools, "call_space", given, "is left alone")
            assert len(app.of(JOIN)) == MOST_FAILURES
            with pytest.raises(SpaceToolsError) as raised:  # others do not learn of it
                await tools.call("call_space", given)
            assert "left alone" not in str(raised.value)


async def fail_as_ann(tools: Toolset, name: str, given: dict[str, object], words: str) -> None:
    """Calls that fail, and the one that is refused after them."""
    for _ in range(MOST_FAILURES):
        with pytest.raises(ConnectionLost):
            await tools.call(name, given, credentials=ANN)
    with pytest.raises(AppUnreachable, match=words):
        await tools.call(name, given, credentials=ANN)


async def test_calls_that_all_break_off_at_once_are_one_reason_to_pause() -> None:
    breaker, began = Breaker("app"), anyio.current_time()
    await anyio.sleep(0.01)
    for _ in range(100):
        breaker.failed(began, ConnectionLost("gone"))
    with pytest.raises(AppUnreachable, match="left alone for 2 s, because gone"):
        breaker.check()


async def test_what_says_nothing_of_the_app_changes_nothing() -> None:
    breaker = Breaker("app")
    for _ in range(2 * MOST_FAILURES):
        with pytest.raises(CallError), breaker.watching():
            raise CallError("not what its protocol allows")
    breaker.check()
