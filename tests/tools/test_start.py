"""Many Spaces are found and read at once, so that a start takes as long as the slowest of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from space_tools.tools.toolset import Toolset
from tests.scripted_app import Recorded, ScriptedApp, scripted_app
from tests.stand_in_hub import StandInHub
from tests.tools.deployed import CONFIG, Deployed

COUNT = 20
SPACES = [f"owner/name{number}" for number in range(COUNT)]
TOOLS = [f"name{number}_echo" for number in range(COUNT)]


class Meeting:
    """Holds requests until as many wait as are expected, then lets all through."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.waiting = 0
        self._complete: asyncio.Event | None = None

    async def attend(self) -> None:
        """Of the event loop of the one server whose requests it holds."""
        self._complete = self._complete or asyncio.Event()
        self.waiting += 1
        if self.waiting >= self.expected:
            self._complete.set()
        await self._complete.wait()


class Met(JSONResponse):
    """An answer that is given when the meeting is complete."""

    def __init__(self, meeting: Meeting, answer: ASGIApp) -> None:
        super().__init__(None)
        self._meeting = meeting
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._meeting.attend()
        await self._answer(scope, receive, send)


@pytest.fixture
def met_at_app() -> Meeting:
    return Meeting(COUNT)


@pytest.fixture
def app(met_at_app: Meeting) -> Iterator[ScriptedApp]:
    """One app for all Spaces, which describes itself to all at once or not at all."""
    script = Deployed().script()
    describe = script.routes["GET", CONFIG]
    assert callable(describe)

    def answer(request: Recorded) -> Met:
        described = describe(request)
        assert isinstance(described, JSONResponse)
        return Met(met_at_app, described)

    script.routes = {**script.routes, ("GET", CONFIG): answer}
    with scripted_app(script) as served:
        yield served


@pytest.fixture
def met_at_hub(hub: StandInHub, app: ScriptedApp) -> Meeting:
    """The Hub tells of all Spaces at once or of none."""
    meeting = Meeting(COUNT)
    for space in SPACES:
        hub.add(space, host=app.url)
        hub.answers["GET", f"/api/spaces/{space}"] = Met(meeting, hub.routes)
    return meeting


async def test_spaces_are_found_and_read_all_at_once(
    met_at_hub: Meeting, met_at_app: Meeting
) -> None:
    with anyio.fail_after(25):
        async with Toolset(SPACES) as tools:
            assert list(tools.tools) == TOOLS
            assert tools.problems == {}
    assert (met_at_hub.waiting, met_at_app.waiting) == (COUNT, COUNT)


@pytest.mark.usefixtures("met_at_hub")
async def test_tools_that_were_seen_before_are_there_without_an_answer_from_anywhere(
    hub: StandInHub, met_at_app: Meeting, tmp_path: Path
) -> None:
    async with Toolset(SPACES, memory_dir=tmp_path) as tools:
        assert list(tools.tools) == TOOLS
    silence = Meeting(1000)
    for space in SPACES:
        hub.answers["GET", f"/api/spaces/{space}"] = Met(silence, hub.routes)
    met_at_app.expected = 1000
    async with Toolset(SPACES, memory_dir=tmp_path, wait=0) as tools:
        with anyio.fail_after(5):
            await tools.loaded(10)
        assert list(tools.tools) == TOOLS
        assert all(tool.as_of for tool in tools)
