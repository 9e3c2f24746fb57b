"""Which Gradio session a call runs in: pools for calls that remember nothing, and conversations.

Everything is kept by (app, principal), so that nothing of one caller's meets another's. A
conversation is known by an unguessable handle that belongs to one principal and one app.
"""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import anyio

from space_tools.credentials import ANYONE
from space_tools.errors import ValidationError
from space_tools.gradio.sessions import Conversation, SessionPool

HANDLE_LIFETIME = 3600.0
"""Seconds that a conversation is kept after its last call."""

TIDY_SECONDS = 60.0
"""Seconds between two looks for conversations that are to be forgotten."""

HANDLES = 100
"""Conversations that one principal can have; the one longest unused goes first."""


@dataclass(slots=True)
class _Kept:
    app: str
    conversation: Conversation = field(default_factory=Conversation)
    used: float = field(default_factory=time.monotonic)


class SessionStore:
    """All sessions of one process. `app` and `principal` are keys, not secrets."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str], SessionPool] = {}
        self._own: dict[tuple[str, str, str], Conversation] = {}
        self._kept: dict[str, OrderedDict[str, _Kept]] = {}

    def pool(self, app: str, principal: str) -> SessionPool:
        """The warm sessions of that caller at that app; nobody in particular has none."""
        if principal == ANYONE:
            return SessionPool()
        return self._pools.setdefault((app, principal), SessionPool())

    def own(self, app: str, principal: str, conversation: str) -> Conversation:
        """A conversation whose name is the host's, never a caller's, choice."""
        return self._own.setdefault((app, principal, conversation), Conversation())

    def end(self, principal: str, conversation: str) -> None:
        """That conversation of the caller's is over, in whichever app it was."""
        for key in [key for key in self._own if key[1:] == (principal, conversation)]:
            self._own.pop(key).close()

    def start(self, app: str, principal: str) -> str:
        """A new conversation; its handle."""
        handle = secrets.token_urlsafe(18)
        kept = self._kept.setdefault(principal, OrderedDict())
        kept[handle] = _Kept(app)
        while len(kept) > HANDLES:
            _forget_oldest(kept)
        return handle

    def conversation(self, app: str, principal: str, handle: str) -> Conversation:
        """The conversation of that handle; a foreign or forgotten one is a `ValidationError`."""
        kept = self._kept.get(principal, OrderedDict())
        self._forget_old(kept)
        found = kept.get(handle)
        if found is None or found.app != app:
            raise ValidationError(
                ["`session` is not known, or was not used for an hour; leave it out to start anew"]
            )
        found.used = time.monotonic()
        kept.move_to_end(handle)
        return found.conversation

    @property
    def conversations(self) -> int:
        """How many are kept, of everybody."""
        return len(self._own) + sum(len(kept) for kept in self._kept.values())

    @property
    def warm(self) -> int:
        """How many sessions wait for a next call, of everybody."""
        return sum(pool.idle for pool in self._pools.values())

    async def keep_tidy(self) -> None:
        """Forgets, as time goes by, what was not used for long, whoever it belongs to."""
        while True:
            await anyio.sleep(TIDY_SECONDS)
            for principal, kept in list(self._kept.items()):
                self._forget_old(kept)
                if not kept:
                    del self._kept[principal]

    def _forget_old(self, kept: OrderedDict[str, _Kept]) -> None:
        oldest_allowed = time.monotonic() - HANDLE_LIFETIME
        while kept and next(iter(kept.values())).used < oldest_allowed:
            _forget_oldest(kept)


def _forget_oldest(kept: OrderedDict[str, _Kept]) -> None:
    _, oldest = kept.popitem(last=False)
    oldest.conversation.close()
