"""Waiting for a Space: it is woken once, whoever waits is told, and nobody waits in vain."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import anyio
import pytest
from starlette.responses import PlainTextResponse

from space_tools.egress.http import Http
from space_tools.errors import SpaceBroken, SpaceNotFound, SpacePaused, SpaceStarting
from space_tools.gradio.app import GradioApp
from space_tools.hub.spaces import Space, fetch_space
from space_tools.hub.waking import Pace, until_running
from tests.gradio.calling import eventually
from tests.gradio_server import RunningApp
from tests.hub.conftest import Told
from tests.scripted_app import Recorded, Script, ScriptedApp, scripted_app
from tests.stand_in_hub import TOKEN, StandInHub, StandInSpace

BRISK = Pace(first=0.01, longest=0.02, wake_patience=0.5)
INFO = "/api/spaces/owner/name"


@pytest.fixture
def sleeper(hub: StandInHub) -> Iterator[tuple[StandInSpace, ScriptedApp]]:
    """A Space that sleeps until its host is asked for something, and its host."""
    space = hub.add("owner/name", stages=["SLEEPING", "APP_STARTING", "RUNNING"])

    def answer(_: Recorded) -> PlainTextResponse:
        space.wake()
        return PlainTextResponse("Your Space is waking up", 503)

    with scripted_app(Script({}, {}, routes={("GET", "/"): answer})) as app:
        space.host = app.url
        yield space, app


async def wait_for(space: Space, http: Http, **options: Any) -> Space:
    given = {"token": None, "deadline_seconds": 5, "pace": BRISK, **options}
    return await until_running(space, http=http, **given)


async def test_a_sleeping_space_is_woken_by_one_request(
    hub: StandInHub, http: Http, sleeper: tuple[StandInSpace, ScriptedApp]
) -> None:
    _, host = sleeper
    told = Told()
    asleep = await fetch_space("owner/name", token=None)
    running = await wait_for(asleep, http, on_wait=told)
    assert running == replace(asleep, stage_name="RUNNING")
    assert [(r.method, r.path) for r in host.requests] == [("GET", "/")]
    assert told == ["waking owner/name, which may take a minute or two", "starting owner/name"]


async def test_a_running_space_is_left_alone(hub: StandInHub, http: Http) -> None:
    hub.add("owner/name", stages=["RUNNING_BUILDING"])
    space = await fetch_space("owner/name", token=None)
    told = Told()
    assert await wait_for(space, http, on_wait=told) is space
    assert (len(hub.requests), told) == (1, [])


async def test_a_space_that_is_built_is_waited_for(hub: StandInHub, http: Http) -> None:
    hub.add("owner/name", stages=["BUILDING", "BUILDING", "BUILDING", "RUNNING"])
    told = Told()
    space = await fetch_space("owner/name", token=None)
    assert (await wait_for(space, http, on_wait=told)).stage_name == "RUNNING"
    assert told == ["building owner/name"]


async def test_who_waits_is_told_again_before_the_last_word_is_old(
    hub: StandInHub, http: Http
) -> None:
    hub.add("owner/name", stages=["BUILDING"] * 6 + ["RUNNING"])
    told = Told()
    space = await fetch_space("owner/name", token=None)
    await wait_for(space, http, on_wait=told, pace=replace(BRISK, repeat=0))
    assert told == ["building owner/name"] * 6


def test_the_pauses_grow_from_two_seconds_to_ten() -> None:
    assert list(islice(Pace().pauses(), 6)) == [2.0, 3.0, 4.5, 6.75, 10.0, 10.0]


@pytest.mark.parametrize(
    ("stage", "kind"),
    [("PAUSED", SpacePaused), ("BUILD_ERROR", SpaceBroken), ("RUNTIME_ERROR", SpaceBroken)],
)
@pytest.mark.parametrize("before", [[], ["BUILDING"]])
async def test_a_wait_in_vain_ends(
    hub: StandInHub, http: Http, stage: str, kind: type[Exception], before: list[str]
) -> None:
    hub.add("owner/name", stages=[*before, stage])
    space = await fetch_space("owner/name", token=None)
    with pytest.raises(kind, match=r"owner/name .* ask its owner"):
        await wait_for(space, http)


async def test_a_wait_ends_at_its_deadline(hub: StandInHub, http: Http) -> None:
    hub.add("owner/name", stages=["BUILDING"])
    space = await fetch_space("owner/name", token=None)
    with anyio.fail_after(5), pytest.raises(SpaceStarting) as caught:
        await wait_for(space, http, deadline_seconds=0.2)
    assert str(caught.value) == (
        "owner/name is being built and did not come up within 0.2 s; "
        f"try again later: {hub.url}/spaces/owner/name"
    )
    assert caught.value.stage == "BUILDING"


async def test_a_host_that_cannot_be_reached_ends_no_wait(hub: StandInHub, http: Http) -> None:
    space = hub.add("owner/name", stages=["SLEEPING", "RUNNING"])
    asleep = await fetch_space("owner/name", token=None)
    told = Told()

    async def wake_later(sentence: str) -> None:
        await told(sentence)
        space.wake()

    assert (await wait_for(asleep, http, on_wait=wake_later)).stage_name == "RUNNING"


async def test_a_space_that_sleeps_on_is_woken_again(
    hub: StandInHub, http: Http, sleeper: tuple[StandInSpace, ScriptedApp]
) -> None:
    space, host = sleeper
    space.stages = ["SLEEPING"]
    asleep = await fetch_space("owner/name", token=None)
    with pytest.raises(SpaceStarting, match="owner/name is asleep and did not come up"):
        await wait_for(asleep, http, deadline_seconds=0.3)
    assert len(host.requests) == 1
    with pytest.raises(SpaceStarting):
        await wait_for(asleep, http, deadline_seconds=0.3, pace=replace(BRISK, wake_again=0.05))
    assert len(host.requests) >= 3


async def test_a_hub_in_trouble_ends_no_wait(hub: StandInHub, http: Http) -> None:
    hub.add("owner/name", stages=["BUILDING", "RUNNING"])
    space = await fetch_space("owner/name", token=None)
    hub.answers["GET", INFO] = PlainTextResponse("", 502)
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(recover, hub)
        assert (await wait_for(space, http)).stage_name == "RUNNING"


async def recover(hub: StandInHub) -> None:
    """The Hub is well again once it was asked in vain."""
    await eventually(lambda: len(hub.asked("GET", INFO)) >= 3)
    del hub.answers["GET", INFO]


async def test_a_hub_that_wants_to_be_left_alone_is(hub: StandInHub, http: Http) -> None:
    hub.add("owner/name", stages=["BUILDING", "RUNNING"])
    space = await fetch_space("owner/name", token=None)
    hub.answers["GET", INFO] = PlainTextResponse("", 429, headers={"Retry-After": "60"})
    with pytest.raises(SpaceStarting):
        await wait_for(space, http, deadline_seconds=0.5)
    assert len(hub.asked("GET", INFO)) == 2


async def test_a_space_that_is_deleted_meanwhile_ends_the_wait(hub: StandInHub, http: Http) -> None:
    hub.add("owner/name", stages=["BUILDING"])
    space = await fetch_space("owner/name", token=TOKEN)
    del hub.spaces["owner/name"]
    with pytest.raises(SpaceNotFound):
        await wait_for(space, http, token=TOKEN)


async def test_a_space_that_was_woken_is_an_app_that_can_be_used(
    hub: StandInHub, http: Http, interface_app: RunningApp
) -> None:
    hub.add("owner/name", host=interface_app.url, stages=["SLEEPING", "RUNNING"]).wake()
    space = await wait_for(await fetch_space("owner/name", token=None), http)
    app = await GradioApp.connect(http, space.host)
    assert app.info.endpoints
