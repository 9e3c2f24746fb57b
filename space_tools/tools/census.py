"""How many there are of what a toolset keeps."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from space_tools.files.store import FileStore
from space_tools.tools.sessions import SessionStore
from space_tools.tools.watched import WatchedApp


@dataclass(frozen=True, slots=True)
class Census:
    """Counts, at one moment; `file_bytes` and `file_quota` in bytes.

    `conversations` are sessions with a state, `warm_sessions` those that wait for a next call.
    Apps are `loading` until they were tried once.
    """

    tools: int
    apps_up: int
    apps_down: int
    apps_loading: int
    conversations: int
    warm_sessions: int
    files: int
    file_bytes: int
    file_quota: int


def take_census(apps: Iterable[WatchedApp], sessions: SessionStore, files: FileStore) -> Census:
    """Counts them."""
    apps = list(apps)
    states = Counter(_state(app) for app in apps)
    return Census(
        sum(len(app.tools) for app in apps),
        states["up"],
        states["down"],
        states["loading"],
        sessions.conversations,
        sessions.warm,
        *files.usage,
    )


def _state(app: WatchedApp) -> str:
    if not app.loaded.is_set():
        return "loading"
    return "up" if app.problem is None else "down"
