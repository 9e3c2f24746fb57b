"""Spaces that not everybody may see: each caller has those that the Hub shows to them."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from space_tools.credentials import ANYONE, Credentials
from space_tools.errors import ConnectError, InvalidAPIEndpointError, SpacePaused
from space_tools.tools import callers
from space_tools.tools.narration import Waiting
from space_tools.tools.toolset import Toolset
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import eventually
from tests.scripted_app import Recorded, ScriptedApp, scripted_app
from tests.stand_in_hub import StandInHub, StandInSpace
from tests.tools.deployed import CONFIG, Deployed, deployed

ANN = Credentials(principal="ann", hf_token="hf_tokenOfAnn")
BOB = Credentials(principal="bob", hf_token="hf_tokenOfBob")
NOBODY = Credentials(principal=ANYONE)
SOURCES = ["one=owner/one", "hers=ann/name", "two=owner/two"]
PATH = "/api/spaces/ann/name"
ALL, EVERYBODYS = ["one_echo", "hers_echo", "two_echo"], ["one_echo", "two_echo"]


@pytest.fixture
def hers(hub: StandInHub, served: ScriptedApp) -> Iterator[StandInSpace]:
    """A private Space of Ann's, among two that everybody may see."""
    hub.users.update({"hf_tokenOfAnn": "ann", "hf_tokenOfBob": "bob"})
    with deployed(Deployed()) as other:
        hub.add("owner/one", host=other.url)
        hub.add("owner/two", host=other.url)
        yield hub.add("ann/name", host=served.url, private=True)


def shared(**options: object) -> Toolset:
    """As a server has it that serves many."""
    return Toolset(SOURCES, per_caller=True, **options)


def asked_by_ann(hub: StandInHub) -> int:
    """How often the Hub was asked about her Space with her token."""
    asked = hub.asked("GET", PATH)
    return sum(r.headers.get("authorization") == "Bearer hf_tokenOfAnn" for r in asked)


async def is_unknown(tools: Toolset, credentials: Credentials, name: str = "hers_echo") -> bool:
    """Whether a call of that tool is answered as one of a tool that never was."""
    with pytest.raises(InvalidAPIEndpointError) as raised:
        await tools.call(name, {}, credentials=credentials)
    return str(raised.value) == f"there is no tool {name!r}"


@pytest.mark.usefixtures("hers")
async def test_a_private_space_is_listed_to_who_may_see_it_in_its_place() -> None:
    async with shared() as tools:
        assert list(await tools.tools_for(ANN)) == ALL
        for other in (BOB, NOBODY):
            assert list(await tools.tools_for(other)) == EVERYBODYS
        assert list(tools.tools) == EVERYBODYS


@pytest.mark.usefixtures("hers")
async def test_a_private_space_is_called_by_who_may_see_it_and_unknown_to_others() -> None:
    async with shared() as tools:
        assert await is_unknown(tools, BOB)
        assert await tools.call("hers_echo", {}, credentials=ANN) == {"Out": "echo"}
        assert await is_unknown(tools, BOB)
        assert await is_unknown(tools, NOBODY)
        assert await is_unknown(tools, ANN, "hers_nothing")
        for caller in (ANN, BOB, NOBODY):
            assert await tools.call("two_echo", {}, credentials=caller) == {"Out": "echo"}


@pytest.mark.usefixtures("hers")
async def test_a_list_is_the_same_object_while_nothing_changes(hub: StandInHub) -> None:
    async with shared() as tools:
        first = await tools.tools_for(ANN)
        await tools.call("hers_echo", {}, credentials=ANN)
        assert await tools.tools_for(ANN) is first
        assert asked_by_ann(hub) == 1
        assert await tools.tools_for(BOB) is await tools.tools_for(BOB)


