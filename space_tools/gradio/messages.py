"""What a Gradio app says while a call runs: bytes of its event stream become messages. Pure.

Source: Gradio queue protocols ws to sse_v3. Each message is JSON, in a `data:` line of a stream
of events, or (ws, Gradio 3) of a websocket. Since
sse_v2, the first partial output of a call is whole and each later one a list of edits to the one
before; before, and the final output always, each is whole.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from space_tools.egress.json_text import MOST_MEMORY, fits, most_memory_of, parse_json
from space_tools.errors import AppError, ProtocolError
from space_tools.gradio.diffs import apply_diffs

LARGEST = 1e15
"""A number beyond it is no count, position or time."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Waiting: `rank` calls before this one, of `queue_size`; `eta` in seconds if known."""

    rank: int | None
    queue_size: int | None
    eta: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """The app's function runs; `eta` in seconds if known."""

    eta: float | None


@dataclass(frozen=True, slots=True)
class ProgressUnit:
    """One `gr.Progress` bar: `index` of `length` units, or `progress` as a fraction of 1."""

    index: float | None
    length: float | None
    unit: str | None
    progress: float | None
    desc: str | None

    @property
    def fraction(self) -> float | None:
        """How much is done, 0 to 1."""
        if self.progress is not None:
            return min(max(self.progress, 0.0), 1.0)
        if self.index is not None and self.length:
            return min(max(self.index / self.length, 0.0), 1.0)
        return None


