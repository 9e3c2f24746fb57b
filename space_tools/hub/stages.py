"""What each stage of a Space means for whoever wants to use it. Pure.

Source: `SpaceStage` of huggingface_hub, and the Hub's API description for `SLEEPING`, which is
not in it. What a stage leads to could only be learned from documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from space_tools.errors import SpaceBroken, SpacePaused, SpaceStarting, SpaceUnavailable

Prospect = Literal["usable", "coming", "asleep", "down"]
"""`usable`: it answers now. `coming`: it comes up by itself. `asleep`: a request wakes it.
`down`: nothing but its owner brings it up."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: `state` ends the sentence "owner/name …", `advice` says what to do about it.

    `activity` is what a wait for it is called ("building owner/name").
    """

    prospect: Prospect
    state: str
    advice: str = "try again later"
    activity: str = ""
    error: type[SpaceUnavailable] = SpaceStarting


def _broken(state: str, advice: str = "ask its owner to mend it") -> Stage:
    return Stage("down", state, advice, error=SpaceBroken)


def _paused(state: str) -> Stage:
    return Stage("down", state, "ask its owner to restart it", error=SpacePaused)


STAGES: Mapping[str, Stage] = {
    "RUNNING": Stage("usable", "is running"),
    # The version before the last change still answers.
    "RUNNING_BUILDING": Stage("usable", "is running while a new version is built"),
    "RUNNING_APP_STARTING": Stage("usable", "is running while a new version starts"),
    "BUILDING": Stage("coming", "is being built", activity="building"),
    "APP_STARTING": Stage("coming", "is starting", activity="starting"),
    "SLEEPING": Stage("asleep", "is asleep", activity="waking"),
    "PAUSED": _paused("is paused"),
    "STOPPED": _paused("is stopped"),
    "BUILD_ERROR": _broken("could not be built"),
    "CONFIG_ERROR": _broken("has a broken configuration"),
    "RUNTIME_ERROR": _broken("crashed"),
    "NO_APP_FILE": _broken("has no app yet"),
    "DELETING": _broken("is being deleted", "use another Space"),
}

UNKNOWN = Stage("usable", "is in a stage that is not known here")
"""Of every other stage: whether there is an app is then best asked of the app itself."""


def stage_named(name: str) -> Stage:
    """What the Hub's word for a stage means; `UNKNOWN` for a word that is new."""
    return STAGES.get(name, UNKNOWN)


def unavailable(name: str, *, space_id: str, page: str) -> SpaceUnavailable:
    """The error for a Space in that stage: what it is in, and what to do, at its `page`."""
    stage = stage_named(name)
    return stage.error(f"{space_id} {stage.state}; {stage.advice}: {page}", stage=name)
