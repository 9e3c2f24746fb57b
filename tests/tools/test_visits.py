"""Spaces that agents name: read once for all who may see them, never for others, and not kept
without end."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
import anyio.to_thread
import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.errors import (
    AppUnreachable,
    AuthenticationError,
    CallError,
    ConfigurationError,
    HubUnavailable,
    NotAGradioApp,
    SpaceNotFound,
    SpacePaused,
    SpaceUnavailable,
    ValidationError,
)
from space_tools.hub import api
from space_tools.hub.spaces import fetch_space
from space_tools.hub.stages import STAGES
from space_tools.tools import visits as visits_module
from space_tools.tools.discovering import DiscoveringToolset
from space_tools.tools.visits import VisitedSpace, Visits, to_space_id
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import eventually
from tests.gradio_server import RunningApp, free_port
from tests.scripted_app import (
    CLOSE_STREAM,
    Gate,
    Script,
    ScriptedApp,
    completed,
    minimal_app,
    scripted_app,
)
from tests.stand_in_hub import StandInHub

ANN = Credentials(principal="ann", hf_token="hf_ann")
BOB = Credentials(principal="bob", hf_token="hf_bob")
CONFIG = "/config"


@contextmanager
def echoing() -> Iterator[ScriptedApp]:
    """An app whose `/echo` says hello."""
    join = [JSONResponse({"event_id": "event-1"})]
    data = [[completed("event-1", ["hello"]), CLOSE_STREAM]]
    with scripted_app(Script(*minimal_app(), join=join, data=data)) as app:
        yield app


@pytest.fixture
def app(hub: StandInHub) -> Iterator[ScriptedApp]:
    """The app of `owner/public`, and of `ann/private`, which is Ann's alone."""
    hub.users |= {"hf_ann": "ann", "hf_bob": "bob"}
    with echoing() as app:
        hub.add("owner/public", host=app.url)
        hub.add("ann/private", host=app.url, private=True)
        yield app


@asynccontextmanager
async def visiting() -> AsyncIterator[Visits]:
    """The visits of a toolset."""
    async with DiscoveringToolset() as tools:
        yield tools._visits


async def test_a_public_space_is_read_once_as_nobody_for_all(
    hub: StandInHub, app: ScriptedApp
) -> None:
    async with visiting() as visits:
        anns = await visits.visit("owner/public", ANN)
        assert await visits.visit("owner/public", BOB) is anns
        assert await visits.visit("owner/public", ANONYMOUS) is anns
    assert list(anns.tools) == ["/echo"]
    assert len(app.of(CONFIG)) == 1
    assert "hf_ann" not in str([r.headers for r in (*app.requests, *hub.requests)])


async def test_a_private_space_is_its_readers_alone(hub: StandInHub, app: ScriptedApp) -> None:
    async with visiting() as visits:
        anns = await visits.visit("ann/private", ANN)
        for other in (BOB, ANONYMOUS, Credentials(principal="ann", hf_token="hf_bob")):
            with pytest.raises(SpaceNotFound):
                await visits.visit("ann/private", other)
        assert await visits.visit("ann/private", ANN) is anns
    assert [r.headers["x-hf-authorization"] for r in app.of(CONFIG)] == ["Bearer hf_ann"]


async def test_a_call_goes_in_its_callers_name(hub: StandInHub, app: ScriptedApp) -> None:
    call = {"space": "owner/public", "endpoint": "/echo"}
    async with DiscoveringToolset() as tools:
        for caller in (ANN, BOB, ANONYMOUS):
            assert await tools.call("call_space", call, credentials=caller) == {"Out": "hello"}
    joins = app.of("/gradio_api/queue/join")
    assert [join.headers.get("x-hf-authorization") for join in joins] == [
        "Bearer hf_ann",
        "Bearer hf_bob",
        None,
    ]


async def test_an_ip_token_goes_with_the_call_alone(hub: StandInHub, app: ScriptedApp) -> None:
    caller = Credentials(principal="ann", hf_token="hf_ann", ip_token="ip")
    call = {"space": "ann/private", "endpoint": "/echo"}
    async with DiscoveringToolset() as tools:
        await tools.call("call_space", call, credentials=caller)
    assert "x-ip-token" not in app.of(CONFIG)[0].headers
    assert app.of("/gradio_api/queue/join")[0].headers["x-ip-token"] == "ip"


async def test_many_who_come_at_once_wait_for_one_reading(
    hub: StandInHub, app: ScriptedApp
) -> None:
    async with visiting() as visits, anyio.create_task_group() as task_group:
        for _ in range(20):
            task_group.start_soon(visits.visit, "owner/public", ANN)
    assert len(app.of(CONFIG)) == 1


@asynccontextmanager
async def silent_proxy(app: ScriptedApp) -> AsyncIterator[FaultProxy]:
    """A way to the app, on which nothing comes back for now."""
    async with FaultProxy(app.port) as proxy:
        proxy.silent = True
        yield proxy


