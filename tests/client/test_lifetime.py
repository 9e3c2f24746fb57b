"""Clients share one thread, build nothing per call, and leave nothing behind."""

import gc
import subprocess
import sys
import threading

import pytest

from space_tools import AsyncClient, Client, ConnectError, NotAGradioApp
from space_tools.egress import http as http_module
from tests.client.watching import client_threads, counts, soon
from tests.gradio.calling import eventually
from tests.gradio.leftovers import nothing_left_behind, open_sockets
from tests.gradio_server import RunningApp, free_port

pytestmark = pytest.mark.usefixtures("no_thread_left")


def test_many_clients_share_one_thread_that_ends_with_the_last(kitchen_sink: RunningApp) -> None:
    clients = [Client(kitchen_sink.url, verbose=False) for _ in range(4)]
    assert client_threads() == ["space-tools-client"]
    for client in clients[:-1]:
        client.close()
    assert clients[-1].predict("x", api_name="/echo_text") == "x"
    clients[-1].close()
    assert client_threads() == []


def test_a_client_that_nobody_holds_ends_by_itself(kitchen_sink: RunningApp) -> None:
    before = open_sockets()
    client = Client(kitchen_sink.url, verbose=False)
    client.predict("x", api_name="/echo_text")
    with pytest.raises(ValueError, match="custom gr error"):
        client.predict("gr", api_name="/raise_error")
    del client
    gc.collect()
    assert soon(lambda: not client_threads())
    assert soon(lambda: not (open_sockets() - before))


def test_a_job_keeps_its_client_until_it_is_done(kitchen_sink: RunningApp) -> None:
    job = Client(kitchen_sink.url, verbose=False).submit(0.3, api_name="/sleep_async")
    gc.collect()
    assert job.result(timeout=10) == "slept 0.3"
    assert soon(lambda: not client_threads())


def test_no_thread_and_no_tls_settings_are_made_for_a_call(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.predict("x", api_name="/echo_text")
    made: list[str] = []
    start = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        made.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", counted)
    monkeypatch.setattr(http_module, "tls_settings", lambda **_: made.append("tls"))
    for _ in range(5):
        client.predict("x", api_name="/echo_text")
    assert made == []


@pytest.mark.parametrize("what", ["nothing", "no app"])
def test_a_client_that_cannot_connect_leaves_nothing(what: str, kitchen_sink: RunningApp) -> None:
    url = f"http://127.0.0.1:{free_port()}" if what == "nothing" else f"{kitchen_sink.url}/nowhere"
    with pytest.raises((ConnectError, NotAGradioApp)):
        Client(url, verbose=False)
    assert client_threads() == []


def test_closing_tells_the_app_of_calls_that_still_run(
    client: Client, kitchen_sink: RunningApp
) -> None:
    with Client(kitchen_sink.url, verbose=False) as other:
        job = other.submit("closed", api_name="/held")
        assert soon(lambda: counts(client).get("started:closed"))
    assert job.done()
    assert soon(lambda: counts(client).get("cancelled:closed"))


def test_closing_from_a_callback_ends_the_client(kitchen_sink: RunningApp) -> None:
    client = Client(kitchen_sink.url, verbose=False)
    closed = threading.Event()

    def close(_: object) -> None:
        client.close()
        closed.set()

    client.submit("x", api_name="/echo_text").add_done_callback(close)
    assert closed.wait(10)


async def test_an_awaited_client_leaves_no_task_and_no_connection(
    kitchen_sink: RunningApp,
) -> None:
    async with nothing_left_behind(), AsyncClient(kitchen_sink.url, verbose=False) as client:
        await client.predict(api_name="/gallery_out")
        client.submit("awaited-end", api_name="/held")


async def test_an_awaited_client_that_nobody_holds_ends_by_itself(
    kitchen_sink: RunningApp,
) -> None:
    before = open_sockets()
    client = await AsyncClient.connect(kitchen_sink.url, verbose=False)
    await client.predict("x", api_name="/echo_text")
    del client
    gc.collect()
    await eventually(lambda: not (open_sockets() - before))


def test_importing_space_tools_imports_neither_client_nor_network() -> None:
    code = (
        "import sys, space_tools; print([m for m in sys.modules if 'http' in m or 'client' in m])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
