"""A toolset for Anthropic's Messages API.

Plain dicts in and out: the `anthropic` package is not needed here, and objects of it are
understood.
"""

from base64 import b64encode
from collections.abc import Collection
from typing import Any

from space_tools.tools.adapters.answers import Answer
from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.shapes import field, items
from space_tools.tools.tool import Tool

Dict = dict[str, Any]


class AnthropicTools:
    """The tools, for `tools=` of requests, and the way from a message to what to send next.

    message = await client.messages.create(
        model=model, max_tokens=1024, messages=messages, tools=anthropic.definitions
    )
    messages += [{"role": "assistant", "content": message.content}, *await anthropic.run(message)]
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @property
    def definitions(self) -> list[Dict]:
        """The tools that there are now, their schemas as they are."""
        return [to_definition(tool) for tool in self._calls.toolset.tools.values()]

    async def run(self, message: Any, *, others: Collection[str] = ()) -> list[Dict]:
        """Runs the tool uses of a message side by side; what to append for the next request.

        `message` is an answer of the API, as an object of the `anthropic` package or as a dict.
        Empty if it asks for no tool, else one message with a `tool_result` for each. `others` are
        the names of tools that the program has beside these, whose results it must add to that
        message; a use of a tool that there is not is answered with that.
        """
        uses = [
            block
            for block in items(message, "content")
            if field(block, "type") == "tool_use" and field(block, "name") not in others
        ]
        calls = [(field(use, "name"), field(use, "input") or {}) for use in uses]
        answers = await self._calls.call_all(calls)
        told = [to_block(field(u, "id"), a) for u, a in zip(uses, answers, strict=True)]
        return [{"role": "user", "content": told}] if told else []


def to_definition(tool: Tool) -> Dict:
    """A tool as the API describes one."""
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.input_schema,
    }


def to_block(tool_use_id: str, answer: Answer) -> Dict:
    """An answer as a `tool_result` block. Source: Anthropic API reference, messages."""
    text: Dict = {"type": "text", "text": answer.text}
    pictures: list[Dict] = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": picture.mime_type,
                "data": b64encode(picture.content).decode("ascii"),
            },
        }
        for picture in answer.pictures
    ]
    return {
        "type": "tool_result",
        "tool_use_id": tool_use_id,
        "content": [text, *pictures],
        "is_error": answer.is_error,
    }
