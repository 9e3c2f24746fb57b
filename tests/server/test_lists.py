"""A list of tools is checked and written out once for all who are given the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from mcp_types.methods import serialize_server_result

from space_tools.server import lists as module
from space_tools.server.lists import Lists
from space_tools.tools.offered import Offered

LEGACY, LATER, MODERN = "2025-03-26", "2025-11-25", "2026-07-28"


@dataclass
class Named:
    name: str
    title: str = "A title"
    description: str = "What it does."
    input_schema: dict[str, Any] = field(default_factory=lambda: {"type": "object"})
    output_schema: dict[str, Any] = field(default_factory=lambda: {"type": "object"})
    annotations: dict[str, Any] = field(default_factory=dict)
    as_of: datetime | None = None


class Server:
    """Offers a catalogue, and counts how often a list is written out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.catalogue: Mapping[str, Offered] = catalogue("a", "b")
        self.is_whole = True
        self.written = 0
        self.lists = Lists(self._choose, [Named("own")])

        def counting(*given: Any) -> dict[str, Any]:
            self.written += 1
            return serialize_server_result(*given)

        monkeypatch.setattr(module, "serialize_server_result", counting)

    async def _choose(self, context: Any) -> tuple[Mapping[str, Offered], bool]:
        return self.catalogue, self.is_whole

    async def answer(self, version: str, method: str = "tools/list") -> Any:
        context: Any = SimpleNamespace(method=method, protocol_version=version)
        frame = {"tools": []} if version != MODERN else {"tools": [], "ttlMs": 30_000}

        async def call_next(_: Any) -> dict[str, Any]:
            return frame

        return await self.lists.fill(context, call_next)


def catalogue(*names: str) -> Mapping[str, Offered]:
    return {name: Named(name) for name in names}


def names(answer: dict[str, Any]) -> list[str]:
    return [tool["name"] for tool in answer["tools"]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


async def test_versions_that_show_tools_alike_share_a_list(server: Server) -> None:
    assert names(await server.answer(LEGACY)) == ["a", "b", "own"]
    assert await server.answer(LATER) == await server.answer(LEGACY)
    assert server.written == 1
    assert names(await server.answer(MODERN)) == ["a", "b", "own"]
    await server.answer(MODERN)
    assert server.written == 2


async def test_another_catalogue_is_another_list(server: Server) -> None:
    await server.answer(MODERN)
    server.catalogue = catalogue("c")
    assert names(await server.answer(MODERN)) == ["c", "own"]
    assert server.written == 2


async def test_a_list_that_is_not_whole_is_soon_asked_for_again(server: Server) -> None:
    assert (await server.answer(MODERN))["ttlMs"] == 30_000
    server.is_whole = False
    assert (await server.answer(MODERN))["ttlMs"] == 0
    assert "ttlMs" not in await server.answer(LEGACY)


async def test_other_answers_are_left_alone(server: Server) -> None:
    assert await server.answer(MODERN, "resources/list") == {"tools": [], "ttlMs": 30_000}
    assert server.written == 0
