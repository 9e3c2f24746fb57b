"""Spaces that the Hub does not show to everybody: read in the name of each caller who may see them.

What is read so is for that caller alone. Whether they still may is asked again every few minutes;
their token is not kept for that, but comes with each request.
"""

import hmac
import math
import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import anyio

from space_tools.credentials import Credentials
from space_tools.errors import (
    AuthenticationError,
    ConfigurationError,
    HubError,
    SpaceStarting,
)
from space_tools.hub.waking import Tell
from space_tools.tools.catalogue import origins, reserved_names
from space_tools.tools.loading import Loader
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool
from space_tools.tools.watched import WatchedApp

LIFE_SECONDS = 300.0
"""How long a caller who may see a Space is taken to be allowed to go on."""

REFUSED_SECONDS = 20.0
"""How long one is not asked about again who may not, or whose Space is down."""

LIST_SECONDS = 8.0
"""How long a list of tools waits for those of such Spaces."""

MOST = 1000
"""Spaces that are kept, counted once for each caller; the longest unused goes first."""


@dataclass(slots=True, eq=False)
class _Seen:
    """A Space as one caller sees it, under the digest of the token that they see it with."""

    watched: WatchedApp
    token: bytes = b""
    asked_at: float = -math.inf
    turn: anyio.Lock = field(default_factory=anyio.Lock)

    def is_fresh(self, token: bytes) -> bool:
        """Whether the Hub need not be asked again."""
        life = LIFE_SECONDS if self.watched.problem is None else REFUSED_SECONDS
        young = anyio.current_time() < self.asked_at + life
        same = hmac.compare_digest(self.token, token)
        return young and same and not self.watched.doubted.is_set()

    @property
    def allowed(self) -> bool:
        """Whether the Hub said that this caller may see it."""
        refused = isinstance(self.watched.problem, HubError | AuthenticationError)
        return self.watched.space is not None and not refused


class Callers:
    """What callers see of Spaces that not everybody sees; `loader` has no credentials of theirs."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[tuple[str, str], _Seen] = OrderedDict()
        self._merged: OrderedDict[str, tuple[list[Sequence[Tool]], Mapping[str, Tool]]] = (
            OrderedDict()
        )

    async def tools(
        self, hidden: Sequence[Source], credentials: Credentials
    ) -> dict[str, list[Tool]]:
        """Alias → the tools that this caller has of it; of some that are slow, later."""
        found = [self._find(source, credentials) for source in hidden]
        with anyio.move_on_after(LIST_SECONDS):
            async with anyio.create_task_group() as task_group:
                for seen in found:
                    task_group.start_soon(self._look, seen, credentials, None)
        return {seen.watched.source.alias: seen.watched.tools for seen in found if seen.allowed}

    async def current(
        self, source: Source, credentials: Credentials, tell: Tell, seconds: float
    ) -> WatchedApp | None:
        """The Space, once its tools are of what it says now; `None` if they may not see it.

        Raises its problem if that is not one that passes within `seconds`.
        """
        seen = self._find(source, credentials)
        if seen.allowed:
            await seen.watched.admit(partial(self._look, seen, credentials, tell))
        with anyio.move_on_after(seconds):
            await self._look(seen, credentials, tell)
            while seen.allowed and isinstance(seen.watched.problem, SpaceStarting):
                seen.watched.doubt()
                await self._look(seen, credentials, tell)
        if not seen.allowed:
            return None
        seen.watched.check()
        return seen.watched

    def merge(
        self,
        principal: str,
        catalogues: Mapping[str, Sequence[Tool]],
        reserved: Collection[str],
    ) -> Mapping[str, Tool]:
        """Name → tool of all these (alias → tools), in order; the same object while they are.

        `reserved` are names that no app's tools may have.
        """
        lists = list(catalogues.values())
        before = self._merged.get(principal)
        if before is None or not _are_same(before[0], lists):
            before = lists, {tool.name: tool for tool in _without_clashes(catalogues, reserved)}
        self._merged[principal] = before
        self._merged.move_to_end(principal)
        while len(self._merged) > MOST:
            self._merged.popitem(last=False)
        return before[1]

    def _find(self, source: Source, credentials: Credentials) -> _Seen:
        key = source.alias, credentials.principal
        seen = self._seen.setdefault(key, _Seen(WatchedApp(source)))
        self._seen.move_to_end(key)
        while len(self._seen) > MOST:
            self._seen.popitem(last=False)
        return seen

    async def _look(self, seen: _Seen, credentials: Credentials, tell: Tell | None) -> None:
        """Reads the Space in the caller's name, if that was not done just now.

        It is woken only if there is somebody to `tell`.
        """
        token = hmac.digest(self._key, (credentials.hf_token or "").encode(), "sha256")
        async with seen.turn:
            watched = seen.watched
            if seen.is_fresh(token) and (watched.current or not tell or not seen.allowed):
                return
            if not hmac.compare_digest(seen.token, token):
                seen.watched = watched = WatchedApp(watched.source)
            own = replace(credentials, ip_token=None)
            approach = replace(self._loader.approach, credentials=own, on_wait=tell)
            seen.token, seen.asked_at = token, anyio.current_time()
            watched.space = None  # until the Hub says again that they may see it
            watched.waiting += tell is not None
            try:
                with watched.trial():
                    await replace(self._loader, approach=approach).load(watched)
            except BaseException:
                seen.asked_at = -math.inf  # it is not known
                raise
            finally:
                watched.waiting -= tell is not None


def _are_same(some: Sequence[object], others: Sequence[object]) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


def _without_clashes(
    catalogues: Mapping[str, Sequence[Tool]], reserved: Collection[str]
) -> list[Tool]:
    """Of two tools of one name, that of the app that was configured first."""
    names, without = reserved_names(reserved), list[Tool]()
    for alias, tools in catalogues.items():
        with suppress(ConfigurationError):
            names.take(origins(alias, tools))
            without += tools
    return without
