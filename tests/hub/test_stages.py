"""Every stage that the Hub knows has a meaning, and a sentence that says what to do."""

import pytest
from huggingface_hub import SpaceStage
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import SpaceBroken, SpacePaused, SpaceUnavailable
from space_tools.hub.stages import STAGES, stage_named, unavailable

PAGE = "https://huggingface.co/spaces/owner/name"


def said(stage: str) -> SpaceUnavailable:
    return unavailable(stage, space_id="owner/name", page=PAGE)


def test_every_stage_of_huggingface_hub_is_known() -> None:
    assert {stage.value for stage in SpaceStage} <= set(STAGES)
    assert "SLEEPING" in STAGES


@pytest.mark.parametrize(
    ("stage", "prospect"),
    [
        ("RUNNING", "usable"),
        ("RUNNING_BUILDING", "usable"),
        ("RUNNING_APP_STARTING", "usable"),
        ("BUILDING", "coming"),
        ("APP_STARTING", "coming"),
        ("SLEEPING", "asleep"),
        ("PAUSED", "down"),
        ("STOPPED", "down"),
        ("BUILD_ERROR", "down"),
        ("CONFIG_ERROR", "down"),
        ("RUNTIME_ERROR", "down"),
        ("NO_APP_FILE", "down"),
        ("DELETING", "down"),
    ],
)
def test_a_stage_says_what_to_expect(stage: str, prospect: str) -> None:
    assert stage_named(stage).prospect == prospect


@given(st.text())
def test_of_a_stage_that_is_new_the_app_itself_is_asked(stage: str) -> None:
    assert stage in STAGES or stage_named(stage).prospect == "usable"


@pytest.mark.parametrize(
    ("stage", "kind", "sentence"),
    [
        ("PAUSED", SpacePaused, f"owner/name is paused; ask its owner to restart it: {PAGE}"),
        (
            "BUILD_ERROR",
            SpaceBroken,
            f"owner/name could not be built; ask its owner to mend it: {PAGE}",
        ),
        ("DELETING", SpaceBroken, f"owner/name is being deleted; use another Space: {PAGE}"),
    ],
)
def test_what_is_down_says_what_to_do(
    stage: str, kind: type[SpaceUnavailable], sentence: str
) -> None:
    error = said(stage)
    assert (type(error), str(error), error.stage) == (kind, sentence, stage)
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("name", sorted(STAGES))
def test_only_what_is_waited_for_has_an_activity(name: str) -> None:
    stage = STAGES[name]
    assert bool(stage.activity) == (stage.prospect in {"coming", "asleep"})
    assert (stage.prospect == "down") == (stage.error in {SpacePaused, SpaceBroken})