@dataclass(frozen=True, slots=True)
class Progress:
    """The app's progress bars, outermost first."""

    units: tuple[ProgressUnit, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """What the app told its user; `level` is info, success or warning."""

    text: str
    level: str
    title: str


@dataclass(frozen=True, slots=True)
class Partial:
    """The outputs so far of a function that yields, one value for each output slot."""

    data: list[Any]


@dataclass(frozen=True, slots=True)
class Completed:
    """The final outputs, one for each output slot; `None` if the call was cancelled over there."""

    data: list[Any] | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The app's function raised."""

    error: AppError


@dataclass(frozen=True, slots=True)
class Invited:
    """It is this call's turn, and the app wants its data now (Gradio 3.x to 4.8)."""

    event_id: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The app cannot go on with this stream."""

    text: str
    session_not_found: bool


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The app is still there."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The app ends the stream: nothing is pending in its session."""


Update = Queued | Started | Progress | Log | Partial | Heartbeat
"""What a running call may tell before its end."""

Message = Update | Completed | Failed | Invited | Broken | Closed


class MessageParser:
    """Reads the messages of one call, and keeps its latest partial outputs to apply edits to.

    `diffs`: whether the app's protocol sends edits at all. `memory` is what a message may take, in
    bytes; partial outputs that edits let grow beyond a fourth of that are not kept.
    """

    def __init__(self, *, diffs: bool = True, memory: int = MOST_MEMORY) -> None:
        self._diffs = diffs
        self._memory = memory
        self._outputs: list[Any] | None = None
        self._grown = 0

    def parse(self, payload: bytes) -> tuple[str | None, Message | None]:
        """One payload as (event id, message).

        The message is `None` if it is of a kind that says nothing, or a partial output that
        does not fit the one before it, or grew too large: the final one comes whole and sets it
        right.
        Raises `ProtocolError` if it is not a JSON object, or too large a one.
        """
        try:
            raw = parse_json(payload, self._memory)
        except ValueError as error:
            raise ProtocolError(f"the app sent a message that {error}") from None
        if not isinstance(raw, dict):
            raise ProtocolError("the app sent a message that is not a JSON object")
        event_id = raw.get("event_id")
        return event_id if isinstance(event_id, str) else None, self._message(raw, payload)

    def _message(self, raw: Mapping[str, Any], payload: bytes) -> Message | None:
        kind = raw.get("msg")
        if kind in ("process_generating", "process_streaming") and raw.get("success", True):
            self._grown += most_memory_of(payload)
            return self._partial(raw, whole=kind == "process_streaming" or not self._diffs)
        build = MESSAGES.get(kind) if isinstance(kind, str) else None
        return build(raw) if build else None

    def _partial(self, raw: Mapping[str, Any], *, whole: bool) -> Partial | None:
        data = _mapping(raw.get("output")).get("data")
        if not isinstance(data, list):
            return None
        if whole or self._outputs is None:
            self._outputs = data
        else:
            try:
                self._outputs = apply_diffs(self._outputs, data)
            except ProtocolError:
                return None
        return Partial(self._outputs) if self._may_grow(self._outputs) else None

    def _may_grow(self, outputs: list[Any]) -> bool:
        """Looks, now and then, whether they have not become too large; then no edit fits them."""
        if self._grown > self._memory:
            self._grown = self._memory // 2
            if not fits(to_json(outputs), self._memory // 4):
                self._outputs = []
        return self._outputs is outputs


def parse_error(output: object, title: object = None) -> AppError:
    """An app's `{"error": …}` as an `AppError`.

    `error` is null where the app keeps the reason to itself.
    """
    given = _mapping(output)
    duration = given.get("duration", 10)
    return AppError(
        _text(given.get("error")),
        title=_text(given.get("title") or title) or "Error",
        duration=duration if isinstance(duration, int | float) else None,
        visible=bool(given.get("visible", True)),
    )


def unquoted(error: AppError) -> AppError:
    """An error whose message, through Gradio 5.0, was sent as Python repr."""
    try:
        message = ast.literal_eval(error.message)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return error
    if not isinstance(message, str | None):
        return error
    return AppError(
        message or "", title=error.title, duration=error.duration, visible=error.visible
    )


def _queued(raw: Mapping[str, Any]) -> Queued:
    rank, size = _number(raw.get("rank")), _number(raw.get("queue_size"))
    return Queued(
        rank=None if rank is None else int(rank),
        queue_size=None if size is None else int(size),
        eta=_number(raw.get("rank_eta")),
    )


def _started(raw: Mapping[str, Any]) -> Started:
    return Started(eta=_number(raw.get("eta")))


def _progress(raw: Mapping[str, Any]) -> Progress:
    given = raw.get("progress_data")
    units = given if isinstance(given, list) else []
    return Progress(tuple(_progress_unit(unit) for unit in units if isinstance(unit, dict)))


def _progress_unit(raw: Mapping[str, Any]) -> ProgressUnit:
    return ProgressUnit(
        index=_number(raw.get("index")),
        length=_number(raw.get("length")),
        unit=_text(raw.get("unit")) or None,
        progress=_number(raw.get("progress")),
        desc=_text(raw.get("desc")) or None,
    )


def _log(raw: Mapping[str, Any]) -> Log:
    level = _text(raw.get("level")) or "info"
    return Log(text=_text(raw.get("log")), level=level, title=_text(raw.get("title")))


def _ended(raw: Mapping[str, Any]) -> Completed | Failed:
    output = _mapping(raw.get("output"))
    if not raw.get("success"):
        return Failed(parse_error(output, raw.get("title")))
    data = output.get("data")
    return Completed(data if isinstance(data, list) else None)


def _broken(raw: Mapping[str, Any]) -> Broken:
    return Broken(_text(raw.get("message")), bool(raw.get("session_not_found")))


MESSAGES: dict[str, Callable[[Mapping[str, Any]], Message]] = {
    "estimation": _queued,
    "process_starts": _started,
    "progress": _progress,
    "log": _log,
    "process_completed": _ended,
    "process_generating": _ended,  # one that failed; see MessageParser
    "process_streaming": _ended,
    "send_data": lambda raw: Invited(_text(raw.get("event_id"))),
    "unexpected_error": _broken,
    "heartbeat": lambda _: Heartbeat(),
    "close_stream": lambda _: Closed(),
}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    # An infinity or NaN says nothing, and bool is an int to Python.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < LARGEST else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
