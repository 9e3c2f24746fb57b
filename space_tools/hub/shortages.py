"""ZeroGPU's refusals, as apps pass them on, read back into what they say. Pure.

Source: `zero/client.py` of the package `spaces`, in versions 0.19, 0.25, 0.28, 0.30, 0.32, 0.36,
0.40 and 0.51, which apps of many ages have installed. None of them could be had from the real
ZeroGPU. The words come as text, as Markdown or as HTML, and with Gradio's quotes or without.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Literal

from space_tools.hub.quota import Quota, reset_words, span

Kind = Literal["quota", "runs", "duration", "credits", "space", "busy"]
"""`quota`: the caller's GPU time is used up. `runs`: so is their number of calls. `duration`: the
call wants more at once than is allowed. `credits`: running calls hold all that was paid for.
`space`: the Space does not know whose call it is, and its own allowance is used up. `busy`: no GPU
came free."""

LONGEST = 4000
"""Characters of an error that are looked at."""

_WORDS: tuple[tuple[Kind, str], ...] = (
    ("runs", r"exceeded your (?:\w+ ){0,2}runs limit"),  # 0.36
    ("credits", r"too many ZeroGPU credits"),  # 0.51
    ("duration", r"requested GPU duration"),  # 0.25
    ("space", r"has reached its GPU limit"),  # 0.36
    # 0.25, 0.30; since 0.36 under a title of the quota
    ("busy", r"no GPU (?:is currently|was) available"),
    # 0.19, "free" or "Pro" since 0.30, "ZeroGPU" since 0.51
    ("quota", r"exceeded your (?:\w+ ){0,2}(?:Zero)?GPU quota"),
    ("quota", r"run+ing out of daily ZeroGPU quota"),  # 0.40
    ("quota", r"ZeroGPU quota exceeded"),  # 0.32, the title
)
"""By what each is known, and the version that it came with; the first that is found counts."""

_KINDS = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _WORDS)
_ASKED = re.compile(r"(\d{1,9})s requested|GPU duration \((\d{1,9})s\)")
_LEFT = re.compile(r"(\d{1,9})s left")
_WAIT = re.compile(r"(?:retry|try again) in (?:(\d{1,4}) days?, )?(\d{1,3}):(\d\d):(\d\d)", re.I)

_MARKUP = re.compile(r"<[^<>]*>")

DOUBT = 30.0
"""Seconds by which the Space and the Hub may differ on what is left, and still mean the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """What ZeroGPU did not give. `asked` and `left` are seconds of GPU time."""

    kind: Kind
    asked: float | None = None
    left: float | None = None
    wait: timedelta | None = None


def parse_shortage(message: str, title: str = "") -> Shortage | None:
    """What an app's error says if it is a refusal of ZeroGPU, or `None`.

    Amounts that the app's version of `spaces` does not tell are `None`.
    """
    text = " ".join(unescape(_MARKUP.sub(" ", message[:LONGEST])).split())
    whole = f"{text} {title[:100]}"
    kind = next((kind for kind, words in _KINDS if words.search(whole)), None)
    if kind is None:
        return None
    return Shortage(
        kind=kind, asked=_seconds(_ASKED, text), left=_seconds(_LEFT, text), wait=_wait(text)
    )


def _seconds(pattern: re.Pattern[str], text: str) -> float | None:
    match = pattern.search(text)
    return float(next(group for group in match.groups() if group)) if match else None


def _wait(text: str) -> timedelta | None:
    match = _WAIT.search(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    # Nothing to wait for is what older schedulers tell when they do not know.
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) or None


_SENTENCES: Mapping[Kind, str] = {
    "quota": "the ZeroGPU quota does not cover this call",
    "runs": "the limit of ZeroGPU calls is reached",
    "duration": "the call wants more ZeroGPU time at once than this caller may have",
    "credits": "calls that still run hold all of the account's ZeroGPU credits",
    "space": "the Space does not know whose call this is, and its own ZeroGPU time is used up",
    "busy": "no GPU came free for this call",
}
_ADVICE: Mapping[Kind, str] = {
    "quota": "wait for the reset, ask for less, or use an account with more (PRO)",
    "runs": "try again later",
    "duration": "ask for less, or use an account that may have more (PRO)",
    "credits": "try again when they have ended",
    "space": "try again later",
    "busy": "try again in a few minutes",
}
_LOG_IN = "or log in with `hf auth login`, or HF_TOKEN, since an account has more"


def describe_shortage(
    shortage: Shortage, now: datetime, *, quota: Quota | None = None, with_token: bool = False
) -> str:
    """One sentence for whoever made the call: what was asked and is left, and what to do.

    `quota` is what the Hub says of the account that the call was made for, if it was asked;
    `with_token`: the call was made for one.
    """
    amounts = [f"asked {span(shortage.asked)}"] if shortage.asked is not None else []
    if shortage.kind in ("quota", "runs"):
        amounts += [*_left(shortage, quota), *_reset(shortage, quota, now)]
    told = f": {', '.join(amounts)}" if amounts else ""
    advice = _ADVICE[shortage.kind]
    if not with_token and shortage.kind != "busy":
        advice = f"{advice}, {_LOG_IN}"
    return f"{_SENTENCES[shortage.kind]}{told}{_doubt(shortage, quota)}; {advice}"


def _left(shortage: Shortage, quota: Quota | None) -> list[str]:
    left = shortage.left if shortage.left is not None or quota is None else quota.left
    if left is None:
        return []
    whole = f" of {span(quota.total)}" if quota and not _differ(shortage, quota) else ""
    return [f"{span(left)} left{whole}"]


def _reset(shortage: Shortage, quota: Quota | None, now: datetime) -> list[str]:
    if shortage.wait is not None:
        return [reset_words(now + shortage.wait, now)]
    return [reset_words(quota.resets_at, now)] if quota and quota.resets_at else []


def _doubt(shortage: Shortage, quota: Quota | None) -> str:
    """That the Space counted the call on somebody else."""
    if quota is None or shortage.kind not in ("quota", "space") or not _differ(shortage, quota):
        return ""
    return (
        f"; the Hub says that the token's account has {span(quota.left)} of {span(quota.total)} "
        "left, so the Space did not count the call on it"
    )


def _differ(shortage: Shortage, quota: Quota) -> bool:
    return quota.left > (shortage.left or 0.0) + DOUBT and (
        shortage.left is not None or shortage.kind == "space"
    )
