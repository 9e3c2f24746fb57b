"""A network that breaks costs the calls it breaks; none runs twice, or goes elsewhere."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from space_tools.egress.http import READ_TIMEOUT, Http, Profile
from space_tools.egress.policy import parse_address
from space_tools.errors import AppUnreachable, ConnectionLost, ProtocolError
from space_tools.gradio import offering
from space_tools.gradio.app import GradioApp
from space_tools.gradio.files import download
from space_tools.gradio.messages import Partial
from space_tools.gradio.sessions import SessionPool
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import call, connected, counts, eventually, proxied, submit
from tests.scripted_app import CLOSE_STREAM, Script, Step, completed, minimal_app, scripted_app

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered again is offered soon."""
    monkeypatch.setattr(offering, "PAUSES", (0.05, 0.05, None))


@pytest.mark.parametrize("cut", ["cut_after", "reset_after"])
async def test_a_connection_cut_in_the_stream_costs_that_call_only(
    sink: GradioApp, cut: str
) -> None:
    pool = SessionPool()
    async with proxied(sink) as (proxy, app):

        async def cut_it_midway() -> None:
            async with submit(app, "held_generator", cut, sessions=pool) as job:
                async for update in job:
                    if isinstance(update, Partial):
                        setattr(proxy, cut, 1)

        with pytest.raises(ConnectionLost, match="while the call was running") as raised:
            await cut_it_midway()
        setattr(proxy, cut, None)
        assert raised.value.outcome == "unknown"
        assert await call(app, "echo_text", "next", sessions=pool) == ["next"]


HEARTBEAT = 15.0
"""Seconds between an app's signs of life. Source: Gradio queue protocols sse_v1 to sse_v3."""


async def test_a_call_that_falls_silent_is_lost_and_ended_in_the_app(sink: GradioApp) -> None:
    assert 3 * HEARTBEAT < READ_TIMEOUT
    async with FaultProxy(sink.address.port) as proxy, Http(Profile(read_timeout=1.0)) as http:
        app = GradioApp(http, parse_address(f"http://127.0.0.1:{proxy.port}"), sink.info)

        async def silence_it_midway() -> None:
            async with submit(app, "held_generator", "silence") as job:
                async for update in job:
                    proxy.silent = proxy.silent or isinstance(update, Partial)

        with anyio.fail_after(20), pytest.raises(ConnectionLost, match="fell silent") as raised:
            await silence_it_midway()
        assert raised.value.outcome == "unknown"

        async def is_cancelled() -> bool:
            return "cancelled:silence" in await counts(sink)

        await eventually(is_cancelled)


async def test_a_join_whose_answer_is_lost_is_not_sent_again(sink: GradioApp) -> None:
    async with proxied(sink) as (proxy, app):
        before = (await counts(sink))["no_outputs"]
        proxy.cut_after = 0
        with pytest.raises(ConnectionLost) as raised:
            await call(app, "no_outputs", "x")
        assert raised.value.outcome == "unknown"
        await call(sink, "no_outputs", "x")
        assert (await counts(sink))["no_outputs"] == before + 2


async def test_a_call_reaches_an_app_that_comes_back_between_two_offers(
    sink: GradioApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offering, "PAUSES", (1.0, 1.0, None))
    async with proxied(sink) as (proxy, app):
        await proxy.refuse()
        async with anyio.create_task_group() as task_group:
            answers: list[Any] = []

            async def ask() -> None:
                answers.append(await call(app, "echo_text", "x"))

            task_group.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            await proxy.accept()
        assert answers == [["x"]]


async def test_an_app_that_is_down_was_never_called(sink: GradioApp) -> None:
    async with proxied(sink) as (proxy, app):
        await proxy.refuse()
        for name in ("echo_text", "no_queue"):
            with pytest.raises(AppUnreachable, match="nothing is listening there") as raised:
                await call(app, name, "x")
            assert raised.value.outcome == "not_started"


async def test_no_other_origin_is_ever_asked(tmp_path: Path) -> None:
    config, info = minimal_app()
    with scripted_app(Script(config, info)) as other:
        data: list[Step] = [
            {
                "msg": "process_starts",
                "event_id": "event-1",
                "url": other.url,
                "location": other.url,
            },
            completed("event-1", [{"path": other.url, "url": f"{other.url}/file=x"}]),
            CLOSE_STREAM,
        ]
        pointing = {**config, "root": other.url, "root_path": other.url, "api_url": other.url}
        with scripted_app(Script(pointing, info, data=[data])) as server:
            async with connected(server.url) as app:
                assert app.api == f"{server.url}/gradio_api"
                assert (await call(app, "echo", "x"))[0]["path"] == other.url
                with pytest.raises(ProtocolError, match="does not serve"):
                    await download(app, f"{other.url}/gradio_api/file=x", tmp_path, "x")
        assert other.requests == []
