"""One configured app, as a toolset keeps it in sight."""

import logging
from dataclasses import dataclass, field

import anyio

from space_tools.errors import SpaceToolsError
from space_tools.gradio.app_info import Endpoint
from space_tools.schema.text import clean
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class WatchedApp:
    """One configured app: the tools it had when last seen, and its problem if it is down.

    `loaded`: it was tried at least once. `tried`: set when the present attempt ends, and then
    another. `doubted`: set by who wants an attempt now. `told`: the problem that was logged last.
    """

    source: Source
    tools: list[Tool] = field(default_factory=list)
    problem: SpaceToolsError | None = None
    told: str = ""
    endpoints: tuple[Endpoint, ...] = ()
    loaded: anyio.Event = field(default_factory=anyio.Event)
    tried: anyio.Event = field(default_factory=anyio.Event)
    doubted: anyio.Event = field(default_factory=anyio.Event)

    def log_problem(self) -> None:
        """Says once what is wrong, and again only after it was right."""
        problem = "" if self.problem is None else clean(str(self.problem))
        if problem and problem != self.told:
            logger.warning("%s: %s", self.source.alias, problem)
        self.told = problem
