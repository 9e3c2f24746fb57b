"""Clients and the processes that they are in: forked ones, and how they end."""

import copy
import os
import subprocess
import sys

import pytest

from space_tools import AsyncClient, Client
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


async def test_a_client_is_not_copied(kitchen_sink: RunningApp) -> None:
    async with AsyncClient(kitchen_sink.url, verbose=False) as awaited:
        with Client(kitchen_sink.url, verbose=False) as client:
            for each in client, awaited:
                with pytest.raises(TypeError, match="cannot be copied"):
                    copy.deepcopy(each)
