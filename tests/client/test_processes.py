"""Clients and the processes that they are in: forked ones, and how they end."""

import copy
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from space_tools import AsyncClient, Client
from tests.client.watching import counts, soon
from tests.gradio_server import RunningApp

FORKED = """
import gc, os, sys
from space_tools import Client
client, idle, closed = (Client(sys.argv[1], verbose=False) for _ in range(3))
client.predict("x", api_name="/echo_text")
closed.close()
job = client.submit(1, api_name="/sleep_async")
child = os.fork()
if child == 0:
    del idle
    gc.collect()
    print(client.predict("child", api_name="/echo_text"))
    print(*client.submit("ab", api_name="/generator"))
    print(client.predict(api_name="/file_out").endswith("a.txt"), client.src == sys.argv[1] + "/")
    client.close()
    for ended in client, closed:
        try:
            ended.predict("x", api_name="/echo_text")
        except RuntimeError as error:
            print(error)
    sys.exit()
print(os.waitpid(child, 0)[1])
print(job.result(), *(each.predict("parent", api_name="/echo_text") for each in (client, idle)))
"""

POOL = """
import multiprocessing, sys
from space_tools import Client
client = Client(sys.argv[1], verbose=False)
def work(i):
    return client.predict(str(i), api_name="/echo_text")
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(*pool.map(work, range(4)))
"""


def run(script: str, *arguments: str) -> str:
    """What a script prints; it writes no errors."""
    command = [sys.executable, "-uW", "default::ResourceWarning", "-c", script]
    ended = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_client_goes_on_in_a_forked_process_and_in_its_own(kitchen_sink: RunningApp) -> None:
    not_open = "this client is not open; it was closed, or never connected"
    assert run(FORKED, kitchen_sink.url).splitlines() == [
        "child",
        "a ab",
        "True True",
        not_open,
        not_open,
        "0",
        "slept 1 parent parent",
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_client_can_be_used_by_a_pool_of_forked_processes(kitchen_sink: RunningApp) -> None:
    assert run(POOL, kitchen_sink.url) == "0 1 2 3\n"


LAST_LINE = """
import sys
from space_tools import Client
def told(result):
    print(result, client.predict("after", api_name="/echo_text"))
client = Client(sys.argv[1], verbose=False)
client.submit(0.5, api_name="/sleep_async", result_callbacks=[told])
"""


def test_a_script_ends_when_its_calls_and_their_callbacks_have(kitchen_sink: RunningApp) -> None:
    assert run(LAST_LINE, kitchen_sink.url) == "slept 0.5 after\n"


NOT_WAITED_FOR = """
import sys
from space_tools import Client
with Client(sys.argv[1], verbose=False) as client:
    client.submit("closed-at-the-end", api_name="/held")
"""


def test_a_closed_client_does_not_keep_a_script_from_ending(kitchen_sink: RunningApp) -> None:
    assert run(NOT_WAITED_FOR, kitchen_sink.url) == ""


INTERRUPTED = """
import signal, sys
from space_tools import Client
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever those do who run this
client = Client(sys.argv[1], verbose=False)
job = client.submit(sys.argv[2], api_name="/held_generator")
print(next(job), client.predict(api_name="/file_out"), flush=True)
if sys.argv[2] == "running":
    signal.pause()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
@pytest.mark.parametrize("when", ["running", "ending"])
def test_ctrl_c_ends_a_script_at_once_and_tells_the_app(
    client: Client, kitchen_sink: RunningApp, when: str
) -> None:
    command = [sys.executable, "-c", INTERRUPTED, kitchen_sink.url, when]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as script:
        assert script.stdout is not None
        first, path = script.stdout.readline().strip().rsplit(" ", 1)
        assert first == f"held {when} 0"
        script.send_signal(signal.SIGINT)
        try:
            _, errors = script.communicate(timeout=10)
        finally:
            script.kill()
    assert when == "ending" or errors.strip().endswith("KeyboardInterrupt")
    assert not Path(path).exists()
    assert not Path(path).parent.exists()
    assert soon(lambda: counts(client).get(f"cancelled:{when}"))


async def test_a_client_is_not_copied(kitchen_sink: RunningApp) -> None:
    async with AsyncClient(kitchen_sink.url, verbose=False) as awaited:
        with Client(kitchen_sink.url, verbose=False) as client:
            for each in client, awaited:
                with pytest.raises(TypeError, match="cannot be copied"):
                    copy.deepcopy(each)
