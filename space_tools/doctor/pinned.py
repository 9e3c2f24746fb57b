"""What an app's tools were when they were first seen: whether they still are, or are taken anew."""

import shlex
from collections.abc import Iterator, Mapping
from functools import partial

from space_tools.doctor.findings import Finding, found
from space_tools.errors import ConfigurationError
from space_tools.gradio.app import GradioApp
from space_tools.tools.catalogue import build_tools
from space_tools.tools.pinning import drift, pins_of
from space_tools.tools.pins import Pins, PinsOfApp
from space_tools.tools.selection import Selection
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import Source

MOST_TOLD = 50
"""Tools that have changed of which each is told."""


def examine_pins(
    pins: Pins, source: Source, app: GradioApp, selection: Selection, *, accept: bool
) -> Iterator[Finding]:
    """Which tools changed since they were pinned, if any of them is; `accept`: pins all anew.

    `source` is the app as it was named.
    """
    what = source.alias
    try:
        kept = pins.salvage(source.key) if accept else pins.find(source.key)
        changed, now = _compare(kept, source, app, selection)
        if accept:
            pins.accept(source.key, now)
    except ConfigurationError as error:
        yield found(what, error)
        return
    if accept:
        yield Finding(what, "ok", f"{len(now)} of its tools are pinned as they are now")
    elif kept and not changed:
        yield Finding(what, "ok", f"{len(kept)} of its tools are pinned, and are what they were")
    for name, words in list(changed.items())[:MOST_TOLD]:
        yield _changed(what, source, name, words, accepted=accept)


def _changed(what: str, source: Source, name: str, words: str, *, accepted: bool) -> Finding:
    if accepted:
        return Finding(what, "ok", f"{name} was accepted as it is now (changed: {words})")
    src = shlex.quote(source.src)
    said = f"{name} is not what it was when it was first seen (changed: {words}); --pin refuses it"
    remedy = f"look at it with `space-tools view-api {src}`, and take it with "
    return Finding(what, "warning", said, f"{remedy}`space-tools doctor --space {src} --accept`")


def _compare(
    kept: PinsOfApp, source: Source, app: GradioApp, selection: Selection
) -> tuple[Mapping[str, str], PinsOfApp]:
    """Name of a tool → what changed, of those that did; and all pins as they would be now."""
    build = partial(build_tools, source, sessions=SessionStore(), selection=selection)
    tools = build(app)
    now = pins_of(app, [*kept, *(tool.endpoint.name for tool in tools)])
    changes = {tool.name: drift(kept, now, app, tool, build) for tool in tools}
    return {name: words for name, words in changes.items() if words}, now
