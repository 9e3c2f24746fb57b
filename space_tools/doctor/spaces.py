"""One app, from its name to its tools: where the way ends, and why."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from space_tools.credentials import Credentials
from space_tools.doctor.findings import Finding, found
from space_tools.doctor.pinned import examine_pins
from space_tools.egress.http import Http
from space_tools.errors import (
    ConfigurationError,
    HubUnavailable,
    SpaceToolsError,
)
from space_tools.gradio.app import GradioApp
from space_tools.gradio.dialects import parse_version
from space_tools.hub.api import DEFAULT_ENDPOINT, hub_endpoint
from space_tools.hub.spaces import Space, check_gradio, check_not_down, fetch_space
from space_tools.tools.catalogue import build_tools
from space_tools.tools.connecting import Approach, Auth, auth_variable, connect
from space_tools.tools.pins import Pins
from space_tools.tools.selection import Selection, check_endpoints
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source
from space_tools.tools.tool import Tool

CONNECT_SECONDS = 30.0
"""How long an app may take to describe itself."""

LONG_QUEUE = 20
"""Calls that wait in an app's queue, from which on that is worth a word."""

MAX_STATUS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at apps, over which connections, and which endpoints they want as tools.

    With `pins`, it is told which of these changed since; `accept`: they are pinned as they are.
    """

    http: Http
    credentials: Credentials
    logins: Mapping[str, Auth]
    selection: Selection
    pins: Pins | None = None
    accept: bool = False


async def examine_space(source: Source, visit: Visit) -> list[Finding]:
    """What is found on the way; it ends at the first thing that is broken, or is not up yet."""
    findings: list[Finding] = []
    try:
        async for finding in _walk(source, visit):
            findings.append(finding)
    except SpaceToolsError as error:
        findings.append(found(source.alias, error))
    return findings


async def _walk(source: Source, visit: Visit) -> AsyncIterator[Finding]:
    what, named = source.alias, source
    if source.space_id is not None:
        space, finding = await _look_up(source, visit.credentials)
        yield finding
        if space is not None:
            if space.stage.prospect != "usable":
                if visit.accept:
                    yield _not_accepted(what, space)
                return
            source = source.at(space)
    app = await _connect(source, visit)
    yield _version(what, app)
    yield await _queue(what, app, visit.credentials)
    for finding in _tools(source, app, visit.selection):
        yield finding
    if visit.pins is not None:
        for finding in examine_pins(visit.pins, named, app, visit.selection, accept=visit.accept):
            yield finding


async def _look_up(source: Source, credentials: Credentials) -> tuple[Space | None, Finding]:
    """The Space, or `None` if the Hub cannot be asked and its usual address must do."""
    what, space_id = source.alias, str(source.space_id)
    try:
        space = await fetch_space(space_id, token=credentials.hf_token)
    except HubUnavailable as error:
        if hub_endpoint() != DEFAULT_ENDPOINT:
            raise
        return None, found(what, error, state="warning")
    check_gradio(space)
    check_not_down(space)
    return space, _stage(what, space)


def _stage(what: str, space: Space) -> Finding:
    hardware = space.hardware or space.requested_hardware or "hardware that the Hub does not tell"
    place = f"ZeroGPU ({hardware})" if space.zero_gpu else hardware
    said = f"{space.id} {space.stage.state}, on {place}"
    match space.stage.prospect:
        case "asleep":
            remedy = "nothing: the first call wakes it, which may take a minute or two"
            return Finding(what, "warning", said, remedy)
        case "coming":
            return Finding(what, "warning", said, f"wait, and look at {space.page}")
    return Finding(what, "ok", said)


def _not_accepted(what: str, space: Space) -> Finding:
    said = f"nothing of {space.id} was accepted: it does not run now, and cannot say what it is"
    return Finding(what, "broken", said, f"wake it at {space.page}, and accept it then")


async def _connect(source: Source, visit: Visit) -> GradioApp:
    # Without its id the source is where it says, and nobody is asked again.
    approach = Approach(
        http=visit.http,
        credentials=visit.credentials,
        waking_seconds=0,
        auth_hint=f"set {auth_variable(source.alias)} to user:password",
    )
    here = replace(source, space_id=None)
    return await connect(here, approach, auth=visit.logins.get(source.alias))


def _version(what: str, app: GradioApp) -> Finding:
    info = app.info
    said = f"Gradio {info.version} at {app.address}, with {len(info.endpoints)} endpoints"
    if parse_version(info.version) >= (4, 0, 0):
        return Finding(what, "ok", said)
    remedy = "it works; newer versions tell more of what they take and how far they are"
    return Finding(what, "warning", said, remedy)


async def _queue(what: str, app: GradioApp, credentials: Credentials) -> Finding:
    headers = app.headers_for(credentials)
    url = f"{app.api}/queue/status"
    reply = await app.http.request("GET", url, headers=headers, limit=MAX_STATUS)
    status = reply.json() if reply.status == 200 else None
    waiting = status.get("queue_size") if isinstance(status, dict) else None
    if not isinstance(waiting, int):
        return Finding(what, "ok", "its queue does not tell how long it is")
    if waiting < LONG_QUEUE:
        return Finding(what, "ok", f"its queue has {waiting} calls that wait")
    remedy = "expect to wait, or duplicate the Space to have it for yourself"
    return Finding(what, "warning", f"its queue has {waiting} calls that wait", remedy)


def _tools(source: Source, app: GradioApp, selection: Selection) -> Iterator[Finding]:
    """A dry run of what serving it would make of it."""
    what = source.alias
    try:
        check_endpoints(source, app.info.endpoints, selection)
        tools = build_tools(source, app, SessionStore(), selection)
    except ConfigurationError as error:
        yield found(what, error)
        return
    if not tools:
        remedy = "include endpoints by name; `space-tools view-api --all` shows them"
        yield Finding(what, "warning", "it has no endpoint that becomes a tool", remedy)
        return
    yield Finding(what, "ok", f"{len(tools)} of its endpoints become tools")
    yield from _not_callable(what, tools)


def _not_callable(what: str, tools: Sequence[Tool]) -> Iterator[Finding]:
    fed_live = [tool.name for tool in tools if tool.endpoint.streams_input]
    if fed_live:
        said = f"only a browser can feed {', '.join(fed_live[:5])}"
        yield Finding(what, "warning", said, "leave them out with --exclude")
