"""A server that its own program ends, in a loop that goes on."""

import anyio
import httpx2

from space_tools.config import Settings
from space_tools.server.http import create_app
from space_tools.server.http.serving import listen, run_server


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
