"""What a call costs in functions called, which no machine's mood changes.

Times say little on a machine that others use; how many functions one call takes says when it has
become dearer. The bounds are an eighth above what was counted when they were set: who makes calls
cheaper lowers them, and who has to raise one says why.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from types import FrameType
from typing import Any

import pytest

from benchmarks.floor import Floor
from space_tools import AsyncClient
from space_tools.tools.toolset import Toolset
from tests.gradio_server import RunningApp

CALLS = 20

QUEUED, DIRECT = "echo_text", "no_queue"

MOST = {
    ("AsyncClient", QUEUED): 1180,
    ("AsyncClient", DIRECT): 530,
    ("Toolset", QUEUED): 1320,
    ("Toolset", DIRECT): 580,
}
"""Functions that one call may take; the bare protocol (`Floor`) takes about 290, and 80."""


async def functions_of(call: Callable[[], Awaitable[Any]]) -> float:
    """Functions of Python that one call takes, once it is warm."""
    for _ in range(3):
        await call()
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for _ in range(CALLS):
            await call()
    finally:
        sys.setprofile(before)
    return counted / CALLS


@pytest.fixture
async def floor(kitchen_sink: RunningApp) -> AsyncIterator[Floor]:
    floor = Floor(kitchen_sink.url)
    await floor.start()
    yield floor
    await floor.stop()


@pytest.fixture(params=["AsyncClient", "Toolset"])
async def way(
    request: pytest.FixtureRequest, kitchen_sink: RunningApp
) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """A way to call an endpoint."""
    if request.param == "AsyncClient":
        async with AsyncClient(kitchen_sink.url, verbose=False) as client:
            yield lambda endpoint: client.predict("x", api_name=f"/{endpoint}")
    else:
        async with Toolset([f"ks={kitchen_sink.url}"]) as toolset:
            arguments = {
                endpoint: dict.fromkeys(
                    toolset.tools[f"ks_{endpoint}"].input_schema["properties"], "x"
                )
                for endpoint in (QUEUED, DIRECT)
            }
            yield lambda endpoint: toolset.call(f"ks_{endpoint}", arguments[endpoint])


@pytest.mark.parametrize("endpoint", [QUEUED, DIRECT])
async def test_a_call_takes_no_more_than_it_did(
    way: Callable[[str], Awaitable[Any]],
    floor: Floor,
    endpoint: str,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    name = request.node.callspec.params["way"]
    least = await functions_of(lambda: floor.call(endpoint, "x"))
    taken = await functions_of(lambda: way(endpoint))
    record_property("figure", f"{name}, /{endpoint}: {taken:.0f} functions, {taken / least:.1f} x")
    assert taken < MOST[name, endpoint]
