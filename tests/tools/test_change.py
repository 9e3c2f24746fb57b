"""An app that changes while it is served is noticed behind its calls, and now and then without."""

from contextlib import suppress

import anyio
import pytest
from starlette.responses import JSONResponse

from space_tools.credentials import Credentials
from space_tools.errors import CallError, InvalidAPIEndpointError, ValidationError
from space_tools.tools import keeping, loading
from space_tools.tools.toolset import Toolset
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import eventually
from tests.gradio_server import RunningApp, free_port
from tests.scripted_app import ScriptedApp
from tests.stand_in_hub import StandInHub, StandInSpace
from tests.tools.deployed import APP_ID, CONFIG, JOIN, Deployed, deployed
from tests.tools.test_toolset import Changes, running

HUB_PATH = "/api/spaces/owner/name"


@pytest.fixture
def space(hub: StandInHub, served: ScriptedApp) -> StandInSpace:
    return hub.add("owner/name", host=served.url)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app is looked at behind each call."""
    monkeypatch.setattr(keeping, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "REREAD_PAUSE", 0.0)


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch, often: None) -> None:
    """An app is looked at without calls too, and the Hub asked each time."""
    monkeypatch.setattr(keeping, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(loading, "HUB_SECONDS", 0.0)


def paths(served: ScriptedApp) -> list[str]:
    return [request.path for request in served.requests]


@pytest.mark.usefixtures("often")
async def test_another_app_in_its_place_is_noticed_behind_a_call(
    app: Deployed, served: ScriptedApp
) -> None:
    changes = Changes()
    async with Toolset([f"app={served.url}"], on_change=changes) as tools:
        assert await tools.call("app_echo", {}) == {"Out": "echo"}
        app.start("other")
        before = len(served.requests)
        await tools.call("app_echo", {})
        await eventually(lambda: list(tools.tools) == ["app_other"])
        assert paths(served)[before] == JOIN
        assert changes.count == 2
        assert await tools.call("app_other", {}) == {"Out": "other"}
        with pytest.raises(InvalidAPIEndpointError):
            await tools.call("app_echo", {})


async def test_calls_one_after_the_other_cost_the_app_no_questions(served: ScriptedApp) -> None:
    async with Toolset([f"app={served.url}"]) as tools:
        for _ in range(5):
            await tools.call("app_echo", {})
        assert len(served.of(CONFIG)) == 1
        assert len(served.of(APP_ID)) == 0


@pytest.mark.usefixtures("often")
async def test_the_same_app_started_anew_changes_no_tool_but_forgets_conversations() -> None:
    app, changes = Deployed(stateful=True), Changes()
    with deployed(app) as served:
        async with Toolset([f"app={served.url}"], on_change=changes) as tools:
            handle = (await tools.call("app_echo", {}))["session"]
            assert await tools.call("app_echo", {"session": handle}) == {"Out": "echo"}
            app.start()
            await tools.call("app_echo", {})
            await eventually(lambda: len(served.of(CONFIG)) == 2)
            await eventually(lambda: tools.tools["app_echo"].app.info.app_id == "2")
            with pytest.raises(ValidationError, match="leave it out to start anew"):
                await tools.call("app_echo", {"session": handle})
            assert changes.count == 1


async def test_callers_who_will_not_come_again_can_be_forgotten() -> None:
    with deployed(Deployed(stateful=True)) as served:
        async with Toolset([f"app={served.url}"]) as tools:
            ann, bob = Credentials(principal="ann"), Credentials(principal="bob")
            for caller, known in [(ann, False), (bob, True)]:
                handle = (await tools.call("app_echo", {}, credentials=caller))["session"]
                await tools.call("app_echo", {}, credentials=caller, conversation="one")
                tools.end("one")
                tools.forget("ann")
                assert await knows(tools, handle, caller) is known


async def knows(tools: Toolset, handle: str, credentials: Credentials) -> bool:
    """Whether a session can be gone on with."""
    try:
        await tools.call("app_echo", {"session": handle}, credentials=credentials)
    except ValidationError:
        return False
    return True


@pytest.mark.usefixtures("unasked")
async def test_an_app_that_nobody_calls_is_looked_at_too(
    app: Deployed, served: ScriptedApp
) -> None:
    async with Toolset([f"app={served.url}"]) as tools:
        app.start("other")
        await eventually(lambda: list(tools.tools) == ["app_other"])


@pytest.mark.usefixtures("unasked")
async def test_a_space_that_nobody_calls_is_let_fall_asleep(
    hub: StandInHub, served: ScriptedApp, space: StandInSpace
) -> None:
    async with Toolset(["owner/name"]):
        asked = len(served.requests)
        await eventually(lambda: len(hub.asked("GET", HUB_PATH)) > 3)
        assert len(served.requests) == asked


@pytest.mark.usefixtures("unasked")
async def test_a_new_commit_of_a_space_is_noticed(app: Deployed, space: StandInSpace) -> None:
    changes = Changes()
    async with Toolset(["app=owner/name"], on_change=changes) as tools:
        app.start("other")
        await anyio.sleep(0.2)
        assert list(tools.tools) == ["app_echo"]
        space.sha = "other"
        await eventually(lambda: list(tools.tools) == ["app_other"])
        assert changes.count == 2


@pytest.mark.usefixtures("unasked")
async def test_a_new_version_is_read_when_it_has_taken_the_old_ones_place(
    app: Deployed, space: StandInSpace
) -> None:
    async with Toolset(["app=owner/name"]) as tools:
        space.sha, space.stages = "other", ["RUNNING_BUILDING"]
        await anyio.sleep(0.2)
        assert list(tools.tools) == ["app_echo"]
        app.start("other")
        space.stages = ["RUNNING"]
        await eventually(lambda: list(tools.tools) == ["app_other"])


@pytest.mark.usefixtures("often")
async def test_the_hub_is_not_asked_behind_each_call(
    hub: StandInHub, served: ScriptedApp, space: StandInSpace
) -> None:
    async with Toolset(["app=owner/name"]) as tools:
        for count in (1, 2, 3):
            await tools.call("app_echo", {})
            await served.arrival(APP_ID, count=count)
        assert len(hub.asked("GET", HUB_PATH)) == 1


@pytest.mark.usefixtures("often")
async def test_an_app_without_an_id_is_read_anew_now_and_then(
    app: Deployed, served: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.tells = False
    async with Toolset([f"app={served.url}"]) as tools:
        app.start("other")
        await tools.call("app_echo", {})
        await served.arrival(APP_ID)
        assert list(tools.tools) == ["app_echo"]
        monkeypatch.setattr(loading, "REREAD_SECONDS", 0.0)
        await tools.call("app_echo", {})
        await eventually(lambda: list(tools.tools) == ["app_other"])


@pytest.mark.usefixtures("often")
async def test_replicas_of_an_app_are_not_taken_for_one_that_was_started_anew(
    app: Deployed, served: ScriptedApp
) -> None:
    app.headers["x-proxied-replica"] = "abc-one"
    async with Toolset([f"app={served.url}"]) as tools:
        for count in (1, 2):
            app.start()
            await tools.call("app_echo", {})
            await served.arrival(APP_ID, count=count)
        assert len(served.of(CONFIG)) == 1


@pytest.mark.parametrize("status", [404, 500])
async def test_an_app_that_does_not_know_its_own_function_is_read_anew(
    app: Deployed, served: ScriptedApp, status: int
) -> None:
    async with Toolset([f"app={served.url}"]) as tools:
        app.start("other")
        app.join = JSONResponse({}, status)
        with pytest.raises(CallError):
            await tools.call("app_echo", {})
        await eventually(lambda: list(tools.tools) == ["app_other"])


@pytest.mark.usefixtures("often")
async def test_a_real_app_that_is_restarted_as_another_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, changes = free_port(), Changes()
    monkeypatch.setattr("tests.gradio_server.free_port", lambda: port)
    async with Toolset([f"app=http://127.0.0.1:{port}"], on_change=changes) as tools:
        async with running("chat_app"):
            assert "you said a" in str(await tools.call("app_respond", {"message": "a"}))
            assert changes.count == 1
        async with running("interface_app"):
            with pytest.raises((CallError, InvalidAPIEndpointError)):
                await tools.call("app_respond", {"message": "b"})
            await eventually(lambda: list(tools.tools) == ["app_greet"])
            assert changes.count == 2
            assert await tools.call("app_greet", {"name": "Ann"}) == {"greeting": "Hello Ann!"}


@pytest.mark.usefixtures("often")
async def test_a_real_app_in_the_place_of_another_is_noticed_behind_a_call(
    interface_app: RunningApp, server_app: RunningApp
) -> None:
    async with (
        FaultProxy(interface_app.port) as proxy,
        Toolset([f"app=http://127.0.0.1:{proxy.port}"]) as tools,
    ):
        assert await tools.call("app_greet", {"name": "Ann"}) == {"greeting": "Hello Ann!"}
        proxy.target_port = server_app.port
        proxy.reset()
        with suppress(CallError):  # its function has another's number
            await tools.call("app_greet", {"name": "Ann"})
        await eventually(lambda: "app_hello" in tools.tools)
        assert await tools.call("app_hello", {"name": "x", "times": 1}) == {"1st": "hello x"}


@pytest.mark.usefixtures("often")
async def test_a_tool_that_is_new_is_found_by_asking_for_it(
    app: Deployed, served: ScriptedApp
) -> None:
    async with Toolset([f"app={served.url}"]) as tools:
        app.start("other")
        with pytest.raises(InvalidAPIEndpointError):
            await tools.call("app_other", {})
        await eventually(lambda: list(tools.tools) == ["app_other"])
        assert await tools.call("app_other", {}) == {"Out": "other"}
