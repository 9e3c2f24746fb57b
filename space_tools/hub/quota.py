"""How much ZeroGPU quota somebody has left, and when it is theirs in full again.

The real Hub could not be asked: what it answers is known from huggingface_hub only.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import anyio
from anyio.lowlevel import RunVar

from space_tools.errors import AuthenticationError, HubError, SpaceToolsError
from space_tools.hub.api import Hub, ask_hub

PATH = "/api/spaces/zero-gpu/quota"
"""Source: `HfApi.get_zero_gpu_quota` of huggingface_hub 2.4; older ones have no such method."""

PATIENCE = 2.0
"""Seconds that an error message waits for the Hub to tell what is left."""

MOMENT = 10.0
"""Seconds that what the Hub told of one token is told again; and that it told nothing."""

MOST_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The ZeroGPU quota of one account, in seconds of GPU time.

    `resets_at` is `None` as long as nothing was used. `beyond` is what was used, and paid, beyond
    it, if the Hub tells.
    """

    total: float
    left: float
    resets_at: datetime | None = None
    beyond: float | None = None


async def fetch_quota(token: str | None) -> Quota:
    """The quota of the account that the token is of.

    Raises `AuthenticationError` without a token, or for one that is not accepted or may not ask;
    `HubUnavailable`; or another `HubError`, if this Hub has no quota to tell.
    """
    if not token:
        raise AuthenticationError(
            "there is no Hugging Face token, and the ZeroGPU quota is an account's: log in with "
            "`hf auth login`, or set HF_TOKEN to a token from https://huggingface.co/settings/tokens"
        )
    try:
        return await ask_hub(_ask, token=token, about="your quota")
    except AuthenticationError as error:
        # Source: the documentation of huggingface_hub.
        raise AuthenticationError(
            f"{error} (a fine-grained token needs the right to read billing usage)"
        ) from None


def _ask(hub: Hub) -> Quota:
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return parse_quota(hub.get_json(PATH))
    except HfHubHTTPError as error:
        if error.response.status_code not in (404, 405, 501):
            raise
        raise HubError(f"the Hub at {hub.endpoint} does not tell ZeroGPU quotas") from None


def parse_quota(answer: dict[str, Any]) -> Quota:
    """Source: `ZeroGpuQuota` of huggingface_hub. Raises what Python does for anything else."""
    resets_at, beyond = answer.get("resetsAt"), answer.get("overquotaUsed")
    return Quota(
        total=float(answer["base"]),
        left=max(0.0, float(answer["current"])),
        resets_at=None if resets_at is None else _moment(resets_at),
        beyond=None if beyond is None else float(beyond),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Told:
    quota: Quota | None = None
    at: float | None = None
    # One question for all who want to know at the same time.
    asking: anyio.Lock = field(default_factory=anyio.Lock)


_told: RunVar[OrderedDict[bytes, _Told]] = RunVar("space_tools.hub.quotas")
"""What was told lately on this event loop, by the digest of the token."""


async def recent_quota(token: str) -> Quota | None:
    """The quota as it is now or was a moment ago; `None` if the Hub does not tell it soon."""
    told = _entry(sha256(token.encode(errors="replace")).digest())
    with anyio.move_on_after(PATIENCE):
        async with told.asking:
            if told.at is None or time.monotonic() > told.at + MOMENT:
                told.quota, told.at = None, time.monotonic()
                told.quota = await _fetch_or_none(token)
    return told.quota


async def _fetch_or_none(token: str) -> Quota | None:
    try:
        return await fetch_quota(token)
    except SpaceToolsError:
        return None


def _entry(digest: bytes) -> _Told:
    try:
        entries = _told.get()
    except LookupError:
        entries = OrderedDict()
        _told.set(entries)
    told = entries.pop(digest, None) or _Told()
    entries[digest] = told
    while len(entries) > MOST_KEPT:
        entries.popitem(last=False)
    return told


def span(seconds: float) -> str:
    """A stretch of time in words: `90 s`, `12 min 30 s`, `3 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    minutes, short = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {short} s" if short else f"{minutes} min"


def clock(moment: datetime, now: datetime) -> str:
    """A moment in words: `14:05 UTC`, with its date unless that is today's."""
    there, here = moment.astimezone(UTC), now.astimezone(UTC)
    date = "" if there.date() == here.date() else f"{there:%Y-%m-%d} "
    return f"{date}{there:%H:%M} UTC"


def reset_words(moment: datetime, now: datetime) -> str:
    """`resets 14:05 UTC (in 2 h 5 min)`."""
    ahead = moment - now
    if ahead <= timedelta(0):
        return "resets now"
    return f"resets {clock(moment, now)} (in {span(ahead.total_seconds())})"
