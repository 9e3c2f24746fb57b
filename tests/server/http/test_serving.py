"""A server that its own program ends, in a loop that goes on."""

import socket

import anyio
import httpx2

from space_tools.config import Settings
from space_tools.server.http import create_app
from space_tools.server.http.serving import listen, run_server
from tests.gradio.leftovers import open_sockets
from tests.server.http.served_here import served_here


async def test_a_server_that_is_cancelled_leaves_its_number_to_the_next() -> None:
    numbers = set()
    for _ in range(3):
        with listen("127.0.0.1", 0) as listening:
            numbers.add(listening.fileno())
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/healthz"
            async with anyio.create_task_group() as task_group:
                app, started = create_app(Settings(spaces=())), anyio.Event()
                task_group.start_soon(run_server, app, listening, started.set)
                await started.wait()
                async with httpx2.AsyncClient(timeout=20, trust_env=False) as http:
                    assert (await http.get(url)).text == "ok\n"
                task_group.cancel_scope.cancel()
    assert len(numbers) < 3, "no number was given twice: nothing was tried"


async def test_no_part_of_an_answer_waits_for_the_client_to_confirm_another() -> None:
    async with served_here() as here, httpx2.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{here.url}/healthz")).text == "ok\n"
        accepted = [found for found in open_sockets() if _is_of(found, here.port)]
        assert accepted
        for connection in accepted:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def _is_of(found: socket.socket, port: int) -> bool:
    listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    named = found.family == socket.AF_INET and found.getsockname()[1] == port
    return named and not listens
