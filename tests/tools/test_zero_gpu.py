"""Tools of a ZeroGPU Space: that it is one is said, and so is what is left when it is too little.

What ZeroGPU and the Hub say could only be learned from the sources of `spaces` and
huggingface_hub.
"""

import re
from collections.abc import Iterator

import pytest
from starlette.responses import JSONResponse

from space_tools import AppError, Toolset
from space_tools.credentials import Credentials
from space_tools.errors import QuotaExceeded
from space_tools.tools.describe import ZERO_GPU
from tests.scripted_app import CLOSE_STREAM, Script, failed, minimal_app, scripted_app
from tests.server.in_memory import connect
from tests.server.stdio_server import error_of
from tests.stand_in_hub import StandInHub

SAID = (
    "You have exceeded your free ZeroGPU quota (60s requested vs. 12s left). Try again in 2:05:00."
)
QUOTA = "/api/spaces/zero-gpu/quota"
RESETS = r"resets (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC \(in 2 h 5 min\)"


@pytest.fixture(scope="module")
def poor() -> Iterator[str]:
    """The URL of an app whose `/echo` finds no GPU."""
    error = failed("event-1", SAID, title="ZeroGPU quota exceeded")
    join = [JSONResponse({"event_id": "event-1"})]
    with scripted_app(Script(*minimal_app(), join=join, data=[[error, CLOSE_STREAM]])) as app:
        yield app.url


@pytest.fixture
def paint(hub: StandInHub, poor: str) -> str:
    """That app as a Space, for callers whose account the Hub says has 5 minutes."""
    hub.add("owner/paint", host=poor, hardware="zero-a10g")
    return "owner/paint"


def caller(hub: StandInHub, name: str, ip_token: str | None = None) -> Credentials:
    """Somebody with a token of their own, so that nothing was told of it a moment ago."""
    token = f"hf_{name}"
    hub.users[token] = name
    hub.quotas[name] = {"base": 300, "current": 12, "resetsAt": None}
    return Credentials(principal=name, hf_token=token, ip_token=ip_token)


async def test_a_tool_says_that_it_runs_on_zero_gpu(hub: StandInHub, poor: str, paint: str) -> None:
    hub.add("owner/cpu", host=poor)
    async with Toolset([paint, "owner/cpu"]) as tools:
        assert ZERO_GPU in tools.tools["paint_echo"].description
        assert ZERO_GPU not in tools.tools["cpu_echo"].description


async def test_too_little_quota_is_told_in_a_sentence(hub: StandInHub, paint: str) -> None:
    ann = caller(hub, "ann")
    async with Toolset([paint]) as tools:
        with pytest.raises(QuotaExceeded) as caught:
            await tools.call("paint_echo", {}, credentials=ann)
    assert re.fullmatch(
        "the ZeroGPU quota does not cover this call: asked 60 s, 12 s left of 5 min, "
        rf"{RESETS}; wait for the reset, ask for less, or use an account with more \(PRO\)",
        str(caught.value),
    )
    error = caught.value
    assert (error.asked, error.left, error.said, error.outcome) == (60, 12, SAID, "failed")
    assert hub.asked("GET", QUOTA)[0].headers["authorization"] == "Bearer hf_ann"


async def test_an_agent_reads_it(hub: StandInHub, paint: str) -> None:
    async with connect([paint], era="modern", wait=30) as connection:
        told, outcome = error_of(await connection.call("paint_echo"))
    assert re.match(
        rf"The ZeroGPU quota does not cover this call: asked 60 s, 12 s left, {RESETS}; ", told
    )
    assert "or log in with `hf auth login`" in told
    assert outcome == "failed"


async def test_the_hub_is_not_asked_whom_the_call_was_not_for(
    hub: StandInHub, poor: str, paint: str
) -> None:
    behind = caller(hub, "behind", ip_token="of somebody else")
    async with Toolset([paint, f"url={poor}"]) as tools:
        with pytest.raises(QuotaExceeded):
            await tools.call("paint_echo", {}, credentials=behind)
        with pytest.raises(QuotaExceeded):
            await tools.call("url_echo", {}, credentials=caller(hub, "else"))
    assert hub.asked("GET", QUOTA) == []


async def test_other_errors_stay_as_they_are(hub: StandInHub) -> None:
    data = [[failed("event-1", "out of memory"), CLOSE_STREAM]]
    with scripted_app(Script(*minimal_app(), data=data)) as app:
        async with Toolset([f"a={app.url}"]) as tools:
            with pytest.raises(AppError) as caught:
                await tools.call("a_echo", {})
    assert type(caught.value) is AppError
    assert caught.value.message == "out of memory"
