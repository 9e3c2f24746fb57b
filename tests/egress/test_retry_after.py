"""What `Retry-After` says, in seconds or as a date."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.egress.retry_after import seconds_to_wait


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2", 2.0),
        (" 0.5 ", 0.5),
        ("-5", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wednesday, 21-Oct-15 07:28:00 GMT", 0.0),
        ("Wed Oct 21 07:28:00 2015", 0.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_a_wait_is_read(said: str, seconds: float | None) -> None:
    assert seconds_to_wait({"retry-after": said}) == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_a_date_is_a_wait_from_now(zone: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    wait = seconds_to_wait({"retry-after": date.replace("GMT", zone)})
    assert wait is not None
    assert 25 < wait <= 30


@pytest.mark.parametrize("year", [2015, 2099])
def test_the_servers_clock_goes_before_the_one_here(year: int) -> None:
    now, then = (f"Wed, 21 Oct {year} 07:28:{seconds:02} GMT" for seconds in (10, 25))
    assert seconds_to_wait({"date": now, "retry-after": then}) == 15


def test_without_the_header_there_is_no_wait() -> None:
    assert seconds_to_wait({"date": "Wed, 21 Oct 2015 07:28:00 GMT"}) is None


@given(st.text(), st.text())
def test_any_text_is_a_wait_or_none(said: str, date: str) -> None:
    wait = seconds_to_wait({"retry-after": said, "date": date})
    assert wait is None or wait >= 0
