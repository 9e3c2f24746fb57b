"""`space-tools quota`: a sentence for a person, exact JSON for a program."""

import json
from datetime import UTC, datetime

import pytest

from space_tools.cli.quota import to_text
from space_tools.hub.quota import Quota
from tests.cli.running import fails, succeeds
from tests.stand_in_hub import TOKEN, StandInHub

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 5, 1, 14, 5, tzinfo=UTC)


def test_the_quota_of_the_token(hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.quotas["me"] = {"base": 1500, "current": 750, "resetsAt": None}
    assert succeeds("quota") == "12 min 30 s of 25 min ZeroGPU time left; nothing was used.\n"
    assert json.loads(succeeds("quota", "--json")) == {
        "left": 750,
        "total": 1500,
        "resets_at": None,
        "beyond": None,
    }


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        (
            Quota(total=300, left=12, resets_at=LATER, beyond=0),
            "12 s of 5 min ZeroGPU time left; resets 14:05 UTC (in 2 h 5 min).",
        ),
        (
            Quota(total=300, left=0, resets_at=LATER, beyond=90),
            "0 s of 5 min ZeroGPU time left; resets 14:05 UTC (in 2 h 5 min).\n"
            "Used beyond it, from credits: 90 s.\n"
            "PRO, Team and Enterprise accounts can go on with credits: "
            "https://huggingface.co/settings/billing?add-credits=true",
        ),
    ],
)
def test_a_quota_in_words(quota: Quota, text: str) -> None:
    assert to_text(quota, NOON) == text


def test_without_a_token_it_is_said_how_to_get_one(hub: StandInHub) -> None:
    assert "log in with `hf auth login`, or set HF_TOKEN" in fails(1, "quota")


def test_a_hub_that_has_no_quotas_is_a_sentence(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert f"the Hub at {hub.url} does not tell ZeroGPU quotas" in fails(1, "quota")
