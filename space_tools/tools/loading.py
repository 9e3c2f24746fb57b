"""Reads apps, makes their tools, and sees cheaply whether an app is still the one that was read."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

import anyio

from space_tools.errors import (
    AppUnreachable,
    AuthenticationError,
    ConfigurationError,
    HubUnavailable,
    InternalError,
    SpaceNotFound,
    SpaceToolsError,
)
from space_tools.files.inputs import FileAccess
from space_tools.gradio.app import GradioApp
from space_tools.hub.api import DEFAULT_ENDPOINT, hub_endpoint
from space_tools.hub.spaces import Space, refresh_space
from space_tools.tools.catalogue import build_tools
from space_tools.tools.connecting import Approach, Auth, auth_variable, enter
from space_tools.tools.descriptions import Descriptions
from space_tools.tools.locating import look_up
from space_tools.tools.pinning import Refused, judge
from space_tools.tools.pins import Pins
from space_tools.tools.selection import Selection, check_endpoints
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool
from space_tools.tools.watched import WatchedApp

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 30.0
"""How long one attempt to read an app's description may take."""

WAKING_SECONDS = 25.0
"""How much of it a Space may take to wake up; that goes on until the next attempt."""

HUB_SECONDS = 120.0
"""Seconds between two questions to the Hub about a Space that runs."""

