"""ZeroGPU's refusals, in the words of every age of `spaces`, read back into what they say.

The words are those of the sources of that package: no real ZeroGPU could be made to say them.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.hub.quota import Quota
from space_tools.hub.shortages import Shortage, describe_shortage, parse_shortage

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=2, minutes=5)
WAIT = timedelta(minutes=9, seconds=48)

LINK = (
    '<a style="white-space: nowrap;text-underline-offset: 2px" '
    'href="https://huggingface.co/join">Create a free account</a>'
)
QUOTA = "ZeroGPU quota exceeded"

SAID: dict[str, tuple[str, str, Shortage]] = {
    "0.19": ("You have exceeded your GPU quota", "", Shortage(kind="quota")),
    "0.19, as Gradio 4.0 quotes it": (
        "'You have exceeded your GPU quota'",
        "",
        Shortage(kind="quota"),
    ),
    "0.25": (
        "You have exceeded your GPU quota (46s left vs. 60s requested). Please retry in 0:09:48",
        "",
        Shortage(kind="quota", asked=60, left=46, wait=WAIT),
    ),
    "0.28": (
        "You have exceeded your GPU quota (0s left vs. 120s requested). "
        "Sign-up on Hugging Face to get more quotas or retry in 1 day, 2:00:01",
        "",
        Shortage(kind="quota", asked=120, left=0, wait=timedelta(days=1, hours=2, seconds=1)),
    ),
    "0.30, HTML": (
        f"You have exceeded your GPU quota (60s requested vs. 12s left). {LINK} to get more "
        "usage quota.",
        "",
        Shortage(kind="quota", asked=60, left=12),
    ),
    "0.30, Markdown": (
        "You have exceeded your free GPU quota (60s requested vs. 12s left). "
        "[Subscribe to Pro](https://huggingface.co/subscribe/pro) to get 5x more usage quota.",
        "",
        Shortage(kind="quota", asked=60, left=12),
    ),
    "0.32, of a PRO user": (
        "You have exceeded your Pro GPU quota (60s requested vs. 12s left). Try again in 0:09:48",
        QUOTA,
        Shortage(kind="quota", asked=60, left=12, wait=WAIT),
    ),
    "0.36, runs": ("You have exceeded your runs limit.", QUOTA, Shortage(kind="runs")),
    "0.36, without a user": (
        "Space app has reached its GPU limit. Try re-running outside of examples if it happened "
        "after clicking one",
        QUOTA,
        Shortage(kind="space"),
    ),
    "0.40, over MCP": (
        "Unlogged user is runnning out of daily ZeroGPU quotas. Signup for free on "
        "https://huggingface.co/join or login on https://huggingface.co/login to get more "
        "ZeroGPU quota now.",
        QUOTA,
        Shortage(kind="quota"),
    ),
    "0.51": (
        "You have exceeded your free ZeroGPU quota (60s requested vs. 0s left). Try again in "
        "23:59:59. Subscribe to Hugging Face PRO to get 40 min of ZeroGPU quota a day - "
        "https://huggingface.co/subscribe/pro?from=ZeroGPU",
        QUOTA,
        Shortage(
            kind="quota",
            asked=60,
            left=0,
            wait=timedelta(hours=23, minutes=59, seconds=59),
        ),
    ),
    "0.51, of an unknown wait": (
        "You have exceeded your ZeroGPU quota (60s requested vs. 0s left). Try again in 0:00:00. ",
        QUOTA,
        Shortage(kind="quota", asked=60, left=0),
    ),
    "0.51, runs": ("You have exceeded your ZeroGPU runs limit. ", QUOTA, Shortage(kind="runs")),
    "0.51, credits": (
        "You have too many ZeroGPU credits allocated to running tasks. Try again once some of "
        "those tasks have completed.",
        "ZeroGPU pending credits exceeded",
        Shortage(kind="credits"),
    ),
    "0.51, too long": (
        "The requested GPU duration (300s) is larger than the maximum allowedSubscribe to "
        "Hugging Face PRO to allow GPU tasks up to 40 min - https://huggingface.co/subscribe",
        "ZeroGPU illegal duration",
        Shortage(kind="duration", asked=300),
    ),
    "0.25, no GPU": (
        "No GPU is currently available for you after 60s",
        "",
        Shortage(kind="busy"),
    ),
    "0.51, no GPU, under a title of the quota": (
        "No GPU was available after 60s. Try re-running outside of examples",
        QUOTA,
        Shortage(kind="busy"),
    ),
    "words of a later version": ("Something new.", QUOTA, Shortage(kind="quota")),
    "entities": (
        "You have exceeded your&nbsp;GPU quota (1s requested vs. 0s left)",
        "",
        Shortage(kind="quota", asked=1, left=0),
    ),
}
"""Version of `spaces` → message, title, what they say."""


@pytest.mark.parametrize("age", SAID)
def test_what_each_age_says_is_understood(age: str) -> None:
    message, title, shortage = SAID[age]
    assert parse_shortage(message, title) == shortage


@pytest.mark.parametrize(
    "message",
    [
        "",
        "CUDA out of memory",
        "You exceeded your current quota, please check your plan and billing details.",
        "429: rate limit",
        "GPU task aborted",
        "60s requested",
        "quota",
    ],
)
def test_other_errors_are_left_alone(message: str) -> None:
    assert parse_shortage(message, "Error") is None


@given(st.text(max_size=300), st.text(max_size=50))
def test_any_text_is_read_without_a_fault(message: str, title: str) -> None:
    parse_shortage(message, title)
    told = parse_shortage(f"You have exceeded your GPU quota {message}", title)
    assert told is not None
    assert describe_shortage(told, NOON)


def test_a_text_without_end_is_read_in_no_time() -> None:
    assert parse_shortage("<" * 10**7) is None
    assert parse_shortage("exceeded your " + "a " * 10**6) is None


ACCOUNT = Quota(total=1500, left=14, resets_at=LATER)
LOG_IN = ", or log in with `hf auth login`, or HF_TOKEN, since an account has more"
MORE = "wait for the reset, ask for less, or use an account with more (PRO)"
SHORT = Shortage(kind="quota", asked=60, left=12)

SENTENCES: dict[str, tuple[Shortage, Quota | None, bool, str]] = {
    "all is told": (
        Shortage(kind="quota", asked=60, left=12, wait=LATER - NOON),
        None,
        True,
        "the ZeroGPU quota does not cover this call: asked 60 s, 12 s left, "
        f"resets 14:05 UTC (in 2 h 5 min); {MORE}",
    ),
    "the Hub knows of what and until when": (
        SHORT,
        ACCOUNT,
        True,
        "the ZeroGPU quota does not cover this call: asked 60 s, 12 s left of 25 min, "
        f"resets 14:05 UTC (in 2 h 5 min); {MORE}",
    ),
    "only the Hub knows": (
        Shortage(kind="quota"),
        ACCOUNT,
        True,
        "the ZeroGPU quota does not cover this call: 14 s left of 25 min, "
        f"resets 14:05 UTC (in 2 h 5 min); {MORE}",
    ),
    "the Space counted it on somebody else": (
        SHORT,
        Quota(total=1500, left=1200),
        True,
        "the ZeroGPU quota does not cover this call: asked 60 s, 12 s left; the Hub says that "
        "the token's account has 20 min of 25 min left, so the Space did not count the call on "
        f"it; {MORE}",
    ),
    "nobody is logged in": (
        SHORT,
        None,
        False,
        f"the ZeroGPU quota does not cover this call: asked 60 s, 12 s left; {MORE}{LOG_IN}",
    ),
    "too long": (
        Shortage(kind="duration", asked=300),
        ACCOUNT,
        True,
        "the call wants more ZeroGPU time at once than this caller may have: asked 5 min; "
        "ask for less, or use an account that may have more (PRO)",
    ),
    "no GPU": (
        Shortage(kind="busy"),
        None,
        False,
        "no GPU came free for this call; try again in a few minutes",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_a_shortage_is_one_sentence_that_says_what_to_do(case: str) -> None:
    shortage, quota, with_token, sentence = SENTENCES[case]
    assert describe_shortage(shortage, NOON, quota=quota, with_token=with_token) == sentence
