"""Whoever embeds the client or the tools may run them on uvloop; `uvicorn` does if it is there."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop
from starlette.responses import PlainTextResponse

from space_tools import AsyncClient, Toolset
from space_tools.egress.http import Http
from space_tools.errors import ConnectError, TransferError
from tests.egress.secure import answering, make_certificate, serving
from tests.gradio_server import RunningApp, free_port
from tests.scripted_app import Gate, Script, scripted_app


def on_uvloop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert isinstance(runner.get_loop(), uvloop.Loop)
        runner.run(work())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_addresses_and_names_are_connected_to(host: str) -> None:
    async def work() -> None:
        async with Http() as http:
            for _ in range(2):
                reply = await http.request("GET", f"http://{host}:{server.port}/", limit=100)
                assert reply.body == b"here"
            with pytest.raises(ConnectError, match="nothing is listening there"):
                await http.request("GET", f"http://{host}:{free_port()}/", limit=100)

    script = Script({}, {}, routes={("GET", "/"): [PlainTextResponse("here")]})
    with scripted_app(script) as server:
        on_uvloop(work)


def test_silence_ends_in_its_time() -> None:
    async def work() -> None:
        async with Http() as http:
            with pytest.raises(TransferError, match="fell silent"):
                await http.request("GET", f"{server.url}/", limit=100, read_timeout=0.1)
        gate.open()

    gate = Gate()
    with scripted_app(Script({}, {}, routes={("GET", "/"): [[b"x", gate]]})) as server:
        on_uvloop(work)


def test_tls_is_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)

    async def work() -> None:
        async with serving(answering("safely"), certificate) as server, Http() as http:
            url = f"https://localhost:{server.port}/"
            with pytest.raises(ConnectError, match="its TLS certificate is not trusted"):
                await http.request("GET", url, limit=100)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with serving(answering("safely"), certificate) as server, Http() as http:
            url = f"https://localhost:{server.port}/"
            assert (await http.request("GET", url, limit=100)).body == b"safely"

    on_uvloop(work)


def test_calls_are_made(kitchen_sink: RunningApp) -> None:
    async def work() -> None:
        async with AsyncClient(kitchen_sink.url, verbose=False) as client:
            assert await client.predict("hello", api_name="/echo_text") == "hello"
        async with Toolset([f"ks={kitchen_sink.url}"]) as tools:
            answers = await asyncio.gather(
                *(tools.call("ks_echo_text", {"x": f"call {number}"}) for number in range(20))
            )
        for number, answer in enumerate(answers):
            assert f"call {number}" in answer.values()

    on_uvloop(work)
