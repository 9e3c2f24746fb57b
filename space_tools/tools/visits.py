"""Spaces that agents found by themselves: connected to when first named, and kept for a while.

What everybody may see is read as nobody and shared by all. A Space that nobody may see is read
with its caller's token, and kept for that caller alone.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Self

import anyio
from anyio.lowlevel import checkpoint

from space_tools.credentials import ANONYMOUS, Credentials
from space_tools.egress.http import Http
from space_tools.errors import (
    AppUnreachable,
    AuthenticationError,
    SpaceNotFound,
    ValidationError,
)
from space_tools.files.inputs import FileAccess
from space_tools.gradio.running import Spawn
from space_tools.hub.spaces import SPACE_ID, check_gradio, fetch_space, fetch_space_id
from space_tools.hub.waking import Tell, until_running
from space_tools.schema.text import one_line
from space_tools.tools.breaker import Breaker
from space_tools.tools.catalogue import build_tools
from space_tools.tools.connecting import Approach, connect
from space_tools.tools.offered import SEARCH
from space_tools.tools.selection import Selection
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import SPACE_HOST, SPACE_PAGE, parse_sources
from space_tools.tools.together import Together
from space_tools.tools.tool import Tool

MOST_KEPT = 32
"""Spaces that are kept; the one longest unused goes first."""

MOST_BREAKERS = 1000
"""Spaces of which it is known whether they are to be left alone, counted once for each caller."""

IDLE_SECONDS = 900.0
"""A Space that was not used for so long is not kept."""

FRESH_SECONDS = 900.0
"""A Space is read again after so long: it may have changed."""

WAKING_SECONDS = 300.0
"""How long a Space may take to come up."""

CONNECT_SECONDS = 60.0
"""And then to describe itself."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class VisitedSpace:
    """A Space that is connected to, and its endpoints' tools by the endpoints' names.

    `refused` tells of endpoints which are not what they were when they were pinned.
    """

    id: str
    title: str
    zero_gpu: bool
    tools: Mapping[str, Tool]
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Place:
    """Where a Space is kept. It is read once for all who want it at the same time."""

    reading: Together[VisitedSpace] | None = None
    space: VisitedSpace | None = None
    read_at: float = 0.0
    used_at: float = field(default_factory=time.monotonic)

    @property
    def fresh(self) -> VisitedSpace | None:
        return self.space if time.monotonic() < self.read_at + FRESH_SECONDS else None


