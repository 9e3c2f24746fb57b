"""Spaces that do what somebody is looking for."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from space_tools.errors import ConfigurationError
from space_tools.hub.api import Hub, ask_hub
from space_tools.hub.spaces import SPACE_ID, is_zero_gpu

PATH = "/api/spaces/semantic-search"
"""Source: `HfApi.search_spaces` of huggingface_hub; its parameters and fields too."""

LONGEST_QUERY = 500
"""Characters; more say no more to a search by meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpace:
    """A Space that was found. `title`, `description` and `category` are others' words, uncleaned.

    `hardware` is what it runs on, or shall run on; `relevance` is 0 to 1, where the Hub tells.
    """

    id: str
    title: str = ""
    description: str = ""
    category: str = ""
    likes: int = 0
    sdk: str = ""
    stage: str = ""
    hardware: str = ""
    private: bool = False
    relevance: float | None = None

    @property
    def zero_gpu(self) -> bool:
        """Whether calls count on the ZeroGPU quota of whoever makes them."""
        return is_zero_gpu(self.hardware)


async def search_spaces(
    query: str, *, token: str | None, limit: int = 10, everything: bool = False
) -> list[FoundSpace]:
    """The Spaces that fit `query` best, at most `limit`: Gradio apps that run, or `everything`.

    The Hub searches by meaning, and for a single word by text. Source: the documentation of
    huggingface_hub. Raises `ConfigurationError` for an empty query, `HubUnavailable`,
    `AuthenticationError` for a token that is not accepted, or another `HubError`.
    """
    query = " ".join(query.split())[:LONGEST_QUERY]
    if not query:
        raise ConfigurationError("there is nothing to search for: say what the Space should do")
    wanted: dict[str, Any] = {"q": query}
    wanted |= {"includeNonRunning": True} if everything else {"sdk": "gradio"}

    def ask(hub: Hub) -> list[FoundSpace]:
        answer: list[Any] = hub.get_json(PATH, params=wanted)
        if not isinstance(answer, list):
            raise TypeError("no list of Spaces")
        found = map(_parse, answer)
        return list(islice((s for s in found if everything or s.sdk == "gradio"), limit))

    return await ask_hub(ask, token=token, about="a search of Spaces")


def _parse(item: dict[str, Any]) -> FoundSpace:
    if not SPACE_ID.fullmatch(item["id"]):
        raise ValueError("no Space has that id")
    runtime = item.get("runtime") or {}
    score = item.get("semanticRelevancyScore")
    return FoundSpace(
        id=item["id"],
        title=_text(item.get("title")),
        description=_text(item.get("ai_short_description")),
        category=_text(item.get("ai_category")),
        likes=int(item.get("likes") or 0),
        sdk=_text(item.get("sdk")),
        stage=_text(runtime.get("stage")),
        hardware=_hardware(runtime.get("hardware")),
        private=item.get("private") is True,
        relevance=score if isinstance(score, float | int) else None,
    )


def _hardware(told: object) -> str:
    """Source: `SpaceRuntime` of huggingface_hub, as of a Space that is looked up."""
    if not isinstance(told, dict):
        return _text(told)
    return _text(told.get("current")) or _text(told.get("requested"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
