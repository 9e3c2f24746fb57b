"""A model that says what its script says, over the HTTP APIs of OpenAI and Anthropic.

    with on_loopback(ScriptedModel) as model:
        model.play([Use("app_echo_text", {"x": "hello"})], "{results}")
        ...  # a program that has model.url for OPENAI_BASE_URL or ANTHROPIC_BASE_URL
        assert model.results == ["hello"]

Each request is answered with the next turn: calls of tools, or a text, in which `{results}` stands
for what those calls gave. A request is read only for that: the real packages, which make it and
read the answer, are what is under test.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Use:
    """A call of a tool that the model asks for."""

    tool: str
    arguments: Json


Turn = str | list[Use]


class ScriptedModel:
    """The model at `url`; `requests` has the bodies of all requests."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.turns: list[Turn] = []
        self.requests: list[Json] = []
        self._ids = itertools.count(1)
        routes = {
            "/v1/chat/completions": self._chat,
            "/v1/responses": self._responses,
            "/v1/messages": self._messages,
        }
        self._app = Starlette(
            routes=[
                Route(path, self._answer(say), methods=["POST"]) for path, say in routes.items()
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def play(self, *turns: Turn) -> None:
        """Forgets what was, and begins with the first of these."""
        self.turns, self.requests = list(turns), []

    @property
    def results(self) -> list[str]:
        """The texts of all results that the last request brought, in their order."""
        return [text for item in _items(self.requests[-1]) for text in _results(item)]

    def shown(self) -> int:
        """How many pictures the last request brought."""
        return sum(
            part.get("type") in ("image", "image_url", "input_image")
            for part in _parts(self.requests[-1])
        )

    def _answer(self, say: Callable[[Turn], Json]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            self.requests.append(await request.json())
            turn = self.turns.pop(0)
            if isinstance(turn, str):
                turn = turn.replace("{results}", " | ".join(self.results))
            return JSONResponse(say(turn))

        return answer

    def _chat(self, turn: Turn) -> Json:
        message: Json = {"role": "assistant", "content": turn if isinstance(turn, str) else None}
        if not isinstance(turn, str):
            message["tool_calls"] = [
                {
                    "id": f"call_{next(self._ids)}",
                    "type": "function",
                    "function": {"name": use.tool, "arguments": json.dumps(use.arguments)},
                }
                for use in turn
            ]
        reason = "stop" if isinstance(turn, str) else "tool_calls"
        return {
            "id": f"chatcmpl-{next(self._ids)}",
            "object": "chat.completion",
            "created": 1,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }

    def _responses(self, turn: Turn) -> Json:
        content = {"type": "output_text", "text": turn, "annotations": []}
        said = {"type": "message", "id": f"msg_{next(self._ids)}", "role": "assistant"}
        uses = [] if isinstance(turn, str) else turn
        asked = [
            {
                "type": "function_call",
                "id": f"fc_{next(self._ids)}",
                "call_id": f"call_{next(self._ids)}",
                "name": use.tool,
                "arguments": json.dumps(use.arguments),
                "status": "completed",
            }
            for use in uses
        ]
        return {
            "id": f"resp_{next(self._ids)}",
            "object": "response",
            "created_at": 1,
            "status": "completed",
            "model": "scripted",
            "output": asked or [{**said, "status": "completed", "content": [content]}],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": 1,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": 1,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": 2,
            },
        }

    def _messages(self, turn: Turn) -> Json:
        content = (
            [{"type": "text", "text": turn}]
            if isinstance(turn, str)
            else [
                {
                    "type": "tool_use",
                    "id": f"toolu_{next(self._ids)}",
                    "name": use.tool,
                    "input": use.arguments,
                }
                for use in turn
            ]
        )
        return {
            "id": f"msg_{next(self._ids)}",
            "type": "message",
            "role": "assistant",
            "model": "scripted",
            "content": content,
            "stop_reason": "end_turn" if isinstance(turn, str) else "tool_use",
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }


def _items(request: Json) -> list[Json]:
    items: list[Json] = request.get("messages") or request["input"]
    return items


def _parts(value: Any) -> Iterator[Json]:
    """Every object in a request."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _parts(item)


def _results(item: Json) -> Iterator[str]:
    """The texts of the results in a message of a request."""
    if item.get("type") == "function_call_output":
        yield _text(item["output"])
    elif item.get("role") == "tool":
        yield _text(item["content"])
    elif isinstance(item.get("content"), list):
        blocks = [block for block in item["content"] if block.get("type") == "tool_result"]
        yield from (_text(block["content"]) for block in blocks)


def _text(content: str | list[Json]) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)
