"""What the Hub's refusals mean, as errors that say what to do. Pure.

Source: `hf_raise_for_status` of huggingface_hub for the headers, and for 401 meaning both "no
such repository" and "wrong token". The Hub itself could not be asked.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from space_tools.egress.retry_after import seconds_to_wait
from space_tools.errors import (
    AuthenticationError,
    HubError,
    HubUnavailable,
    SpaceBroken,
    SpaceNotFound,
    SpaceToolsError,
)

LONGEST = 200
"""Characters of the Hub's own words that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the Hub was asked: of which Space, else `about` what, and whether with a token."""

    space_id: str | None = None
    about: str = "your account"
    endpoint: str
    with_token: bool = False

    @property
    def subject(self) -> str:
        """What it was about, in words."""
        return self.space_id or self.about

    @property
    def page(self) -> str:
        """Where a person can look at it."""
        where = f"spaces/{self.space_id}" if self.space_id else "settings/tokens"
        return f"{self.endpoint}/{where}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of 400 or more: `code` and `retry_after` (seconds) from its headers, `message`
    in the Hub's own words."""

    status: int
    code: str = ""
    message: str = ""
    retry_after: float | None = None


def parse_refusal(
    status: int, headers: Mapping[str, str], message: str | None, *, secret: str | None
) -> Refusal:
    """`headers` must have lower case names; `secret` is taken out of the message."""
    words = message or headers.get("x-error-message", "")
    if secret:
        words = words.replace(secret, "…")
    shown = "".join(c if c.isprintable() else " " for c in words)
    return Refusal(
        status,
        headers.get("x-error-code", ""),
        " ".join(shown.split())[:LONGEST].rstrip(" ."),
        _retry_after(headers),
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """From `Retry-After: 30`, or a date there, or `RateLimit: "api";r=0;t=30`."""
    wait = seconds_to_wait(headers)
    if wait is not None and math.isfinite(wait):
        return wait
    reset = re.search(r"\bt\s*=\s*(\d+)", headers.get("ratelimit", ""))
    return float(reset[1]) if reset else None


def to_error(refusal: Refusal, question: Question) -> SpaceToolsError:
    """The error that a refusal of that question is."""
    if refusal.status == 429 or refusal.status >= 500:
        return _later(refusal)
    if refusal.code == "GatedRepo":
        return AuthenticationError(
            f"{question.subject} is gated: ask for access at {question.page}"
        )
    if question.space_id and "resource is disabled" in refusal.message:
        return SpaceBroken(f"{question.subject} is disabled; use another Space")
    if _not_found(refusal, question):
        return _no_such_space(question)
    if refusal.status in (401, 403):
        return _not_allowed(refusal, question)
    return HubError(f"the Hub refused this for {question.subject}: {_words(refusal)}")


def _later(refusal: Refusal) -> HubUnavailable:
    wait = f"in {refusal.retry_after:g} s" if refusal.retry_after is not None else "later"
    if refusal.status == 429:
        what = "the Hub asks for fewer requests"
    else:
        what = f"the Hub is in trouble (it answered {refusal.status})"
    return HubUnavailable(f"{what}; try again {wait}", retry_after=refusal.retry_after)


def _not_found(refusal: Refusal, question: Question) -> bool:
    if question.space_id is None:
        return False
    if refusal.status == 401:
        # Without a token the Hub answers so for private and for missing ones alike.
        return refusal.code == "RepoNotFound" or not question.with_token
    return refusal.status == 404


def _no_such_space(question: Question) -> SpaceNotFound:
    if question.with_token:
        advice = "or this token may not see it: check the name and the token's rights"
    else:
        advice = "or it is private: check the name, or give a token (`hf auth login`, HF_TOKEN)"
    return SpaceNotFound(f"the Hub has no Space {question.space_id}, {advice}")


def _not_allowed(refusal: Refusal, question: Question) -> AuthenticationError:
    if not question.with_token:
        return AuthenticationError(
            f"the Hub wants a token for {question.subject}: log in with `hf auth login`"
        )
    tokens = f"{question.endpoint}/settings/tokens"
    if refusal.status == 403:
        return AuthenticationError(
            f"the token may not do this to {question.subject} ({_words(refusal)}): "
            f"give it the right, at {tokens}"
        )
    # A valid token from `hf auth login` gets a 401 too where it lacks a right.
    return AuthenticationError(
        f"the Hub does not accept the token for {question.subject}: it is wrong, has expired or "
        f"lacks the right ({_words(refusal)}); make a new one at {tokens}"
    )


def _words(refusal: Refusal) -> str:
    return refusal.message or f"it answered {refusal.status}"