@pytest.mark.usefixtures("hers")
async def test_no_other_token_than_the_callers_goes_anywhere(
    hub: StandInHub, served: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_ofTheServer")
    async with shared() as tools:
        await tools.tools_for(ANN)
        await tools.call("hers_echo", {}, credentials=ANN)
    sent = {r.headers.get("authorization") for r in hub.requests}
    assert sent == {None, "Bearer hf_tokenOfAnn"}
    assert {r.headers.get("x-hf-authorization") for r in served.requests} == {
        "Bearer hf_tokenOfAnn"
    }


async def test_who_may_not_see_it_any_more_loses_it(
    hub: StandInHub, hers: StandInSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared() as tools:
        assert list(await tools.tools_for(ANN)) == ALL
        hub.users["hf_tokenOfAnn"] = "somebody"
        assert list(await tools.tools_for(ANN)) == ALL  # for a few minutes
        monkeypatch.setattr(callers, "LIFE_SECONDS", 0.0)
        assert list(await tools.tools_for(ANN)) == EVERYBODYS
        assert await is_unknown(tools, ANN)


@pytest.mark.usefixtures("hers")
async def test_it_is_not_offered_while_the_hub_cannot_say_who_may_see_it(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "LIFE_SECONDS", 0.0)
    async with shared() as tools:
        assert list(await tools.tools_for(ANN)) == ALL
        hub.answers["GET", PATH] = JSONResponse({}, 503)
        assert list(await tools.tools_for(ANN)) == EVERYBODYS
        assert await is_unknown(tools, ANN)
        monkeypatch.setattr(callers, "REFUSED_SECONDS", 0.0)
        del hub.answers["GET", PATH]
        assert await tools.call("hers_echo", {}, credentials=ANN) == {"Out": "echo"}


@pytest.mark.usefixtures("hers")
async def test_another_token_of_the_same_caller_is_asked_for_anew() -> None:
    async with shared() as tools:
        assert list(await tools.tools_for(ANN)) == ALL
        weaker = Credentials(principal="ann", hf_token="hf_tokenOfBob")
        assert list(await tools.tools_for(weaker)) == EVERYBODYS
        assert await is_unknown(tools, weaker)
        assert list(await tools.tools_for(ANN)) == ALL


@pytest.mark.usefixtures("hers")
async def test_the_hub_is_asked_once_for_several_requests_at_once(hub: StandInHub) -> None:
    async with shared() as tools, anyio.create_task_group() as task_group:
        for _ in range(5):
            task_group.start_soon(tools.tools_for, ANN)
    assert asked_by_ann(hub) == 1


@pytest.mark.usefixtures("hers")
async def test_an_app_that_is_as_it_was_keeps_its_tools(
    hub: StandInHub, app: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "LIFE_SECONDS", 0.0)
    async with shared() as tools:
        first = await tools.tools_for(ANN)
        assert await tools.tools_for(ANN) is first
        assert asked_by_ann(hub) == 2
        app.start("other")
        assert list(await tools.tools_for(ANN)) == ["one_echo", "hers_other", "two_echo"]


@pytest.mark.usefixtures("hers")
async def test_who_is_longest_away_makes_room(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "MOST", 1)
    async with shared() as tools:
        for caller in (ANN, BOB, ANN):
            await tools.tools_for(caller)
        assert asked_by_ann(hub) == 2


async def test_a_call_to_one_that_is_down_is_told_so_if_it_may_be_seen(hers: StandInSpace) -> None:
    hers.stages = ["PAUSED"]
    async with shared() as tools:
        with pytest.raises(SpacePaused, match="ask its owner to restart it"):
            await tools.call("hers_echo", {}, credentials=ANN)
        assert await is_unknown(tools, BOB)


async def test_a_call_to_one_that_cannot_be_reached_is_told_so_until_it_can(
    hers: StandInSpace, served: ScriptedApp
) -> None:
    async with FaultProxy(served.port) as proxy:
        hers.host = f"http://127.0.0.1:{proxy.port}"
        await proxy.refuse()
        async with shared() as tools:
            with pytest.raises(ConnectError, match="nothing is listening"):
                await tools.call("hers_echo", {}, credentials=ANN)
            await proxy.accept()
            assert await tools.call("hers_echo", {}, credentials=ANN) == {"Out": "echo"}


async def test_one_that_sleeps_is_offered_as_it_was_and_woken_by_a_call(
    hub: StandInHub, hers: StandInSpace, app: Deployed, tmp_path: Path
) -> None:
    script, told = app.script(), list[str]()

    def wake(_: Recorded) -> PlainTextResponse:
        hers.wake()
        return PlainTextResponse("", 503)

    async def listen(update: object) -> None:
        if isinstance(update, Waiting):
            told.append(update.text)

    script.routes = {**script.routes, ("GET", "/"): wake}
    with scripted_app(script) as host:
        hers.host = host.url
        async with shared(memory_dir=tmp_path) as tools:
            await tools.tools_for(ANN)
        hers.stages = ["SLEEPING", "RUNNING"]
        async with shared(memory_dir=tmp_path) as tools:
            asked = len(host.of(CONFIG))
            offered = await tools.tools_for(ANN)
            assert list(offered) == ALL
            assert offered["hers_echo"].as_of is not None
            assert list(await tools.tools_for(BOB)) == EVERYBODYS
            assert len(host.of(CONFIG)) == asked
            called = await tools.call("hers_echo", {}, credentials=ANN, on_update=listen)
            assert called == {"Out": "echo"}
    assert told[0].startswith("waking ann/name")


async def test_one_that_becomes_public_is_everybodys(
    hers: StandInSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("space_tools.tools.keeping.FIRST_PAUSE", 0.1)
    async with shared() as tools:
        assert list(tools.tools) == EVERYBODYS
        hers.private = False
        await eventually(lambda: list(tools.tools) == ALL)
        assert await tools.call("hers_echo", {}, credentials=BOB) == {"Out": "echo"}


@pytest.mark.usefixtures("hers")
async def test_of_two_tools_of_one_name_the_first_apps_is_offered(hub: StandInHub) -> None:
    with deployed(Deployed("c_echo")) as other:
        hub.add("ann/clash", host=other.url, private=True)
        sources = ["a_c=owner/one", "a=ann/clash"]
        async with Toolset(sources, per_caller=True) as tools:
            assert list(await tools.tools_for(ANN)) == ["a_c_echo"]


@pytest.mark.usefixtures("hers")
async def test_a_toolset_for_one_caller_has_no_others() -> None:
    async with Toolset(SOURCES) as tools:
        assert list(await tools.tools_for(ANN)) == EVERYBODYS
