"""How far a call has come, as its user sees it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
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

__all__ = ["ProgressUnit", "Status", "StatusUpdate", "to_status", "uploading"]


class Status(Enum):
    """Where a call is; `<` compares how far that is along a call's way."""

    STARTING = "STARTING"
    JOINING_QUEUE = "JOINING_QUEUE"
    QUEUE_FULL = "QUEUE_FULL"
    IN_QUEUE = "IN_QUEUE"
    SENDING_DATA = "SENDING_DATA"
    PROCESSING = "PROCESSING"
    LOG = "LOG"
    PROGRESS = "PROGRESS"
    ITERATING = "ITERATING"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"

    def __lt__(self, other: "Status") -> bool:
        order = list(Status)
        return order.index(self) < order.index(other)


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A call at one moment.

    `rank` calls wait before it, of `queue_size`; `eta` is in seconds; `log` is (text, level).
    `success` is known once it is finished. What the app has not told is `None`.
    """

    code: Status
    rank: int | None = None
    queue_size: int | None = None
    eta: float | None = None
    success: bool | None = None
    time: datetime | None = field(default_factory=datetime.now)
    progress_data: list[ProgressUnit] | None = None
    log: tuple[str, str] | None = None


def uploading(name: str, sent: int, size: int) -> StatusUpdate:
    """A call whose file of that name is on its way; `sent` and `size` are in bytes."""
    unit = ProgressUnit(sent, size, "bytes", None, f"uploading {name}")
    return StatusUpdate(Status.SENDING_DATA, progress_data=[unit])


def _queued(update: Queued) -> StatusUpdate:
    return StatusUpdate(
        Status.IN_QUEUE, rank=update.rank, queue_size=update.queue_size, eta=update.eta
    )


def _started(update: Started) -> StatusUpdate:
    return StatusUpdate(Status.PROCESSING, eta=update.eta)


def _progress(update: Progress) -> StatusUpdate:
    return StatusUpdate(Status.PROGRESS, progress_data=list(update.units))


def _log(update: Log) -> StatusUpdate:
    return StatusUpdate(Status.LOG, log=(update.text, update.level))


def _partial(update: Partial) -> StatusUpdate:
    return StatusUpdate(Status.ITERATING, success=True)


_STATUS: Mapping[type, Callable[[Any], StatusUpdate]] = {
    Queued: _queued,
    Started: _started,
    Progress: _progress,
    Log: _log,
    Partial: _partial,
}


def to_status(update: Update) -> StatusUpdate | None:
    """What an update says of its call; `None` if nothing new."""
    build = _STATUS.get(type(update))
    return build(update) if build else None
