"""A refusal of the Hub becomes the error, and the sentence, that its reader can act on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import (
    AuthenticationError,
    HubError,
    HubUnavailable,
    SpaceBroken,
    SpaceNotFound,
    SpaceToolsError,
)
from space_tools.hub.refusals import Question, Refusal, parse_refusal, to_error

ENDPOINT = "https://huggingface.co"


def asked(*, with_token: bool = True, space_id: str | None = "owner/name") -> Question:
    return Question(space_id=space_id, endpoint=ENDPOINT, with_token=with_token)


@pytest.mark.parametrize(
    ("refusal", "with_token", "kind", "part"),
    [
        (Refusal(404, "RepoNotFound"), True, SpaceNotFound, "this token may not see it"),
        (Refusal(404), False, SpaceNotFound, "or it is private"),
        (Refusal(401, "RepoNotFound"), False, SpaceNotFound, "hf auth login"),
        (Refusal(401), False, SpaceNotFound, "owner/name"),
        (Refusal(401, "RepoNotFound"), True, SpaceNotFound, "may not see it"),
        (Refusal(401, "", "token expired"), True, AuthenticationError, "(token expired)"),
        (Refusal(403), True, AuthenticationError, f"at {ENDPOINT}/settings/tokens"),
        (Refusal(403), False, AuthenticationError, "wants a token for owner/name"),
        (Refusal(403, "GatedRepo"), True, AuthenticationError, f"{ENDPOINT}/spaces/owner/name"),
        (
            Refusal(403, "", "Access to this resource is disabled"),
            False,
            SpaceBroken,
            "owner/name is disabled",
        ),
        (Refusal(429, "", "", 30.0), True, HubUnavailable, "fewer requests; try again in 30 s"),
        (Refusal(429), True, HubUnavailable, "try again later"),
        (Refusal(500), True, HubUnavailable, "it answered 500"),
        (Refusal(402, "", "Add a card"), True, HubError, "owner/name: Add a card"),
        (Refusal(409), True, HubError, "it answered 409"),
    ],
)
def test_a_refusal_says_what_to_do(
    refusal: Refusal, with_token: bool, kind: type[SpaceToolsError], part: str
) -> None:
    error = to_error(refusal, asked(with_token=with_token))
    assert type(error) is kind
    assert part in str(error)


def test_a_refusal_of_the_account_names_no_space() -> None:
    error = to_error(Refusal(401, "", "Invalid credentials"), asked(space_id=None))
    assert type(error) is AuthenticationError
    assert "the token for your account: it is wrong, has expired" in str(error)
    assert type(to_error(Refusal(404), asked(space_id=None))) is HubError


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"ratelimit": '"api";r=0;t=55'}, 55.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon", "ratelimit": '"api";r=0;t=55'}, 55.0),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_the_hub_says_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    refusal = parse_refusal(429, headers, None, secret=None)
    error = to_error(refusal, asked())
    assert isinstance(error, HubUnavailable)
    assert error.retry_after == seconds


def test_the_hubs_words_are_one_short_line_without_the_token() -> None:
    words = "no\nhf_secret \x1b[31m " + "x" * 500
    message = parse_refusal(400, {}, words, secret="hf_secret").message
    assert message.startswith("no … [31m xxx")
    assert len(message) <= 200


@given(st.integers(400, 599), st.sampled_from(["", "RepoNotFound", "GatedRepo"]), st.text())
def test_every_refusal_is_one_line_and_tells_no_token(status: int, code: str, words: str) -> None:
    headers = {"x-error-code": code}
    refusal = parse_refusal(status, headers, f"{words}hf_secret{words}", secret="hf_secret")
    for space_id in ("owner/name", None):
        sentence = str(to_error(refusal, asked(space_id=space_id)))
        assert sentence.isprintable()
        assert "hf_secret" not in sentence