class Visits:
    """Connections to Spaces that are named by agents; never to any other address."""

    def __init__(self, http: Http, sessions: SessionStore, files: FileAccess) -> None:
        self._http = http
        self._sessions = sessions
        self._files = files
        self._spawn: Spawn | None = None
        self._stack = AsyncExitStack()
        self._places: OrderedDict[Key, _Place] = OrderedDict()
        self._breakers: OrderedDict[Key, Breaker] = OrderedDict()

    async def __aenter__(self) -> Self:
        # For the heartbeats that apps want while they remember something.
        task_group = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(task_group.cancel_scope.cancel)
        self._spawn = task_group.start_soon
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def __len__(self) -> int:
        return len(self._places)

    def breaker(self, space_id: str, credentials: Credentials) -> Breaker:
        """What came of that caller's calls of the Space: others need not know that it is there."""
        key = space_id, credentials.principal
        breaker = self._breakers.pop(key, None) or Breaker(space_id)
        self._breakers[key] = breaker
        while len(self._breakers) > MOST_BREAKERS:
            self._breakers.popitem(last=False)
        return breaker

    async def visit(
        self, space_id: str, credentials: Credentials, on_wait: Tell | None = None
    ) -> VisitedSpace:
        """The Space, as its caller may see it.

        Raises as `connect` does, and `AppUnreachable` for one that does not describe itself, or is
        left alone for now.
        """
        breaker = self.breaker(space_id, credentials)
        breaker.check()
        with breaker.looking():  # if it is open, the Space was forgotten, and so is read anew
            return await self._visit(space_id, credentials, on_wait)

    async def _visit(
        self, space_id: str, credentials: Credentials, on_wait: Tell | None
    ) -> VisitedSpace:
        # Its description is read for no single call, so for no one but the token's owner.
        reader = Credentials(principal=credentials.principal, hf_token=credentials.hf_token)
        public, private = (space_id, ""), (space_id, _whose(reader))
        place = self._places.get(private)
        if place is None or place.fresh is None:
            try:
                return await self._read(public, ANONYMOUS, on_wait)
            except (SpaceNotFound, AuthenticationError):
                if not reader.hf_token:
                    raise
        return await self._read(private, reader, on_wait)

    def forget(self, space_id: str) -> None:
        """It is not what it was, or not there: the next visit looks again."""
        for key in [key for key in self._places if key[0] == space_id]:
            del self._places[key]

    async def _read(self, key: Key, reader: Credentials, on_wait: Tell | None) -> VisitedSpace:
        if self._spawn is None:
            raise RuntimeError("Spaces can be visited only within the block of their visits")
        place = self._place(key)
        if (space := place.fresh) is not None:
            await checkpoint()  # a connection of it that has ended meanwhile is known to have, then
            return space
        if place.reading is None or place.reading.is_over:
            place.reading = Together(partial(self._fill, place, key[0], reader), self._spawn)
        reading = place.reading
        try:
            return await reading.wait(on_wait)
        finally:
            if place.space is None and reading.is_over and self._places.get(key) is place:
                del self._places[key]

    async def _fill(
        self, place: _Place, space_id: str, reader: Credentials, tell: Tell
    ) -> VisitedSpace:
        place.space = await self._connect(space_id, reader, tell)
        place.read_at = time.monotonic()
        return place.space

    def _place(self, key: Key) -> _Place:
        now = time.monotonic()
        place = self._places.pop(key, None) or _Place()
        place.used_at = now
        self._places[key] = place
        while len(self._places) > MOST_KEPT or self._oldest.used_at < now - IDLE_SECONDS:
            self._places.popitem(last=False)
        return place

    @property
    def _oldest(self) -> _Place:
        return next(iter(self._places.values()))

    async def _connect(self, space_id: str, reader: Credentials, tell: Tell) -> VisitedSpace:
        # Not by the rule that addresses follow: callers' tokens go to what the Hub names only.
        space = await fetch_space(space_id, token=reader.hf_token)
        check_gradio(space)
        space = await until_running(
            space,
            http=self._http,
            token=reader.hf_token,
            deadline_seconds=WAKING_SECONDS,
            on_wait=tell,
        )
        (named,) = parse_sources([space_id])
        source = named.at(space)
        with anyio.move_on_after(CONNECT_SECONDS):
            app = await connect(source, self._approach(reader))
            tools = build_tools(source, app, self._sessions, Selection(), self._files)
            by_endpoint = {tool.endpoint.name: tool for tool in tools}
            return VisitedSpace(space_id, app.info.title, app.zero_gpu, by_endpoint)
        raise AppUnreachable(f"{space_id} did not describe itself in time; try again later")

    def _approach(self, reader: Credentials) -> Approach:
        return Approach(
            http=self._http,
            credentials=reader,
            waking_seconds=0,
            spawn=self._spawn,
            auth_hint="whoever runs this server can set it up with one",
        )


def _whose(credentials: Credentials) -> str:
    """Whom what is seen with those belongs to: who is known by one name may come with another's
    token."""
    token = sha256((credentials.hf_token or "").encode(errors="replace")).hexdigest()
    return f"{credentials.principal} {token}"


async def to_space_id(named: str, credentials: Credentials) -> str:
    """The id of the Space that is named: by it, by its page on the Hub, or by its own address.

    Which Space is at an address is for the Hub to say. Raises `ValidationError` for anything else:
    an agent may not choose what this machine connects to.
    """
    text = named.strip()
    if page := SPACE_PAGE.fullmatch(text):
        text = page[1]
    elif host := SPACE_HOST.fullmatch(text):
        return await fetch_space_id(host[1].lower(), token=credentials.hf_token)
    if not SPACE_ID.fullmatch(text):
        raise ValidationError(
            [
                f"`space` must be the id of a Space (owner/name), got {one_line(named, 60)!r}; "
                f"{SEARCH} finds some"
            ]
        )
    return text
