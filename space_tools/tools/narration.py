"""A running call's updates in words that a person reads, and as a number that grows. Pure."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from space_tools.gradio.messages import (
    Log,
    Partial,
    Progress,
    ProgressUnit,
    Queued,
    Started,
    Update,
)
from space_tools.schema.rendering_values import with_places
from space_tools.schema.text import one_line

STEP = 1e-5
"""How far progress moves when nothing tells how much is done: it must increase each time."""

NEARLY_DONE = 0.999
"""As far as progress goes before the result is there."""

BARS = 8
"""Progress bars of one call that are told of."""

LONGEST = 500
"""Characters of a partial output that are shown: its end, where it grows."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call waits for its app to come up; `text` says how, in our own words."""

    text: str


Telling = Update | Waiting
"""What a call may tell before its end."""

Listener = Callable[[Telling], Awaitable[None]]
"""Who is told."""


@dataclass(slots=True)
class Meter:
    """How far a call has come, 0 to 1, as a number that only ever grows. Pure."""

    value: float = 0.0

    def advance(self, update: Telling | None) -> float:
        """The next value: what the app says is done, or a little more than before."""
        fraction = fraction_of(update)
        above = self.value + STEP * (1.0 - self.value)
        self.value = above if fraction is None else max(above, min(fraction, NEARLY_DONE))
        return self.value


def fraction_of(update: Telling | None) -> float | None:
    """How much is done, 0 to 1, if the update says."""
    units = update.units if isinstance(update, Progress) else ()
    return units[0].fraction if units else None


def describe(update: Telling) -> str | None:
    """An update in words that a person reads; `None` if it is nothing to tell."""
    match update:
        case Waiting():
            return one_line(update.text, LONGEST)
        case Queued():
            return _describe_queue(update)
        case Started():
            return "running" + _about(update.eta)
        case Progress():
            bars = filter(None, map(_describe_unit, update.units[:BARS]))
            return one_line(" · ".join(bars), LONGEST) or None
        case Log():
            title, level = one_line(update.title), one_line(update.level, 20) or "info"
            shown = "" if title.lower() in ("", level) else f"{title}: "
            return f"{level}: {shown}{one_line(update.text, LONGEST)}"
        case Partial():
            return _describe_partial(update.data)
    return None


def _describe_queue(update: Queued) -> str:
    if update.rank is None or update.queue_size is None:
        return "queued" + _about(update.eta)
    return f"queued {update.rank + 1} of {update.queue_size}" + _about(update.eta)


def _about(eta: float | None) -> str:
    return f", about {eta:.0f} s" if eta is not None and eta >= 1 else ""


def _describe_unit(unit: ProgressUnit) -> str:
    desc = one_line(unit.desc or "")
    if unit.index is not None and unit.length:
        count = f"{one_line(unit.unit or 'steps')} {unit.index:g} of {unit.length:g}"
        return f"{count} · {desc}" if desc else count
    if unit.progress is not None:
        return f"{desc or 'running'} {unit.progress:.0%}"
    return desc


def _describe_partial(data: list[Any]) -> str | None:
    """`data` holds one structured result: that of the outputs so far."""
    values = list(data[0].values()) if data and isinstance(data[0], dict) else data
    if not values:
        return None
    value = with_places(values[0] if len(values) == 1 else data[0])
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return one_line(text[-LONGEST:], LONGEST) or None
