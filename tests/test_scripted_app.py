"""The scripted app does what its script says, and tells what it was asked."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from starlette.responses import JSONResponse

from tests.scripted_app import (
    ABORT,
    CLOSE_STREAM,
    Gate,
    Recorded,
    Script,
    ScriptedApp,
    Step,
    completed,
    failed,
    minimal_app,
    scripted_app,
)

JOIN = "/gradio_api/queue/join"
DATA = "/gradio_api/queue/data"


def ask(app: ScriptedApp, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=5)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        return response.status, response.read()


@pytest.fixture
def minimal() -> Iterator[ScriptedApp]:
    with scripted_app(Script(*minimal_app())) as app:
        yield app


def test_it_describes_itself_as_an_app_with_one_endpoint(minimal: ScriptedApp) -> None:
    config = json.loads(ask(minimal, "GET", "/config")[1])
    info = json.loads(ask(minimal, "GET", "/gradio_api/info")[1])
    assert [dependency["api_name"] for dependency in config["dependencies"]] == ["echo"]
    assert list(info["named_endpoints"]) == ["/echo"]


def test_it_records_requests_in_order(minimal: ScriptedApp) -> None:
    ask(minimal, "POST", f"{JOIN}?x=1", {"data": ["hi"]})
    ask(minimal, "GET", "/nowhere")
    first, second = minimal.requests
    assert (first.method, first.path, first.query) == ("POST", JOIN, "x=1")
    assert first.json() == {"data": ["hi"]}
    assert first.headers["host"] == f"127.0.0.1:{minimal.port}"
    assert second.path == "/nowhere"


def test_joins_are_numbered(minimal: ScriptedApp) -> None:
    answers = [json.loads(ask(minimal, "POST", JOIN, {})[1]) for _ in range(2)]
    assert answers == [{"event_id": "event-1"}, {"event_id": "event-2"}]


def test_answers_come_in_turn_and_the_last_stays() -> None:
    full = JSONResponse({"detail": "Queue is full."}, status_code=503)
    script = Script(*minimal_app(), join=[full, JSONResponse({"event_id": "e"})])
    with scripted_app(script) as app:
        assert [ask(app, "POST", JOIN, {})[0] for _ in range(3)] == [503, 200, 200]


def test_a_stream_is_sent_step_by_step() -> None:
    steps: list[Step] = [b": comment\n\n", completed("e", ["hi"]), failed("e", None), CLOSE_STREAM]
    with scripted_app(Script(*minimal_app(), data=[steps])) as app:
        lines = ask(app, "GET", DATA)[1].decode().split("\n\n")
    assert lines[0] == ": comment"
    messages = [json.loads(line.removeprefix("data: ")) for line in lines[1:-1]]
    assert [message["msg"] for message in messages] == ["process_completed"] * 2 + ["close_stream"]
    assert [message.get("success") for message in messages] == [True, False, None]


def test_an_aborted_stream_has_no_orderly_end() -> None:
    with (
        scripted_app(Script(*minimal_app(), data=[[b"data: 1\n\n", ABORT]])) as app,
        pytest.raises((http.client.IncompleteRead, ConnectionResetError)),
    ):
        ask(app, "GET", DATA)


def test_an_answer_can_depend_on_the_request() -> None:
    def echo(request: Recorded) -> list[Step]:
        return [completed("e", [request.query])]

    with scripted_app(Script(*minimal_app(), data=echo)) as app:
        assert b"session_hash=abc" in ask(app, "GET", f"{DATA}?session_hash=abc")[1]


def test_a_gate_holds_a_stream_until_it_opens() -> None:
    gate = Gate()
    with (
        scripted_app(Script(*minimal_app(), data=[[b"one", gate, b"two"]])) as app,
        closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=5)) as connection,
    ):
        connection.request("GET", DATA)
        response = connection.getresponse()
        assert response.read(3) == b"one"
        assert gate.reached.wait(5)
        assert not app.requests[0].answered.is_set()
        gate.open()
        assert response.read() == b"two"
        assert app.requests[0].answered.wait(5)
        assert not app.requests[0].hung_up


def test_it_notices_a_client_that_hangs_up() -> None:
    gate = Gate()
    with scripted_app(Script(*minimal_app(), data=[[b"one", gate]])) as app:
        with closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=5)) as connection:
            connection.request("GET", DATA)
            response = connection.getresponse()
            assert response.read(3) == b"one"
            response.close()
        request = app.wait_for(DATA)
        assert request.answered.wait(5)
        assert request.hung_up


def test_it_ends_while_a_stream_waits() -> None:
    gate = Gate()
    script = Script(*minimal_app(), data=[[b"one", gate]])
    connection = None
    try:
        with scripted_app(script) as app:
            connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=5)
            connection.request("GET", DATA)
            assert gate.reached.wait(5)
    finally:
        assert connection is not None
        connection.close()


@pytest.mark.anyio
async def test_arrivals_can_be_awaited(minimal: ScriptedApp) -> None:
    ask(minimal, "POST", JOIN, {"data": [1]})
    assert (await minimal.arrival(JOIN)).json() == {"data": [1]}
    with pytest.raises(TimeoutError, match="queue/data"):
        await minimal.arrival(DATA, timeout=0.05)