async def test_who_wants_a_space_that_hangs_waits_no_longer_than_the_first(
    hub: StandInHub, app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_module, "CONNECT_SECONDS", 4.0)
    given_up: list[float] = []

    async def call(tools: DiscoveringToolset, caller: Credentials) -> None:
        with pytest.raises(AppUnreachable, match="did not describe itself in time") as raised:
            await tools.call("describe_space", {"space": "owner/hung"}, credentials=caller)
        assert raised.value.outcome == "not_started"
        given_up.append(anyio.current_time())

    async with silent_proxy(app) as proxy, DiscoveringToolset() as tools:
        hub.add("owner/hung", host=f"http://127.0.0.1:{proxy.port}")
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(call, tools, ANN)
            await eventually(lambda: proxy.connections)
            for caller in (ANN, ANN, BOB, BOB, ANONYMOUS):
                task_group.start_soon(call, tools, caller)
            with anyio.fail_after(3):  # others are not waited for at all
                elsewhere = {"space": "owner/public", "endpoint": "/echo"}
                assert await tools.call("call_space", elsewhere) == {"Out": "hello"}
            assert given_up == []
        assert max(given_up) - min(given_up) < 3
    assert len(app.of(CONFIG)) == 2  # of both Spaces, once


async def test_who_goes_costs_those_who_wait_for_the_same_space_nothing(
    hub: StandInHub, app: ScriptedApp
) -> None:
    found: list[VisitedSpace] = []

    async def visit(visits: Visits) -> None:
        found.append(await visits.visit("owner/slow", BOB))

    async with silent_proxy(app) as proxy, visiting() as visits:
        hub.add("owner/slow", host=f"http://127.0.0.1:{proxy.port}")
        async with anyio.create_task_group() as task_group:
            async with anyio.create_task_group() as leaving:
                leaving.start_soon(visits.visit, "owner/slow", ANN)
                await eventually(lambda: proxy.connections)
                task_group.start_soon(visit, visits)
                await anyio.wait_all_tasks_blocked()
                leaving.cancel_scope.cancel()
            proxy.silent = False
        assert [space.id for space in found] == ["owner/slow"]
        assert await visits.visit("owner/slow", ANN) is found[0]
    assert len(app.of(CONFIG)) == 1


async def test_a_space_that_nobody_waits_for_any_more_is_not_read_on(hub: StandInHub) -> None:
    never = [[Gate()]]
    with scripted_app(Script(*minimal_app(), routes={("GET", CONFIG): never})) as app:
        hub.add("owner/slow", host=app.url)
        async with visiting() as visits:
            async with anyio.create_task_group() as task_group:
                for caller in (ANN, BOB):
                    task_group.start_soon(visits.visit, "owner/slow", caller)
                asked = await app.arrival(CONFIG)
                task_group.cancel_scope.cancel()
            assert len(visits) == 0
            assert await anyio.to_thread.run_sync(asked.answered.wait, 5)
            assert asked.hung_up


async def test_all_who_wait_for_a_space_are_told_what_it_does(
    hub: StandInHub, app: ScriptedApp
) -> None:
    told: dict[str, list[str]] = {"ann": [], "bob": []}
    space = hub.add("owner/asleep", stages=["SLEEPING"], host=app.url)
    stuck = anyio.Event()

    async def visit(visits: Visits, caller: Credentials) -> None:
        async def tell(sentence: str) -> None:
            told[caller.principal].append(sentence)
            if caller is ANN:
                await stuck.wait()  # she takes her time to hear it

        await visits.visit("owner/asleep", caller, tell)

    async with visiting() as visits, anyio.create_task_group() as task_group:
        task_group.start_soon(visit, visits, ANN)
        await eventually(lambda: told["ann"])
        task_group.start_soon(visit, visits, BOB)
        await eventually(lambda: told["bob"])
        space.stages = ["RUNNING"]
        await eventually(lambda: app.of(CONFIG), within=20)
        stuck.set()
    assert {sentences[0] for sentences in told.values()} == {
        "waking owner/asleep, which may take a minute or two"
    }


async def test_the_one_that_was_not_used_for_longest_goes_first(
    hub: StandInHub, app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_module, "MOST_KEPT", 2)
    hub.add("owner/second", host=app.url)
    hub.add("owner/third", host=app.url)
    async with visiting() as visits:
        first = await visits.visit("owner/public", ANN)
        second = await visits.visit("owner/second", ANN)
        assert await visits.visit("owner/public", ANN) is first
        await visits.visit("owner/third", ANN)
        assert len(visits) == 2
        assert await visits.visit("owner/public", ANN) is first
        assert await visits.visit("owner/second", ANN) is not second


async def test_what_is_idle_is_not_kept(
    hub: StandInHub, app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_module, "IDLE_SECONDS", 0.0)
    hub.add("owner/second", host=app.url)
    async with visiting() as visits:
        await visits.visit("owner/public", ANN)
        await visits.visit("owner/second", ANN)
        assert len(visits) == 1


