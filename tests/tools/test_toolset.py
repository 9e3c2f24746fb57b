"""The tools of several apps are there as the apps are, whatever the apps come and go."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import pytest
from starlette.responses import HTMLResponse

from space_tools.errors import (
    CallError,
    ConfigurationError,
    ConnectError,
    InternalError,
    InvalidAPIEndpointError,
    NotAGradioApp,
    SpaceToolsError,
)
from space_tools.gradio.app import GradioApp
from space_tools.tools import loading
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool
from space_tools.tools.toolset import Toolset
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import eventually
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp, free_port, run_app
from tests.scripted_app import CLOSE_STREAM, Gate, Script, completed, minimal_app, scripted_app

PAGE = Script({}, {}, routes={("GET", "/config"): [HTMLResponse("<html>a page</html>")]})


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    """No task and no connection outlives the test."""
    async with nothing_left_behind():
        yield


def called(name: str, answer: str) -> Script:
    """The minimal app with its endpoint called `name`, which gives `answer`."""
    config, info = minimal_app()
    config["dependencies"][0]["api_name"] = name
    described = {"named_endpoints": {f"/{name}": info["named_endpoints"]["/echo"]}}
    return Script(config, described, data=lambda _: [completed_any(answer), CLOSE_STREAM])


def completed_any(answer: str) -> dict[str, Any]:
    """The end of whichever call is listened to."""
    return {key: value for key, value in completed("", [answer]).items() if key != "event_id"}


@contextmanager
def serving(*scripts: Script) -> Iterator[list[str]]:
    """The URLs of those apps."""
    if not scripts:
        yield []
        return
    with scripted_app(scripts[0]) as app, serving(*scripts[1:]) as rest:
        yield [app.url, *rest]


class Changes:
    """Counts what a toolset tells of."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


async def test_apps_that_are_up_have_tools_and_the_others_a_problem(
    kitchen_sink: RunningApp, interface_app: RunningApp
) -> None:
    port = free_port()
    with scripted_app(PAGE) as page:
        sources = [
            f"sink={kitchen_sink.url}",
            f"down=http://127.0.0.1:{port}",
            f"page={page.url}",
            interface_app.url,
        ]
        async with Toolset(sources) as tools:
            names = [tool.name for tool in tools]
            assert names[0] == "sink_echo_text"
            assert names[-1] == f"app_{interface_app.port}_greet"
            assert len(tools) == len(tools.tools) == len(names) > 100
            assert {alias: type(e) for alias, e in tools.problems.items()} == {
                "down": ConnectError,
                "page": NotAGradioApp,
            }
            assert f"http://127.0.0.1:{port}: nothing is listening" in str(tools.problems["down"])
            assert page.url in str(tools.problems["page"])
            assert await tools.call("sink_echo_text", {"x": "hi"}) == {"Out": "hi"}
            assert await tools.tools[names[-1]](name="Ann") == {"greeting": "Hello Ann!"}


async def test_apps_are_read_at_once() -> None:
    gates = [Gate(), Gate()]
    scripts = [Script({}, {}, routes={("GET", "/config"): [[gate]]}) for gate in gates]

    async def open_once_all_are_asked() -> None:
        for gate in gates:
            assert await asyncio.to_thread(gate.reached.wait, 5)
        for gate in gates:
            gate.open()

    with serving(*scripts) as (one, other):
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(open_once_all_are_asked)
            async with Toolset([f"one={one}", f"other={other}"]) as tools:
                assert tools.problems.keys() == {"one", "other"}


async def test_an_app_that_does_not_answer_holds_no_other_up() -> None:
    silent = Script({}, {}, routes={("GET", "/config"): [[Gate()]]})
    with serving(silent, called("echo", "hi")) as (one, other):
        async with Toolset([f"silent={one}", f"app={other}"], wait=0.5) as tools:
            assert [tool.name for tool in tools] == ["app_echo"]
            assert await tools.call("app_echo", {}) == {"Out": "hi"}
            assert tools.problems == {}


async def test_a_tool_that_is_not_there_is_named() -> None:
    with serving(called("echo", "hi")) as (url,):
        async with Toolset([f"app={url}"]) as tools:
            with pytest.raises(InvalidAPIEndpointError, match="'app_nothing'"):
                await tools.call("app_nothing", {})


async def test_a_call_to_an_app_that_is_down_says_so() -> None:
    async with Toolset([f"down=http://127.0.0.1:{free_port()}"]) as tools:
        with pytest.raises(ConnectError, match="nothing is listening there") as raised:
            await tools.call("down_echo", {})
        assert raised.value.outcome == "not_started"


async def test_every_call_to_an_app_that_is_down_is_told_at_once() -> None:
    async with Toolset([f"down=http://127.0.0.1:{free_port()}"]) as tools:
        told: list[SpaceToolsError] = []

        async def ask() -> None:
            try:
                await tools.call("down_echo", {})
            except ConnectError as error:
                told.append(error)

        with anyio.fail_after(1.5):
            async with anyio.create_task_group() as task_group:
                for _ in range(5):
                    task_group.start_soon(ask)
        assert len(told) == 5


async def test_an_app_that_comes_up_later_is_found_by_a_call() -> None:
    changes = Changes()
    with serving(called("echo", "hi")) as (url,):
        async with FaultProxy(int(url.rpartition(":")[2])) as proxy:
            await proxy.refuse()
            source = f"app=http://127.0.0.1:{proxy.port}"
            async with Toolset([source], on_change=changes) as tools:
                assert (len(tools), changes.count) == (0, 0)
                await eventually(lambda: not tools.apps[0].trying)
                await proxy.accept()
                assert await tools.call("app_echo", {}) == {"Out": "hi"}
                assert (tools.problems, changes.count) == ({}, 1)


