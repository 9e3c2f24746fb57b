"""What a model is told of a call that went wrong."""

import pytest

from space_tools.errors import CallCancelled, ValidationError
from space_tools.schema.failures import LONGEST_LIST, to_failure


def test_every_problem_with_the_arguments_has_its_line() -> None:
    assert to_failure(ValidationError(["`a` is missing", "`b`: no"]), "tool").message == (
        "`a` is missing\n`b`: no"
    )


def test_of_many_problems_the_first_are_told_and_how_many_more_there_are() -> None:
    message = to_failure(ValidationError([f"no {n}" for n in range(5000)]), "tool").message
    assert message.splitlines()[:2] == ["no 0", "no 1"]
    assert message.splitlines()[-2:] == ["no 19", "(and 4,980 more)"]


def test_long_problems_are_not_told_without_end() -> None:
    message = to_failure(ValidationError(["no " * 5000] * 20), "tool").message
    assert len(message) <= LONGEST_LIST


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("the app went away", "The app went away."),
        ("cancelled", "Cancelled."),
        ("owner/name is paused; ask its owner", "owner/name is paused; ask its owner."),
        ("ks_echo of ks is refused", "ks_echo of ks is refused."),
        ("http://a broke off!", "http://a broke off!"),
        ("4 calls run already", "4 calls run already."),
        ("", "."),
    ],
)
def test_a_sentence_begins_large_and_a_name_stays_as_it_is(said: str, told: str) -> None:
    assert to_failure(CallCancelled(said), "tool").message == told
