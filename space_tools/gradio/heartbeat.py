"""Keeps a session's state in the app while its user is there. Source: Gradio 4.25 and later.

An app forgets a session's state an hour after its heartbeat ended, and calls what it registered
for a visitor who leaves; it also ends the session's streams then.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import anyio

from space_tools.egress.http import Http
from space_tools.errors import SpaceToolsError
from space_tools.gradio.cookies import Cookies

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a heartbeat that broke off is begun again, doubled each time."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One session's, at `url`. It outlives calls, so its `headers` are none of theirs."""

    http: Http
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    affinity: Cookies

    async def hold(self, scope: anyio.CancelScope) -> None:
        """Holds it until `scope` is cancelled, or for nothing if the app has no heartbeats."""
        with scope:
            pause = FIRST_PAUSE
            while await self._beat():
                await anyio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _beat(self) -> bool:
        """One connection, until it ends → whether the app has heartbeats at all."""
        headers = self.affinity.add_to(self.headers)
        with suppress(SpaceToolsError):
            # A caller's own timeout would make the app see its visitor leave.
            async with self.http.stream(
                "GET", self.url, headers=headers, read_timeout=None
            ) as answer:
                if answer.status != 200:
                    return False
                async for _ in answer.chunks():
                    pass
        return True
