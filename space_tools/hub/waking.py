"""Waiting for a Space that is asleep, being built or starting, with a word to whoever waits."""

import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import anyio

from space_tools.credentials import Credentials
from space_tools.egress.http import Http
from space_tools.errors import HubUnavailable, SpaceStarting, SpaceToolsError
from space_tools.hub.spaces import Space, check_not_down, refresh_space

Tell = Callable[[str], Awaitable[None]]
"""Takes a sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a waiting caller asks, tells and wakes; all in seconds.

    The Hub is asked after `first`, then after pauses that grow by `growth` up to `longest`. A
    sentence is repeated after `repeat` at the latest, unless the Hub is slow to answer. A Space
    that still sleeps `wake_again` after it was woken is woken again; its answer is waited for no
    longer than `wake_patience`.
    """

    first: float = 2.0
    growth: float = 1.5
    longest: float = 10.0
    repeat: float = 15.0
    wake_again: float = 30.0
    wake_patience: float = 5.0

    def pauses(self) -> Iterator[float]:
        """One after the other, without end."""
        pause = self.first
        while True:
            yield pause
            pause = min(pause * self.growth, self.longest)


USUAL_PACE = Pace()


async def until_running(
    space: Space,
    *,
    http: Http,
    token: str | None,
    deadline_seconds: float,
    on_wait: Tell | None = None,
    pace: Pace = USUAL_PACE,
) -> Space:
    """The Space once it is usable; at once, asking nobody, if it is so already.

    A sleeping Space is woken by a request to its host. Source: the documentation of sleep time.
    Raises `SpacePaused` or `SpaceBroken` if it comes to a stage from which only its owner brings
    it up, `SpaceStarting` at the deadline, and as `fetch_space` does; but that the Hub cannot be
    reached for a while ends no wait.
    """
    wait = _Wait(space, http, token, on_wait, pace)
    with anyio.move_on_after(deadline_seconds):
        return await wait.until_usable()
    raise SpaceStarting(
        f"{space.id} {wait.space.stage.state} and did not come up within {deadline_seconds:g} s; "
        f"try again later: {space.page}",
        stage=wait.space.stage_name,
    )


class _Wait:
    """One caller's wait: what the Space was when last seen, what was told and done, and when."""

    def __init__(
        self, space: Space, http: Http, token: str | None, on_wait: Tell | None, pace: Pace
    ) -> None:
        self.space = space
        self._http = http
        self._token = token
        self._on_wait = on_wait
        self._pace = pace
        self._told = ""
        self._told_at = self._woken_at = -math.inf

    async def until_usable(self) -> Space:
        asked_to_wait = 0.0
        for usual_pause in self._pace.pauses():
            check_not_down(self.space)
            if self.space.stage.prospect == "usable":
                break
            pause = max(usual_pause, asked_to_wait)
            await self._tell(pause)
            await self._wake()
            await anyio.sleep(pause)
            asked_to_wait = await self._look()
        return self.space

    async def _tell(self, pause: float) -> None:
        """Tell what it is doing, if that is new, or would be old after the next pause."""
        sentence = f"{self.space.stage.activity} {self.space.id}"
        if self.space.stage.prospect == "asleep":
            sentence += ", which may take a minute or two"
        now = anyio.current_time()
        due = now + pause > self._told_at + self._pace.repeat
        if self._on_wait is not None and (due or sentence != self._told):
            self._told, self._told_at = sentence, now
            await self._on_wait(sentence)

    async def _wake(self) -> None:
        now = anyio.current_time()
        if self.space.stage.prospect != "asleep" or now < self._woken_at + self._pace.wake_again:
            return
        self._woken_at = now
        # The request is what wakes it; whatever comes back, the Hub tells what became of it.
        with anyio.move_on_after(self._pace.wake_patience), suppress(SpaceToolsError):
            headers = Credentials(hf_token=self._token).headers_for("space")
            async with self._http.stream("GET", f"{self.space.host}/", headers=headers):
                pass

    async def _look(self) -> float:
        """Ask the Hub; the seconds that it wants to be left alone."""
        try:
            self.space = await refresh_space(self.space, token=self._token)
        except HubUnavailable as error:
            return error.retry_after or 0.0
        return 0.0