REREAD_SECONDS = 600.0
"""Seconds after which an app that has no id to tell it by is read anew, to be sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Loads apps in one caller's name; `logins` are for apps with a login, by their alias.

    `approach` has the caller's credentials and the connections. What apps say is remembered in
    `descriptions`, if there are any. With `pins`, tools that changed since are refused.
    """

    approach: Approach
    selection: Selection
    sessions: SessionStore
    files: FileAccess
    logins: Mapping[str, Auth] = field(default_factory=dict)
    descriptions: Descriptions | None = None
    pins: Pins | None = None

    def recall(self, watched: WatchedApp) -> None:
        """Has it offer what everybody may see that it offered when it was last seen."""
        if self._may_recall(watched.source):
            self._recall(watched, "")

    async def load(self, watched: WatchedApp) -> None:
        """Reads the app, and notes its tools or its problem.

        A Space that is asleep stays so while its tools are known and nobody waits for it.
        """
        try:
            with anyio.fail_after(CONNECT_SECONDS):
                await self._load(watched)
        except TimeoutError:
            src = watched.source.src
            words = f"{src} did not describe itself in {CONNECT_SECONDS:.0f} s"
            watched.no_longer_current(AppUnreachable(words))
        except SpaceToolsError as error:
            self._note(watched, error)
        except Exception as fault:
            logger.debug("%s: a fault", watched.source.alias, exc_info=fault)
            self._note(watched, InternalError.of(fault))

    def _note(self, watched: WatchedApp, error: SpaceToolsError) -> None:
        watched.no_longer_current(error)
        if _must_go(watched, error):
            watched.tools, watched.refused = [], {}
        if isinstance(error, SpaceNotFound) and self.descriptions is not None:
            self.descriptions.forget(watched.source.key)

    async def _load(self, watched: WatchedApp) -> None:
        space = await look_up(watched.source, token=self.approach.credentials.hf_token)
        watched.space, watched.hub_asked_at = space, anyio.current_time()
        if space is not None and space.private and not watched.tools:
            self._recall(watched, self._owner())  # as the Hub says just now, they may see it
        if space is not None and _may_sleep(watched, space):
            watched.no_longer_current()
            return
        alias = watched.source.alias
        hint = f"set {auth_variable(alias)} to user:password"
        on_wait = self.approach.on_wait or watched.tell
        approach = replace(self.approach, on_wait=on_wait, auth_hint=hint)
        app = await enter(watched.source, space, approach, auth=self.logins.get(alias))
        self._take(watched, app)
        watched.sha = space.sha if space else None
        watched.seen_at, watched.read_at = datetime.now(UTC), anyio.current_time()
        watched.problem, watched.current = None, True
        self._remember(watched, app, space)

    def _take(self, watched: WatchedApp, app: GradioApp) -> None:
        before = watched.app
        self.sessions.started(str(app.address), app.info.app_id)
        unchanged = before is not None and self._is_same(watched, before, app)
        if before is not None and watched.tools and unchanged and not watched.refused:
            before.info = app.info  # its id may be another
            if any(tool.as_of for tool in watched.tools):
                watched.tools = [replace(tool, as_of=None) for tool in watched.tools]
        else:
            self._put(watched, app)
            watched.app = app

    def _put(self, watched: WatchedApp, app: GradioApp) -> None:
        """Has it offer the app's tools, but for those that are refused, and tells of changes."""
        tools = self.build(watched.source, app)
        refused: Mapping[str, Refused] = {}
        if self.pins is not None:
            watched.pinned = self.pins.stamp(watched.source.key)
            build = partial(self.build_alone, watched.source)
            tools, refused = judge(self.pins, watched.source, app, tools, build)
        watched.log_drift(tools, refused)
        watched.tools, watched.refused = tools, refused

    def _remember(self, watched: WatchedApp, app: GradioApp, space: Space | None) -> None:
        source = watched.source
        unsure = source.space_id is not None and space is None  # whether it is private
        if self.descriptions is None or unsure or not self._may_recall(source):
            return
        private = space is not None and space.private
        if private:
            self.descriptions.forget(source.key)
        owner = self._owner() if private else ""
        self.descriptions.keep(source.key, app.info, watched.sha, owner, zero_gpu=app.zero_gpu)

    def _recall(self, watched: WatchedApp, owner: str) -> None:
        source = watched.source
        found = self.descriptions.find(source.key, owner) if self.descriptions else None
        if found is None:
            return
        http, spawn = self.approach.http, self.approach.spawn
        # Addresses of another Hub's Spaces cannot be told by rule: no token goes there.
        ruled = source.space_id is None or hub_endpoint() == DEFAULT_ENDPOINT
        kind = source.kind if ruled else "other"
        app = GradioApp(
            http, source.address, found.info, kind=kind, spawn=spawn, zero_gpu=found.zero_gpu
        )
        with suppress(SpaceToolsError):  # what is wrong with it is told of the app itself
            self._put(watched, app)
            watched.app, watched.sha, watched.seen_at = app, found.sha, found.seen_at
            watched.no_longer_current()

    def _owner(self) -> str:
        return self.descriptions.owner_of(self.approach.credentials) if self.descriptions else ""

    def _may_recall(self, source: Source) -> bool:
        """Whether it is known who may see what the app says: everybody, or whom the Hub says."""
        credentials = self.approach.credentials
        maybe_private = source.kind == "space" and source.space_id is None and credentials.hf_token
        return not (source.alias in self.logins or credentials.headers or maybe_private)

    def _is_same(self, watched: WatchedApp, before: GradioApp, now: GradioApp) -> bool:
        """Whether tools of the one can go on as those of the other, with their login if any."""
        same_place = (before.address, before.kind, before.zero_gpu) == (
            now.address,
            now.kind,
            now.zero_gpu,
        )
        return same_place and before.info == now.info and watched.source.alias not in self.logins

    def build(self, source: Source, app: GradioApp) -> list[Tool]:
        """The tools of an app. Raises `ConfigurationError` if it has not what is named for it."""
        check_endpoints(source, app.info.endpoints, self.selection)
        return self.build_alone(source, app)

    def build_alone(self, source: Source, app: GradioApp) -> list[Tool]:
        """The tools of an app that may have other endpoints than those that are named for it."""
        return build_tools(source, app, self.sessions, self.selection, self.files)

    async def has_changed(self, watched: WatchedApp, *, called: bool) -> bool:
        """Whether the app is to be read anew: it may be another, asleep, or down.

        The app itself is asked only if it was `called` just now, or is no Space: a request keeps
        a Space from falling asleep.
        """
        if watched.is_repinned(self.pins):
            return True
        try:
            if watched.space is not None and await self._moved_on(watched, watched.space):
                return True
            if watched.app is None or not watched.current:
                return False
            if called or watched.source.kind != "space":
                return await self._is_another(watched, watched.app)
        except SpaceToolsError:
            return True
        return False

    async def _moved_on(self, watched: WatchedApp, known: Space) -> bool:
        """Whether the Hub says of the Space what it did not say before."""
        now = anyio.current_time()
        if now < watched.hub_asked_at + HUB_SECONDS:
            return False
        watched.hub_asked_at = now
        try:
            space = await refresh_space(known, token=self.approach.credentials.hf_token)
        except HubUnavailable:
            return False
        return (space.sha, space.stage_name) != (known.sha, known.stage_name)

    async def _is_another(self, watched: WatchedApp, app: GradioApp) -> bool:
        app_id = await app.fetch_app_id(self.approach.credentials)
        if app_id and app.info.app_id:
            return app_id != app.info.app_id
        return anyio.current_time() >= watched.read_at + REREAD_SECONDS


def _must_go(watched: WatchedApp, error: SpaceToolsError) -> bool:
    """Whether tools must not stay: they are to be hidden, or not for this caller any more."""
    private = watched.space is not None and watched.space.private
    lost = isinstance(error, AuthenticationError) and private
    return lost or isinstance(error, ConfigurationError | SpaceNotFound)


def _may_sleep(watched: WatchedApp, space: Space) -> bool:
    """Whether a Space need not be woken: what it offers is known, and nobody waits for it."""
    known = bool(watched.tools) and watched.sha in (None, space.sha)
    return space.stage.prospect == "asleep" and known and not watched.waiting
