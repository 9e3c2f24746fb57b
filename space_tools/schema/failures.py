"""What went wrong with a call, in words that a model can act on. Pure."""

import re
from dataclasses import dataclass

from space_tools.errors import (
    AppError,
    CallError,
    Outcome,
    QuotaExceeded,
    SpaceToolsError,
    ValidationError,
)
from space_tools.schema.text import clean

ADVICE = {
    "not_started": "The call did not start, so it can be made again.",
    "unknown": "It is not known whether it ran; make it again only if running twice does no harm.",
}

MOST_PROBLEMS = 20
"""Of arguments, in one message."""

LONGEST_LIST = 4000
"""Characters of these together."""


_WORD = re.compile(r"[a-z]+[,:;]?(?: |$)")


@dataclass(frozen=True, slots=True)
class Failure:
    """`message` says what happened; `text` also what that means for another try.

    `outcome` tells whether the app's function ran.
    """

    message: str
    text: str
    outcome: Outcome

    @property
    def structured(self) -> dict[str, str]:
        """What a result has in place of outputs."""
        return {"error": self.message, "outcome": self.outcome}


def to_failure(error: SpaceToolsError, tool: str) -> Failure:
    """An error that ended a call of `tool`, the app's own words in it cleaned."""
    message = _to_message(error, tool)
    advice = ADVICE.get(error.outcome, "") if isinstance(error, CallError) else ""
    return Failure(message, f"{message} {advice}".strip(), error.outcome)


def _to_message(error: SpaceToolsError, tool: str) -> str:
    if isinstance(error, ValidationError):
        return _listed(error.problems)
    if not isinstance(error, AppError) or isinstance(error, QuotaExceeded):
        return _sentence(clean(str(error)))
    message = clean(error.message)
    if not message:
        return f"{tool} failed; the app keeps the reason to itself."
    title = clean(error.title, 80)
    return message if title in ("", "Error") else f"{title}: {message}"


def _listed(problems: list[str]) -> str:
    """Each on a line; an app's own checks may find any number."""
    shown = [clean(problem) for problem in problems[:MOST_PROBLEMS]]
    text = clean("\n".join(shown), LONGEST_LIST)
    more = len(problems) - len(shown)
    return f"{text}\n(and {more:,} more)" if more else text


def _sentence(text: str) -> str:
    if _WORD.match(text):  # and not a Space's id, an address, or a tool's name
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
