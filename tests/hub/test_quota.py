"""What is left of a ZeroGPU quota. What the Hub answers follows huggingface_hub's code."""

import socket
from datetime import UTC, datetime, timedelta, timezone

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse, PlainTextResponse

from space_tools.errors import AuthenticationError, HubError
from space_tools.hub import quota
from space_tools.hub.quota import Quota, clock, fetch_quota, recent_quota, reset_words, span
from tests.stand_in_hub import TOKEN, StandInHub

PATH = "/api/spaces/zero-gpu/quota"
RESET = "2026-09-30T09:12:03.000Z"
TOLD = {"base": 2400, "current": 1810, "resetsAt": RESET, "overquotaUsed": 0}
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


async def test_the_hub_tells_what_is_left_of_what_and_until_when(hub: StandInHub) -> None:
    hub.quotas["me"] = TOLD
    assert await fetch_quota(TOKEN) == Quota(
        total=2400,
        left=1810,
        resets_at=datetime(2026, 9, 30, 9, 12, 3, tzinfo=UTC),
        beyond=0,
    )


async def test_nothing_used_yet_has_no_reset(hub: StandInHub) -> None:
    hub.quotas["me"] = {"base": 300, "current": 300, "resetsAt": None}
    assert await fetch_quota(TOKEN) == Quota(total=300, left=300)


@pytest.mark.parametrize("token", [None, ""])
async def test_without_a_token_it_is_said_how_to_get_one(
    hub: StandInHub, token: str | None
) -> None:
    with pytest.raises(AuthenticationError, match=r"log in with `hf auth login`, or set HF_TOKEN"):
        await fetch_quota(token)
    assert hub.requests == []


async def test_a_token_that_may_not_ask_is_told_which_right_it_lacks(hub: StandInHub) -> None:
    with pytest.raises(AuthenticationError, match="wrong, has expired or lacks the right"):
        await fetch_quota("hf_wrong")
    hub.answers["GET", PATH] = JSONResponse({"error": "no"}, 403)
    with pytest.raises(AuthenticationError, match="needs the right to read billing usage"):
        await fetch_quota(TOKEN)


async def test_a_hub_that_has_no_quotas_is_said_to_have_none(hub: StandInHub) -> None:
    with pytest.raises(HubError, match=f"the Hub at {hub.url} does not tell ZeroGPU quotas"):
        await fetch_quota(TOKEN)


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>"),
        JSONResponse([]),
        JSONResponse({"base": 1}),
        JSONResponse({"base": 1, "current": "many"}),
        JSONResponse({"base": 1, "current": 1, "resetsAt": "soon"}),
    ],
)
async def test_what_is_no_quota_is_not_believed(hub: StandInHub, answer: JSONResponse) -> None:
    hub.answers["GET", PATH] = answer
    with pytest.raises(HubError, match="answers about your quota as the Hub does not"):
        await fetch_quota(TOKEN)


async def test_who_asks_again_a_moment_later_is_told_the_same(hub: StandInHub) -> None:
    hub.quotas["me"] = TOLD
    told = []

    async def ask() -> None:
        told.append(await recent_quota(TOKEN))

    async with anyio.create_task_group() as task_group:
        for _ in range(20):
            task_group.start_soon(ask)
    assert told == [await fetch_quota(TOKEN)] * 20
    assert len(hub.asked("GET", PATH)) == 2


async def test_one_caller_is_not_told_of_another(hub: StandInHub) -> None:
    hub.users |= {"hf_ann": "ann", "hf_bob": "bob"}
    hub.quotas |= {"ann": {"base": 300, "current": 1}, "bob": {"base": 300, "current": 2}}
    ann, bob = await recent_quota("hf_ann"), await recent_quota("hf_bob")
    assert (ann, bob) == (Quota(total=300, left=1), Quota(total=300, left=2))
    assert await recent_quota("hf_ann") == ann


async def test_a_hub_that_does_not_tell_is_left_alone_for_a_moment(hub: StandInHub) -> None:
    for _ in range(3):
        assert await recent_quota("hf_nobody") is None
    assert len(hub.asked("GET", PATH)) == 1


async def test_what_is_told_later_is_new(hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MOMENT", -1)
    hub.users["hf_eve"] = "eve"
    for left in (20, 10):
        hub.quotas["eve"] = {"base": 300, "current": left}
        assert await recent_quota("hf_eve") == Quota(total=300, left=left)


async def test_a_silent_hub_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with anyio.fail_after(5):
            assert await recent_quota("hf_silent") is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0.4, "0 s"),
        (12, "12 s"),
        (60, "60 s"),
        (120, "2 min"),
        (750, "12 min 30 s"),
        (3600, "1 h"),
        (11100, "3 h 5 min"),
        (86400, "24 h"),
    ],
)
def test_a_stretch_of_time_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


@given(st.floats(0, 10**6))
def test_a_stretch_of_time_is_short_and_has_no_fractions(seconds: float) -> None:
    assert len(span(seconds)) < 16
    assert "." not in span(seconds)


def test_a_moment_has_its_date_unless_it_is_today() -> None:
    assert clock(NOON + timedelta(hours=2, minutes=5), NOON) == "14:05 UTC"
    assert clock(NOON + timedelta(hours=14), NOON) == "2026-05-02 02:00 UTC"
    zone = timezone(timedelta(hours=2))
    assert clock((NOON + timedelta(hours=1)).astimezone(zone), NOON) == "13:00 UTC"


def test_a_reset_says_when_and_how_soon() -> None:
    moment = NOON + timedelta(hours=2, minutes=5)
    assert reset_words(moment, NOON) == "resets 14:05 UTC (in 2 h 5 min)"
    assert reset_words(NOON, moment) == "resets now"