async def test_after_a_while_a_space_is_read_anew(
    hub: StandInHub, app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_module, "FRESH_SECONDS", -1.0)
    async with visiting() as visits:
        first = await visits.visit("owner/public", ANN)
        assert await visits.visit("owner/public", ANN) is not first
        assert len(visits) == 1


async def test_nothing_is_kept_of_what_could_not_be_read(hub: StandInHub, app: ScriptedApp) -> None:
    hub.add("owner/page", sdk="static")
    async with visiting() as visits:
        for space_id, error in (("owner/page", NotAGradioApp), ("owner/nmae", SpaceNotFound)):
            with pytest.raises(error):
                await visits.visit(space_id, ANN)
        assert len(visits) == 0


async def test_a_space_that_went_elsewhere_is_looked_up_again(
    hub: StandInHub, app: ScriptedApp
) -> None:
    call = {"space": "owner/moved", "endpoint": "/echo"}
    async with DiscoveringToolset() as tools:
        with echoing() as before:
            space = hub.add("owner/moved", host=before.url)
            assert await tools.call("call_space", call) == {"Out": "hello"}
        with pytest.raises(AppUnreachable):
            await tools.call("call_space", call)
        space.host = app.url
        assert await tools.call("call_space", call) == {"Out": "hello"}


DOWN = [name for name, stage in STAGES.items() if stage.prospect == "down"]


@pytest.mark.parametrize("stage", DOWN)
async def test_a_space_that_is_down_is_refused_at_once_with_what_to_do(
    hub: StandInHub, stage: str
) -> None:
    hub.add("owner/down", stages=[stage])
    await fetch_space("owner/down", token=None)  # which imports what asks the Hub
    call = {"space": "owner/down", "endpoint": "/echo"}
    async with DiscoveringToolset() as tools:
        for name, given in (("call_space", call), ("describe_space", {"space": "owner/down"})):
            with anyio.fail_after(1), pytest.raises(SpaceUnavailable) as raised:
                await tools.call(name, given)
            assert STAGES[stage].advice in str(raised.value)
            assert raised.value.outcome == "not_started"


async def test_a_space_that_is_paused_after_it_was_found_is_looked_up_again(
    hub: StandInHub,
) -> None:
    paused = [PlainTextResponse("This Space is paused.", 503)]
    call = {"space": "owner/found", "endpoint": "/echo"}
    with scripted_app(Script(*minimal_app(), join=paused)) as app:
        space = hub.add("owner/found", host=app.url)
        async with DiscoveringToolset() as tools:
            await tools.call("describe_space", {"space": "owner/found"})
            space.stages = ["PAUSED"]
            with pytest.raises(CallError, match="answered 503"):
                await tools.call("call_space", call)
            with anyio.fail_after(1), pytest.raises(SpacePaused, match="ask its owner to restart"):
                await tools.call("call_space", call)
    assert len(app.of("/gradio_api/queue/join")) == 1


@pytest.mark.parametrize(
    "named",
    [
        "https://owner-public.hf.space.evil.example",
        "https://evil.example/?owner-public.hf.space",
        "http://owner-public.hf.space",
        "https://user@owner-public.hf.space",
        "alias=owner/public",
        "file:///etc/passwd",
        "127.0.0.1:7860",
        "owner/public/..",
        "\n",
    ],
)
async def test_an_agent_cannot_choose_what_is_connected_to(hub: StandInHub, named: str) -> None:
    with pytest.raises(ValidationError, match="`space` must be the id of a Space"):
        await to_space_id(named, ANN)
    assert hub.requests == []


async def test_an_app_cannot_have_a_tool_that_is_called_as_one_of_ours(
    hub: StandInHub, app: ScriptedApp
) -> None:
    config, info = minimal_app()
    config["dependencies"][0]["api_name"] = "space"
    info["named_endpoints"] = {"/space": info["named_endpoints"]["/echo"]}
    with scripted_app(Script(config, info)) as other:
        async with DiscoveringToolset([f"call={other.url}"]) as tools:
            problem = tools.problems["call"]
            assert isinstance(problem, ConfigurationError)
            assert "space-tools itself and call/space would both be the tool" in str(problem)
            assert set(tools.offered) == {"search_spaces", "describe_space", "call_space"}


async def test_no_address_is_guessed_while_the_hub_is_down(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.setattr(api, "DEFAULT_ENDPOINT", url)
    async with visiting() as visits:
        with pytest.raises(HubUnavailable, match=f"the Hub at {url} cannot be reached"):
            await visits.visit("owner/public", ANN)


async def test_a_space_that_wants_a_login_says_who_can_give_it(
    hub: StandInHub, locked_app: RunningApp
) -> None:
    hub.add("owner/locked", host=locked_app.url)
    async with visiting() as visits:
        with pytest.raises(AuthenticationError, match="whoever runs this server can set it up"):
            await visits.visit("owner/locked", ANONYMOUS)
