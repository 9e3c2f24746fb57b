"""What is told of each call: who called what, how it ended, and where its time went.

A record is filled while its call runs. It names nobody: of the caller it has a digest, which is
the same for all calls of one in this process, and leads nobody back to them.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, get_args

from space_tools.errors import (
    CallCancelled,
    DefinitionChanged,
    InvalidAPIEndpointError,
    Outcome,
    SpaceToolsError,
    ValidationError,
)

CallOutcome = Outcome | Literal["refused", "cancelled"]
"""How a call ended. `refused`: no such tool, one that has changed, or arguments that do not fit.
`cancelled`: by the caller, or in the app."""

Phase = Literal["prepare", "send", "queue", "run", "fetch"]
"""What a call is at: `send` its files to the app, `queue` there, `run`, `fetch` its files."""

PHASES: tuple[Phase, ...] = get_args(Phase)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Of a tool. What is no name may be anything, a secret too, which would not be known by its form
any more if it were made one."""

NO_NAME = "(no name)"

_KEY = secrets.token_bytes(32)


@dataclass(slots=True, eq=False)
class CallRecord:
    """One call. `tool` is the name as it was given; `known` whether there is such a tool.

    `space` is the SRC of its app, as configured, once that is found. `caller` is a digest.
    `error` is the name of the error that ended it. `began` is in nanoseconds since 1970.
    """

    tool: str = ""
    caller: str = ""
    request_id: str = ""
    space: str = ""
    known: bool = False
    outcome: CallOutcome = "unknown"
    error: str = ""
    began: int = field(default_factory=time.time_ns)
    _entered: list[tuple[Phase, float]] = field(
        default_factory=lambda: [("prepare", time.perf_counter())]
    )
    _ended: float | None = None

    @classmethod
    def of(
        cls, tool: str, principal: str, request_id: str | None = None, *, space: str = ""
    ) -> "CallRecord":
        """The record of a call that begins now; of a tool that is known if its `space` is given.

        `request_id` is the caller's own name for it; one that is not sane is replaced.
        """
        sane = request_id is not None and REQUEST_ID.fullmatch(request_id)
        own = str(request_id) if sane else secrets.token_hex(8)
        return cls(tool, digest(principal), own, space, bool(space))

    def enter(self, phase: Phase) -> None:
        """The call is at that now, and no longer at what it was at."""
        self._entered.append((phase, time.perf_counter()))

    def end(self, error: BaseException | None = None) -> None:
        """The call has ended, with that error if it did not end well."""
        self._ended = time.perf_counter()
        self.outcome = outcome_of(error)
        self.error = "" if error is None else type(error).__name__

    def spans(self) -> Iterator[tuple[Phase, float, float]]:
        """Each phase in turn: when it began and ended, in seconds after the call's beginning."""
        ends = [at for _, at in self._entered[1:]] + [self._end]
        start = self._start
        for (phase, at), end in zip(self._entered, ends, strict=True):
            yield phase, at - start, end - start

    def seconds(self) -> dict[Phase, float]:
        """Phase → how long it took in all, 0 for what the call was never at."""
        taken: dict[Phase, float] = dict.fromkeys(PHASES, 0.0)
        for phase, start, end in self.spans():
            taken[phase] += end - start
        return taken

    @property
    def total(self) -> float:
        """Seconds that it took, or has taken until now."""
        return self._end - self._start

    def fields(self) -> dict[str, Any]:
        """What a log tells of it, times in milliseconds."""
        taken = self.seconds()
        return {
            "tool": self.tool if self.known or NAME.fullmatch(self.tool) else NO_NAME,
            "space": self.space,
            "caller": self.caller,
            "request_id": self.request_id,
            "outcome": self.outcome,
            "error": self.error,
            "queued_ms": _milliseconds(taken["queue"]),
            "run_ms": _milliseconds(taken["run"]),
            "sent_ms": _milliseconds(taken["send"]),
            "fetched_ms": _milliseconds(taken["fetch"]),
            "total_ms": _milliseconds(self.total),
        }

    @property
    def _start(self) -> float:
        return self._entered[0][1]

    @property
    def _end(self) -> float:
        return time.perf_counter() if self._ended is None else self._ended


def digest(principal: str) -> str:
    """A principal in a log: known again in the log of this process, and nowhere else."""
    return blake2b(principal.encode(), key=_KEY, digest_size=6).hexdigest()


OUTCOMES: tuple[tuple[type[BaseException], CallOutcome], ...] = (
    (asyncio.CancelledError, "cancelled"),
    (CallCancelled, "cancelled"),
    (ValidationError, "refused"),
    (InvalidAPIEndpointError, "refused"),
    (DefinitionChanged, "refused"),
)
"""What else ends a call says itself what is known of it."""


def outcome_of(error: BaseException | None) -> CallOutcome:
    """How a call ended that this error ended, or none."""
    if error is None:
        return "done"
    for kind, outcome in OUTCOMES:
        if isinstance(error, kind):
            return outcome
    return error.outcome if isinstance(error, SpaceToolsError) else "unknown"


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 1)
