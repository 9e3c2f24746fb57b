"""The whole examination: everything is looked at side by side, and told in order."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from space_tools.credentials import Credentials
from space_tools.doctor.account import examine_account
from space_tools.doctor.findings import Finding
from space_tools.doctor.machine import environment, examine_machine
from space_tools.doctor.spaces import Visit, examine_space
from space_tools.egress.http import Http
from space_tools.tools.connecting import Auth
from space_tools.tools.pins import Pins
from space_tools.tools.selection import Selection
from space_tools.tools.sources import Source

PATIENCE = 60.0
"""Seconds after which one of the looks is given up."""

Look = Callable[[], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is examined: the apps that would be served, in whose name, and where files would go.

    `pins` are what their tools were when they were first seen. `accept`: from now on they are to
    be what they are now, which is all that is ever changed.
    """

    sources: Sequence[Source] = ()
    token: str | None = field(default=None, repr=False)
    logins: Mapping[str, Auth] = field(default_factory=dict, repr=False)
    selection: Selection = field(default_factory=Selection)
    output_dir: Path | None = None
    pins: Pins | None = None
    accept: bool = False


async def examine(setup: Setup) -> list[Finding]:
    """What was found: of this machine, of the Hub, and of each app. Raises nothing of its own."""
    async with Http() as http:
        credentials = Credentials(hf_token=setup.token)
        visit = Visit(
            http, credentials, setup.logins, setup.selection, setup.pins, accept=setup.accept
        )
        needed = not setup.sources or any(source.space_id for source in setup.sources)
        looks: dict[str, Look] = {"Hub": lambda: examine_account(setup.token, needed=needed)}
        for source in setup.sources:
            looks[source.alias] = _look(source, visit)
        findings = await _side_by_side(looks)
    return [*examine_machine(setup.output_dir, environment()), *findings]


def _look(source: Source, visit: Visit) -> Look:
    return lambda: examine_space(source, visit)


async def _side_by_side(looks: Mapping[str, Look]) -> list[Finding]:
    found: dict[str, list[Finding]] = {}

    async def take(what: str, look: Look) -> None:
        with anyio.move_on_after(PATIENCE):
            found[what] = await look()
            return
        said = f"it was not known what to say of it after {PATIENCE:.0f} s"
        found[what] = [Finding(what, "broken", said, "try again later, or see to the network")]

    async with anyio.create_task_group() as task_group:
        for what, look in looks.items():
            task_group.start_soon(take, what, look)
    return [finding for what in looks for finding in found[what]]
