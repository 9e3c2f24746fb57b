"""How long a server asks its callers to wait, be it in seconds or until some date."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """What an answer's `Retry-After` says, seconds or a date; `None` if that is neither.

    `headers` have lower case names. A moment that has passed is no wait. Source: RFC 9110, 10.2.3.
    """
    said = headers.get("retry-after", "")
    try:
        wait = float(said)
    except ValueError:
        until = _moment(said)
        # The server's own clock tells how far that is, whatever the clock here is set to.
        now = _moment(headers.get("date", "")) or datetime.now(UTC)
        return None if until is None else max((until - now).total_seconds(), 0.0)
    return None if math.isnan(wait) else max(wait, 0.0)


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # "-0000" is UTC