@asynccontextmanager
async def running(name: str) -> AsyncIterator[RunningApp]:
    """An app, started and ended without holding the event loop up."""
    manager = run_app(name)
    app = await asyncio.to_thread(manager.__enter__)
    try:
        yield app
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)


async def test_a_real_app_may_start_late_and_be_killed_and_start_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, changes = free_port(), Changes()
    monkeypatch.setattr("tests.gradio_server.free_port", lambda: port)
    async with Toolset([f"app=http://127.0.0.1:{port}"], on_change=changes) as tools:
        with pytest.raises(ConnectError):
            await tools.call("app_greet", {"name": "Ann"})
        async with running("interface_app"):
            assert await tools.call("app_greet", {"name": "Ann"}) == {"greeting": "Hello Ann!"}
            assert changes.count == 1
        with pytest.raises(CallError) as raised:
            await tools.call("app_greet", {"name": "Ann"})
        assert raised.value.outcome == "not_started"
        await eventually(lambda: tools.problems)
        assert "app_greet" in tools.tools
        async with running("interface_app"):
            assert await tools.call("app_greet", {"name": "Bob"}) == {"greeting": "Hello Bob!"}
            assert (tools.problems, changes.count) == ({}, 1)


async def test_an_app_that_comes_back_as_another_has_the_others_tools() -> None:
    changes = Changes()
    with serving(called("first", "one"), called("second", "two")) as urls:
        first, second = (int(url.rpartition(":")[2]) for url in urls)
        async with FaultProxy(first) as proxy:
            source = f"app=http://127.0.0.1:{proxy.port}"
            async with Toolset([source], on_change=changes) as tools:
                assert await tools.call("app_first", {}) == {"Out": "one"}
                await proxy.refuse()
                proxy.reset()
                with pytest.raises(CallError):
                    await tools.call("app_first", {})
                await eventually(lambda: tools.problems)
                proxy.target_port = second
                await proxy.accept()
                with pytest.raises(InvalidAPIEndpointError):
                    await tools.call("app_first", {})
                assert [tool.name for tool in tools] == ["app_second"]
                assert changes.count == 2
                assert await tools.call("app_second", {}) == {"Out": "two"}


async def test_patterns_choose_the_tools(kitchen_sink: RunningApp) -> None:
    async with Toolset(
        [f"sink={kitchen_sink.url}"],
        include=["sink/echo_*", "sink/undocumented"],
        exclude=["*_limited"],
    ) as tools:
        assert tools.tools.keys() == {
            "sink_echo_text",
            "sink_echo_text_required",
            "sink_undocumented",
        }
        assert await tools.call("sink_undocumented", {"text": "x"}) == {"Out": "x"}


@pytest.mark.parametrize("slow_first", [False, True])
async def test_tools_of_one_name_are_a_problem_of_the_app_named_later(slow_first: bool) -> None:
    with serving(called("b_c", "first"), called("c", "second")) as (first, second):
        async with FaultProxy(int(first.rpartition(":")[2])) as proxy:
            proxy.latency = 0.1 if slow_first else 0.0
            sources = [f"a=http://127.0.0.1:{proxy.port}", f"a_b={second}"]
            async with Toolset(sources) as tools:
                assert await tools.call("a_b_c", {}) == {"Out": "first"}
                assert tools.problems.keys() == {"a_b"}
                problem = tools.problems["a_b"]
                assert isinstance(problem, ConfigurationError)
                assert "a/b_c and a_b/c would both be the tool 'a_b_c'" in str(problem)


async def test_an_error_of_the_block_stays_as_it_is() -> None:
    with serving(called("echo", "hi")) as (url,), pytest.raises(InvalidAPIEndpointError):
        async with Toolset([f"app={url}"]) as tools:
            await tools.call("app_nothing", {})


async def test_a_source_that_cannot_be_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="neither a Space id"):
        Toolset(["nonsense"])


async def test_a_toolset_that_is_not_open_says_so_at_once(interface_app: RunningApp) -> None:
    tools = Toolset(f"app={interface_app.url}")
    with anyio.fail_after(5), pytest.raises(ConfigurationError, match="not open"):
        await tools.call("app_greet", {"name": "Ann"})
    async with tools:
        assert await tools.call("app_greet", {"name": "Ann"}) == {"greeting": "Hello Ann!"}
    with anyio.fail_after(5), pytest.raises(ConfigurationError, match="not open"):
        await tools.call("app_greet", {"name": "Ann"})


async def test_a_fault_with_one_app_is_its_own_problem(
    monkeypatch: pytest.MonkeyPatch, interface_app: RunningApp
) -> None:
    build = loading.Loader.build_alone

    def build_but_one(self: loading.Loader, source: Source, app: GradioApp) -> list[Tool]:
        if source.alias == "odd":
            raise ZeroDivisionError("nobody has thought of hf_secretOfAnn")
        return build(self, source, app)

    monkeypatch.setattr(loading.Loader, "build_alone", build_but_one)
    async with Toolset([f"odd={interface_app.url}", f"app={interface_app.url}"]) as tools:
        assert list(tools.tools) == ["app_greet"]
        assert isinstance(tools.problems["odd"], InternalError)
        assert "ZeroDivisionError" in str(tools.problems["odd"])
        assert "hf_" not in str(tools.problems["odd"])
        assert await tools.call("app_greet", {"name": "Ann"}) == {"greeting": "Hello Ann!"}
