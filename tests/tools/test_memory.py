"""Tools are there at once when their app was seen before, and while it is asleep or away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from space_tools.credentials import Credentials
from space_tools.errors import (
    CallError,
    ConnectError,
    HubUnavailable,
    InvalidAPIEndpointError,
    SpaceNotFound,
    SpaceStarting,
    SpaceUnavailable,
)
from space_tools.hub.stages import STAGES
from space_tools.tools import keeping, loading, toolset
from space_tools.tools.narration import Waiting
from space_tools.tools.toolset import Toolset
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import eventually
from tests.scripted_app import Recorded, ScriptedApp, scripted_app
from tests.stand_in_hub import TOKEN, StandInHub, StandInSpace
from tests.tools.deployed import CONFIG, Deployed
from tests.tools.test_toolset import Changes

HUB_PATH = "/api/spaces/{}/name"
MINE = Credentials(hf_token=TOKEN)


def away(hub: StandInHub, owner: str = "owner") -> None:
    """The Hub answers nothing about the Space any more."""
    hub.answers["GET", HUB_PATH.format(owner)] = JSONResponse({}, 503)


async def see(source: str, memory: Path, credentials: Credentials = MINE) -> None:
    """Serves an app once, so that it is remembered."""
    async with Toolset([source], memory_dir=memory, credentials=credentials) as tools:
        assert list(tools.tools) == ["app_echo"]
        assert tools.tools["app_echo"].as_of is None


async def test_an_app_that_is_down_has_the_tools_it_had(
    served: ScriptedApp, tmp_path: Path
) -> None:
    async with FaultProxy(served.port) as proxy:
        source = f"app=http://127.0.0.1:{proxy.port}"
        await see(source, tmp_path)
        await proxy.refuse()
        async with Toolset([source], memory_dir=tmp_path) as tools:
            assert list(tools.tools) == ["app_echo"]
            assert tools.tools["app_echo"].as_of is not None
            with pytest.raises(ConnectError, match="nothing is listening"):
                await tools.call("app_echo", {})
            await proxy.accept()
            assert await tools.call("app_echo", {}) == {"Out": "echo"}
            assert tools.tools["app_echo"].as_of is None


async def test_tools_are_there_before_their_app_was_read_and_a_call_waits_for_it(
    app: Deployed, served: ScriptedApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LOCAL_SECONDS", 0.2)
    changes = Changes()
    async with FaultProxy(served.port) as proxy:
        source = f"app=http://127.0.0.1:{proxy.port}"
        await see(source, tmp_path)
        app.start("other")
        proxy.silent = True
        async with Toolset([source], memory_dir=tmp_path, on_change=changes) as tools:
            assert list(tools.tools) == ["app_echo"]
            asked: list[Any] = []

            async def call() -> None:
                with pytest.raises(InvalidAPIEndpointError) as raised:
                    await tools.call("app_echo", {})
                asked.append(raised.value)

            async with anyio.create_task_group() as task_group:
                task_group.start_soon(call)
                await served.arrival(CONFIG, count=3)
                assert asked == []
                proxy.silent = False
            assert len(asked) == 1
            assert list(tools.tools) == ["app_other"]
            assert changes.count == 1


async def test_another_app_at_an_address_of_this_machine_is_not_taken_for_the_one_before(
    app: Deployed, served: ScriptedApp, tmp_path: Path
) -> None:
    source = f"app={served.url}"
    await see(source, tmp_path)
    app.start("other")
    async with Toolset([source], memory_dir=tmp_path) as tools:
        assert list(tools.tools) == ["app_other"]


async def test_an_app_of_this_machine_that_takes_its_time_is_waited_for(
    served: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LOCAL_SECONDS", 0)
    async with Toolset([f"app={served.url}"]) as tools:
        assert list(tools.tools) == ["app_echo"]


async def test_an_app_that_is_as_remembered_is_no_change(
    served: ScriptedApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, source = Changes(), f"app={served.url}"
    await see(source, tmp_path)
    monkeypatch.setattr(keeping, "LOCAL_SECONDS", 0)
    async with Toolset([source], memory_dir=tmp_path, on_change=changes) as tools:
        remembered = tools.tools["app_echo"]
        assert remembered.as_of is not None
        await eventually(lambda: tools.tools["app_echo"].as_of is None)
        assert tools.tools["app_echo"].definition == remembered.definition
        assert tools.tools["app_echo"].inputs is remembered.inputs
        assert changes.count == 0


async def test_an_app_with_a_login_is_not_remembered(served: ScriptedApp, tmp_path: Path) -> None:
    source, auth = f"app={served.url}", {"app": ("user", "pass")}
    memory = tmp_path / "memory"
    async with Toolset([source], memory_dir=memory, auth=auth):
        pass
    assert not memory.exists()


async def test_a_space_is_offered_while_neither_it_nor_the_hub_answers(
    hub: StandInHub, served: ScriptedApp, tmp_path: Path
) -> None:
    space = hub.add("owner/name", host=served.url)
    await see("app=owner/name", tmp_path)
    away(hub)
    space.host = None
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        assert list(tools.tools) == ["app_echo"]
        with pytest.raises(HubUnavailable, match="the Hub is in trouble"):
            await tools.call("app_echo", {})


async def test_a_space_that_is_gone_has_no_tools_any_more(
    hub: StandInHub, served: ScriptedApp, tmp_path: Path
) -> None:
    hub.add("owner/name", host=served.url)
    await see("app=owner/name", tmp_path)
    del hub.spaces["owner/name"]
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        with pytest.raises(SpaceNotFound):
            await tools.call("app_echo", {})
        assert len(tools) == 0
    away(hub)
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        assert len(tools) == 0


@pytest.fixture
async def private(hub: StandInHub, served: ScriptedApp, tmp_path: Path) -> StandInSpace:
    """A private Space of `me`, which was seen with my token."""
    space = hub.add("me/name", host=served.url, private=True)
    hub.users["hf_other"] = "me"
    await see("app=me/name", tmp_path)
    return space


async def test_a_private_space_is_offered_when_the_hub_says_that_it_may_be_seen(
    private: StandInSpace, tmp_path: Path
) -> None:
    private.stages = ["SLEEPING"]
    async with Toolset(["app=me/name"], memory_dir=tmp_path, credentials=MINE) as tools:
        await eventually(lambda: list(tools.tools) == ["app_echo"])
        assert tools.problems == {}


async def test_a_private_space_is_not_offered_while_the_hub_cannot_say(
    hub: StandInHub, private: StandInSpace, tmp_path: Path
) -> None:
    away(hub, "me")
    async with Toolset(["app=me/name"], memory_dir=tmp_path, credentials=MINE) as tools:
        await eventually(lambda: tools.problems)
        assert len(tools) == 0


async def test_a_private_space_is_lost_with_the_token_that_showed_it(
    hub: StandInHub, private: StandInSpace, app: Deployed, tmp_path: Path
) -> None:
    async with Toolset(["app=me/name"], memory_dir=tmp_path, credentials=MINE) as tools:
        await tools.call("app_echo", {}, credentials=MINE)
        del hub.users[TOKEN]
        app.join = JSONResponse({}, 404)
        with pytest.raises(CallError):
            await tools.call("app_echo", {}, credentials=MINE)
        await eventually(lambda: len(tools) == 0)


@pytest.mark.parametrize("token", [None, "hf_strangersToken"])
async def test_a_private_space_is_not_offered_to_others(
    hub: StandInHub, private: StandInSpace, tmp_path: Path, token: str | None
) -> None:
    hub.users["hf_strangersToken"] = "stranger"
    stranger = Credentials(hf_token=token)
    async with Toolset(["app=me/name"], memory_dir=tmp_path, credentials=stranger) as tools:
        assert len(tools) == 0
        assert tools.problems.keys() == {"app"}


async def test_what_one_token_saw_of_a_private_space_is_not_found_by_another(
    private: StandInSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private.stages = ["SLEEPING"]
    monkeypatch.setattr(loading, "CONNECT_SECONDS", 0.5)
    other = Credentials(hf_token="hf_other")
    async with Toolset(["app=me/name"], memory_dir=tmp_path, credentials=other) as tools:
        await eventually(lambda: tools.problems)
        assert len(tools) == 0


@pytest.fixture
def sleeper(hub: StandInHub, app: Deployed) -> Iterator[tuple[StandInSpace, ScriptedApp]]:
    """A Space that was seen before it fell asleep, and its host, which wakes it."""
    space = hub.add("owner/name")
    script = app.script()

    def wake(_: Recorded) -> PlainTextResponse:
        space.wake()
        return PlainTextResponse("Your Space is waking up", 503)

    script.routes = {**script.routes, ("GET", "/"): wake}
    with scripted_app(script) as host:
        space.host = host.url
        yield space, host


async def test_a_sleeping_space_offers_its_tools_and_a_call_wakes_it(
    sleeper: tuple[StandInSpace, ScriptedApp], tmp_path: Path
) -> None:
    space, host = sleeper
    await see("app=owner/name", tmp_path)
    space.stages = ["SLEEPING", "RUNNING"]
    told: list[str] = []

    async def listen(update: object) -> None:
        if isinstance(update, Waiting):
            told.append(update.text)

    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        assert list(tools.tools) == ["app_echo"]
        await eventually(lambda: space.stages[0] == "SLEEPING" and tools.problems == {})
        assert host.of("/") == []
        assert await tools.call("app_echo", {}, on_update=listen) == {"Out": "echo"}
    assert len(host.of("/")) == 1
    assert told[0] == "waking owner/name, which may take a minute or two"


async def test_a_sleeping_space_that_was_never_seen_is_woken_at_once(
    sleeper: tuple[StandInSpace, ScriptedApp], tmp_path: Path
) -> None:
    space, host = sleeper
    space.stages = ["SLEEPING", "RUNNING"]
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        assert list(tools.tools) == ["app_echo"]
    assert len(host.of("/")) == 1


async def test_a_sleeping_space_with_a_new_commit_is_woken_to_be_read(
    app: Deployed, sleeper: tuple[StandInSpace, ScriptedApp], tmp_path: Path
) -> None:
    space, host = sleeper
    await see("app=owner/name", tmp_path)
    space.sha, space.stages = "other", ["SLEEPING", "RUNNING"]
    app.start("other")
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        await eventually(lambda: list(tools.tools) == ["app_other"], within=20)
    assert len(host.of("/")) == 1


DOWN = [name for name, stage in STAGES.items() if stage.prospect == "down"]


@pytest.mark.parametrize("stage", DOWN)
async def test_a_call_to_a_space_that_is_down_says_at_once_what_to_do(
    hub: StandInHub, served: ScriptedApp, tmp_path: Path, stage: str
) -> None:
    space = hub.add("owner/name", host=served.url)
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        pass
    space.stages = [stage]
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        await eventually(lambda: tools.problems)
        with anyio.fail_after(1), pytest.raises(SpaceUnavailable) as raised:
            await tools.call("app_echo", {})
    words = f"owner/name {STAGES[stage].state}; {STAGES[stage].advice}: {hub.url}"
    assert str(raised.value).startswith(words)
    assert raised.value.outcome == "not_started"


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("stage", ["BUILDING", "APP_STARTING"])
async def test_a_call_to_a_space_that_is_coming_up_is_told_so_at_once(
    hub: StandInHub,
    served: ScriptedApp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    known: bool,
) -> None:
    monkeypatch.setattr(toolset, "DEADLINE", 1.0)
    monkeypatch.setattr(toolset, "WAKING_SECONDS", 0.5)
    space = hub.add("owner/name", host=served.url)
    if known:
        await see("app=owner/name", tmp_path)
    space.stages = [stage]
    told: list[str] = []

    async def listen(update: object) -> None:
        if isinstance(update, Waiting):
            told.append(update.text)

    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        with pytest.raises(SpaceStarting, match="did not come up within"):
            await tools.call("app_echo", {}, on_update=listen)
    assert told[0] == f"{STAGES[stage].activity} owner/name"


async def test_a_hub_that_asks_for_fewer_requests_is_told_of_with_when_to_come_again(
    hub: StandInHub, served: ScriptedApp, tmp_path: Path
) -> None:
    hub.add("owner/name", host=served.url)
    await see("app=owner/name", tmp_path)
    refusal = JSONResponse({}, 429, {"retry-after": "30"})
    hub.answers["GET", HUB_PATH.format("owner")] = refusal
    async with Toolset(["app=owner/name"], memory_dir=tmp_path) as tools:
        with anyio.fail_after(1), pytest.raises(HubUnavailable, match="try again in 30 s"):
            await tools.call("app_echo", {})
