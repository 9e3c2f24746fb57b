"""Endpoints that do what calls do now and then: wait, wait for each other, fail, say who calls.

They are functions of the app's own process, and only there may this be imported: Gradio is.
"""

import asyncio

import gradio as gr

from benchmarks.echo_app import FAIL, GATHERED, SLOW, TOGETHER, WHOSE

SLOW_SECONDS = 3.0
TOGETHER_SECONDS = 300.0


async def slow(text: str) -> str:
    """Give back what was said, after a while."""
    await asyncio.sleep(SLOW_SECONDS)
    return text


async def fail(text: str) -> str:
    """Fail, and say so."""
    raise gr.Error(f"no {text}")


async def whose(text: str, request: gr.Request) -> str:
    """Give back what was said, after the token that came with it, if one did."""
    token = request.headers.get("x-ip-token")
    return f"{token}: {text}" if token else text


class Gatherings:
    """Calls that wait for each other: so many are certain to be in flight at once."""

    def __init__(self) -> None:
        self._here = 0
        self._complete = asyncio.Event()

    async def together(self, text: str) -> str:
        """Give back "… of N" once N such calls are here."""
        self._here += 1
        complete = self._complete
        if self._here >= int(text.rpartition(" of ")[2]):
            complete.set()
            self._here, self._complete = 0, asyncio.Event()
        await asyncio.wait_for(complete.wait(), TOGETHER_SECONDS)
        return text

    async def gathered(self, text: str) -> str:
        """Say how many are here."""
        return str(self._here)


GATHERINGS = Gatherings()
UNCOMMON = {
    SLOW: slow,
    FAIL: fail,
    WHOSE: whose,
    TOGETHER: GATHERINGS.together,
    GATHERED: GATHERINGS.gathered,
}
