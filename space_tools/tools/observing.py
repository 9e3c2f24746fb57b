"""Who is told of calls: each is told of every call when it begins, and when it has ended."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from space_tools.tools.records import CallRecord
from space_tools.tools.tracing import Spans

logger = logging.getLogger("space_tools.calls")
"""Of its own name, so that lines about calls can be had, or left out, by it."""

LONGEST_ARGUMENTS = 2000
"""Characters of a call's arguments that are logged."""


class Observer(Protocol):
    """Told of calls. It must be quick, and must not raise."""

    def began(self, record: CallRecord) -> None:
        """A call begins; which tool of which app it is for may not be known yet."""
        ...

    def ended(self, record: CallRecord) -> None:
        """A call has ended, however that was. The task that ran it is still the current one."""
        ...


class CallLog:
    """One line a call, at level info. The record's `fields` go with it, for those who take them
    from `LogRecord.fields`."""

    def began(self, record: CallRecord) -> None:
        """Nothing to log yet."""

    def ended(self, record: CallRecord) -> None:
        if logger.isEnabledFor(logging.INFO):
            fields = {key: value for key, value in record.fields().items() if value != ""}
            told = " ".join(f"{key}={value}" for key, value in fields.items())
            logger.info("call %s", told, extra={"fields": fields})


OBSERVERS: tuple[Observer, ...] = (CallLog(), Spans())
"""Told of every call of every tool."""


@contextmanager
def observed(observers: Sequence[Observer], record: CallRecord) -> Iterator[CallRecord]:
    """The block is the call of that record; all are told of it."""
    for observer in observers:
        observer.began(record)
    try:
        yield record
    except BaseException as error:
        record.end(error)
        raise
    else:
        record.end()
    finally:
        for observer in observers:
            observer.ended(record)


def log_arguments(record: CallRecord, arguments: Mapping[str, Any]) -> None:
    """What a call was given, for who looks for a fault: users' own data, so at level debug only."""
    if logger.isEnabledFor(logging.DEBUG):
        given = repr(dict(arguments))[:LONGEST_ARGUMENTS]
        logger.debug("arguments request_id=%s %s", record.request_id, given)
