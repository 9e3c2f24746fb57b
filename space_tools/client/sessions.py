"""Which Gradio sessions one client's calls run in."""

from collections.abc import Iterator
from contextlib import contextmanager

from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.sessions import Conversation, SessionPool, Sessions


class ClientSessions:
    """One session for calls that come one after the other, and more for those side by side.

    Apps keep things by session hash (folders, models), not only in `gr.State`: what a user calls
    in turn must find the same one. Calls that remember nothing do not wait for it.
    """

    def __init__(self) -> None:
        self._home = Conversation()
        self._pool = SessionPool()
        self._at_home = 0

    @property
    def session_hash(self) -> str:
        """That of calls that come one after the other."""
        return self._home.session_hash

    def close(self) -> None:
        """The app may forget what it keeps for them."""
        self._home.close()

    @contextmanager
    def chosen(self, endpoint: Endpoint) -> Iterator[Sessions]:
        """Where a call of that endpoint is to run; the block is as long as the call."""
        if self._at_home and not endpoint.stateful:
            yield self._pool
            return
        self._at_home += 1
        try:
            yield self._home
        finally:
            self._at_home -= 1
