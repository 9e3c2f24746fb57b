"""Getting into the queue of Gradio 4.0 to 4.8, which says by its stream whether it takes a call."""

import json
from typing import Any

import pytest
from starlette.responses import Response

from space_tools.errors import CallError, ConnectionLost, QueueError
from space_tools.gradio import offering
from tests.gradio.calling import call, connected
from tests.minimal_app import minimal_app
from tests.scripted_app import ABORT, Answers, Script, ScriptedApp, completed, scripted_app

pytestmark = pytest.mark.usefixtures("clean")

FULL = {"msg": "queue_full"}
WAITING = {"msg": "estimation", "rank": 0, "queue_size": 1, "rank_eta": 0.1}
INVITED = {"msg": "send_data", "event_id": "event-1"}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered again is offered soon."""
    monkeypatch.setattr(offering, "PAUSES", (0.05, 0.05, None))


def old_app(streams: Answers) -> Script:
    config, info = minimal_app()
    config |= {"version": "4.0.2", "protocol": "sse", "api_prefix": ""}
    routes: Any = {
        ("GET", "/info"): [_json(info)],
        ("GET", "/queue/join"): streams,
        ("POST", "/queue/data"): [_json({"event_id": "event-1"})],
    }
    return Script(config, info, routes=routes)


def _json(value: Any) -> Any:
    return Response(json.dumps(value), media_type="application/json")


def sent(server: ScriptedApp) -> int:
    return len(server.of("/queue/data"))


async def test_a_full_queue_is_asked_again() -> None:
    taken = [WAITING, INVITED, completed("event-1", ["hello"])]
    with scripted_app(old_app([[FULL], [FULL], taken])) as server:
        async with connected(server.url) as app:
            assert await call(app, "echo", "x") == ["hello"]
        assert sent(server) == 1


async def test_a_queue_that_stays_full_is_said_and_nothing_ran() -> None:
    with scripted_app(old_app([[FULL]])) as server:
        async with connected(server.url) as app:
            with pytest.raises(QueueError) as raised:
                await call(app, "echo", "x")
        assert raised.value.outcome == "not_started"
        assert sent(server) == 0


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([], "not_started"),
        ([WAITING], "not_started"),
        ([WAITING, ABORT], "not_started"),
        ([WAITING, INVITED], "unknown"),
        ([WAITING, INVITED, ABORT], "unknown"),
    ],
)
async def test_a_stream_that_ends_says_whether_the_app_had_the_data(
    steps: Any, outcome: str
) -> None:
    with scripted_app(old_app([steps])) as server:
        async with connected(server.url) as app:
            with pytest.raises(CallError) as raised:
                await call(app, "echo", "x")
    assert isinstance(raised.value, ConnectionLost)
    assert raised.value.outcome == outcome
