"""What all apps of a toolset offer together, as they come and go."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from space_tools.errors import ConfigurationError
from space_tools.tools.catalogue import origins, reserved_names
from space_tools.tools.selection import Selection, unmatched
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool
from space_tools.tools.watched import WatchedApp

logger = logging.getLogger(__name__)


class Offer:
    """The tools of some apps: `tools` is name → tool, another object after each `publish`."""

    def __init__(self, spaces: Sequence[WatchedApp], selection: Selection) -> None:
        self.spaces = spaces
        self.tools: Mapping[str, Tool] = {}
        self._owners: dict[str, WatchedApp] = {}
        self._selection = selection
        self._patterns_checked = False
        self.reserved: frozenset[str] = frozenset()

    def reserve(self, names: Iterable[str]) -> None:
        """No app may have tools of these names; one that has some is a problem."""
        self.reserved |= set(names)
        self.publish()

    async def loaded(self) -> None:
        """Returns once each app has been tried, or is remembered."""
        for space in self.spaces:
            await space.loaded.wait()

    def find(self, name: str) -> WatchedApp | None:
        """The app of that tool, be it refused."""
        refusing = (space for space in self.spaces if name in space.refused)
        return self._owners.get(name) or next(refusing, None)

    def find_away(self, name: str, *, hidden: bool) -> WatchedApp | None:
        """An app that is down, or not read yet, and would have a tool of that name; `hidden` ones
        too, or not."""
        away = (s for s in self.spaces if not s.current and (hidden or not s.is_hidden))
        return next((space for space in away if space.source.may_name(name)), None)

    def stir(self, name: str) -> None:
        """A tool of that name was wanted: an app that could have it now is looked at."""
        for space in self.spaces:
            if space.source.may_name(name):
                space.stirred.set()

    def hidden(self) -> list[Source]:
        """What is not to be seen by everybody, or not there at all: the Hub does not tell which."""
        return [space.source for space in self.spaces if space.is_hidden]

    def catalogues(self) -> dict[str, Sequence[Tool]]:
        """Alias → tools, in the order of configuration."""
        return {space.source.alias: space.tools for space in self.spaces}

    def publish(self) -> None:
        """Takes what the apps have now. Names clash by the order of configuration, never by that
        of loading."""
        names = reserved_names(self.reserved)
        for space in self.spaces:
            try:
                names.take(origins(space.source.alias, space.tools))
            except ConfigurationError as error:
                space.tools, space.problem, space.current = [], error, False
            space.log_problem()
        self.tools = {tool.name: tool for space in self.spaces for tool in space.tools}
        self._owners = {tool.name: space for space in self.spaces for tool in space.tools}
        self._check_patterns()

    def _check_patterns(self) -> None:
        """Once all apps were read: what was meant for any of them may have been for none."""
        if self._patterns_checked or not all(space.current for space in self.spaces):
            return
        self._patterns_checked = True
        apps = {space.source.alias: space.endpoints for space in self.spaces}
        for pattern in unmatched(self._selection, apps):
            logger.warning("%r matches no endpoint of any app", pattern)
