"""A server that was busy does not stay as large as it was then."""

import subprocess
import sys

import pytest

BUSY = """
import asyncio
from benchmarks.processes import resident_memory
from space_tools.cli import memory

memory.TRIM_SECONDS = 0.05

def resident():
    return resident_memory("self").now / 1024**2

async def main():
    before = resident()
    memory.keep_lean(asyncio.get_running_loop())
    passing, staying = [], []
    for _ in range(1600):
        passing.append(bytes(40_000))
        staying.append(bytes(600))
    passing.clear()
    busy = resident() - before
    await asyncio.sleep(0.3)
    print(busy, resident() - before)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there is it known how to")
def test_what_calls_left_between_what_stays_is_given_back() -> None:
    run = subprocess.run([sys.executable, "-c", BUSY], capture_output=True, text=True, check=True)
    busy, after = map(float, run.stdout.split())
    assert busy > 50
    assert after < 20
