"""Which Gradio session a call runs in: pools for calls that remember nothing, and conversations.

Everything is kept by principal and app, so that nothing of one caller's meets another's. A
conversation is known by an unguessable handle that belongs to one principal and one app, or by
the name that the host has for it.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

from space_tools.credentials import ANYONE
from space_tools.errors import ValidationError
from space_tools.gradio.sessions import Conversation, SessionPool

LIFETIME = 3600.0
"""Seconds that a conversation, or a pool, is kept after its last call."""

TIDY_SECONDS = 60.0
"""Seconds between two looks for what is to be forgotten."""

HANDLES = 100
"""Conversations that one principal can have; the one longest unused goes first."""

HANDLES_OF_ANYONE = 2000
"""The same of all those together who are nobody in particular."""

SessionsT = TypeVar("SessionsT", SessionPool, Conversation)


@dataclass(slots=True)
class _Kept(Generic[SessionsT]):
    sessions: SessionsT
    used: float = field(default_factory=lambda: time.monotonic())


class _Shelf(Generic[SessionsT]):
    """What one caller has of a kind, by app and name; the longest unused comes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], _Kept[SessionsT]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[SessionsT]:
        return (kept.sessions for kept in self._kept.values())

    def find(self, app: str, name: str) -> SessionsT | None:
        """Counts as a use."""
        kept = self._kept.get((app, name))
        if kept is None:
            return None
        kept.used = time.monotonic()
        self._kept.move_to_end((app, name))
        return kept.sessions

    def put(self, app: str, name: str, sessions: SessionsT) -> SessionsT:
        self._kept[app, name] = _Kept(sessions)
        return sessions

    def forget(self, *, app: str | None = None, name: str | None = None) -> None:
        """What is of that app, or has that name; everything, if neither is given."""
        for key in list(self._kept):
            if app in (None, key[0]) and name in (None, key[1]):
                self._end(key)

    def forget_old(self) -> None:
        oldest_allowed = time.monotonic() - LIFETIME
        while self._kept and next(iter(self._kept.values())).used < oldest_allowed:
            self.forget_oldest()

    def forget_oldest(self) -> None:
        self._end(next(iter(self._kept)))

    def _end(self, key: tuple[str, str]) -> None:
        sessions = self._kept.pop(key).sessions
        if isinstance(sessions, Conversation):  # a session of a pool has no heartbeat
            sessions.close()


class _Caller:
    """All that one principal has."""

    def __init__(self) -> None:
        self.pools: _Shelf[SessionPool] = _Shelf()
        self.own: _Shelf[Conversation] = _Shelf()
        self.handles: _Shelf[Conversation] = _Shelf()

    @property
    def shelves(self) -> tuple[_Shelf[SessionPool], _Shelf[Conversation], _Shelf[Conversation]]:
        return self.pools, self.own, self.handles


class SessionStore:
    """All sessions of one process. `app` and `principal` are keys, not secrets.

    What was not used for an hour is forgotten, and the app is told by the end of its heartbeat.
    """

    def __init__(self) -> None:
        self._callers: dict[str, _Caller] = {}
        self._ids: dict[str, str] = {}

    def __len__(self) -> int:
        """How many principals have anything here."""
        return len(self._callers)

    def pool(self, app: str, principal: str) -> SessionPool:
        """The warm sessions of that caller at that app; a new one for each call of `ANYONE`."""
        if principal == ANYONE:
            return SessionPool()
        pools = self._caller(principal).pools
        return pools.find(app, "") or pools.put(app, "", SessionPool())

    def own(self, app: str, principal: str, conversation: str) -> Conversation:
        """A conversation whose name is the host's, never a caller's, choice."""
        own = self._caller(principal).own
        return own.find(app, conversation) or own.put(app, conversation, Conversation())

    def start(self, app: str, principal: str) -> str:
        """A new conversation; its handle."""
        handle = secrets.token_urlsafe(18)
        handles = self._caller(principal).handles
        handles.put(app, handle, Conversation())
        if len(handles) > (HANDLES_OF_ANYONE if principal == ANYONE else HANDLES):
            handles.forget_oldest()
        return handle

    def conversation(self, app: str, principal: str, handle: str) -> Conversation:
        """The conversation of that handle; a foreign or forgotten one is a `ValidationError`."""
        found = None
        if caller := self._callers.get(principal):
            caller.handles.forget_old()
            found = caller.handles.find(app, handle)
        if found is None:
            raise ValidationError(
                ["`session` is not known, or was not used for an hour; leave it out to start anew"]
            )
        return found

    def end(self, conversation: str) -> None:
        """Forgets a conversation of the host's, in all apps: whoever had it is gone."""
        for caller in self._callers.values():
            caller.own.forget(name=conversation)

    def forget(self, principal: str) -> None:
        """Forgets all that a caller has: they will not come again."""
        if caller := self._callers.pop(principal, None):
            for shelf in caller.shelves:
                shelf.forget()

    def started(self, app: str, app_id: str) -> None:
        """Forgets all that anybody has at an app that was started anew: it remembers nothing.

        `app_id` tells whether it was; an empty one tells nothing.
        """
        if not app_id or self._ids.get(app) == app_id:
            return
        known, self._ids[app] = app in self._ids, app_id
        if known:
            self._drop(app)

    def _drop(self, app: str) -> None:
        for caller in self._callers.values():
            for shelf in caller.shelves:
                shelf.forget(app=app)

    @property
    def conversations(self) -> int:
        """How many are kept, of everybody."""
        return sum(len(caller.own) + len(caller.handles) for caller in self._callers.values())

    @property
    def warm(self) -> int:
        """How many sessions wait for a next call, of everybody."""
        return sum(pool.idle for caller in self._callers.values() for pool in caller.pools)

    async def keep_tidy(self) -> None:
        """Tidies up, as time goes by. Never returns."""
        while True:
            await anyio.sleep(TIDY_SECONDS)
            self.tidy()

    def tidy(self) -> None:
        """Forgets what was not used for long."""
        for principal, caller in list(self._callers.items()):
            for shelf in caller.shelves:
                shelf.forget_old()
            if not any(caller.shelves):
                del self._callers[principal]

    def _caller(self, principal: str) -> _Caller:
        return self._callers.setdefault(principal, _Caller())
