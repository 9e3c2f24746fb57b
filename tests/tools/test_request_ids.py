"""A call's id goes with each request that the call makes to its app, and with no other."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import anyio
import pytest

from space_tools import AsyncClient
from space_tools.credentials import Credentials
from space_tools.tools.toolset import Toolset
from tests.gradio.calling import eventually
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp, run_app
from tests.server.app_counters import counted, fetch_json

JOIN, DATA, UPLOAD = "/queue/join", "/queue/data", "/upload"


@pytest.fixture(scope="module")
def recorded_app() -> Iterator[RunningApp]:
    """The kitchen sink, which notes the ids of what it is asked."""
    with run_app("recorded_app") as app:
        yield app


@pytest.fixture
async def tools(recorded_app: RunningApp) -> AsyncIterator[Toolset]:
    async with nothing_left_behind(), Toolset([f"ks={recorded_app.url}"]) as toolset:
        yield toolset


def seen(app: RunningApp, request_id: str | None) -> Counter[str]:
    """How often it was asked for each path under that id, or under none."""
    return Counter(path for path, seen_id, _ in fetch_json(app, "/ids") if seen_id == request_id)


async def test_all_requests_of_a_call_carry_its_id(
    tools: Toolset, recorded_app: RunningApp
) -> None:
    picture = (await tools.call("ks_image_numpy_out", {}, request_id="makes"))["Out"]["uri"]
    await tools.call("ks_image_numpy", {"x": picture}, request_id="takes")
    assert seen(recorded_app, "makes") == {JOIN: 1, DATA: 1, "/file=": 1}
    assert seen(recorded_app, "takes") == {UPLOAD: 1, JOIN: 1, DATA: 1}


async def test_so_does_its_cancellation(tools: Toolset, recorded_app: RunningApp) -> None:
    async def held() -> None:
        await tools.call("ks_held", {"tag": "ids"}, request_id="cancelled")

    async with anyio.create_task_group() as task_group:
        task_group.start_soon(held)
        await counted(recorded_app.url, "started:ids", within=10)
        task_group.cancel_scope.cancel()
    assert seen(recorded_app, "cancelled") == {JOIN: 1, DATA: 1, "/cancel": 1}


async def test_a_heartbeat_outlives_the_call_and_has_no_id(
    tools: Toolset, recorded_app: RunningApp
) -> None:
    before = seen(recorded_app, None)["/heartbeat"]
    await tools.call("ks_state_counter", {}, request_id="remembers")
    await eventually(lambda: seen(recorded_app, None)["/heartbeat"] > before)
    assert seen(recorded_app, "remembers") == {JOIN: 1, DATA: 1}


async def test_a_call_without_an_id_has_one_of_its_own(
    tools: Toolset, recorded_app: RunningApp
) -> None:
    caller = Credentials(principal="ann", headers={"x-mine": "1"})
    told = [
        (await tools.call("ks_headers", {"x": "x"}, credentials=caller))["Out"]["headers"]
        for _ in range(2)
    ]
    ids = {headers["x-request-id"] for headers in told}
    assert len(ids) == 2
    assert {len(each) for each in ids} == {16}
    assert {headers["x-mine"] for headers in told} == {"1"}


async def test_the_python_client_adds_none(recorded_app: RunningApp) -> None:
    before = seen(recorded_app, None)
    async with AsyncClient(recorded_app.url, verbose=False) as client:
        told = await client.predict("x", api_name="/headers")
    assert "x-request-id" not in told["headers"]
    assert (seen(recorded_app, None) - before)[JOIN] == 1
