"""A toolset for OpenAI's APIs, and for the many servers that speak them.

Plain dicts in and out: the `openai` package is not needed here, and objects of it are understood.
"""

from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from space_tools.errors import ConfigurationError
from space_tools.tools.adapters.answers import Answer
from space_tools.tools.adapters.calls import Calls
from space_tools.tools.adapters.schemas import short, to_strict, with_items
from space_tools.tools.adapters.shapes import field, items
from space_tools.tools.tool import Tool

API = Literal["chat", "responses"]

Dict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a model asks for; `arguments` are JSON, as it wrote it."""

    id: str
    name: str
    arguments: str


class Form(Protocol):
    """How one of the APIs writes things down."""

    def definition(self, function: Dict) -> Dict:
        """A tool, of `{name, description, parameters, strict}`."""

    def calls(self, response: Any) -> list[ToolCall]:
        """The calls of functions in a response."""

    def results(self, answers: list[tuple[ToolCall, Answer]]) -> list[Dict]:
        """What the next request has of them."""


class OpenAITools:
    """The tools, for `tools=` of requests, and the way from a response to what to send next.

    completion = await client.chat.completions.create(
        model=model, messages=messages, tools=openai.definitions
    )
    messages += [completion.choices[0].message, *await openai.run(completion)]
    """

    def __init__(self, calls: Calls, form: Form, *, strict: bool) -> None:
        self._calls = calls
        self._form = form
        self._strict = strict

    @property
    def definitions(self) -> list[Dict]:
        """The tools that there are now."""
        tools = self._calls.toolset.tools.values()
        return [self._form.definition(to_function(tool, strict=self._strict)) for tool in tools]

    async def run(self, response: Any, *, others: Collection[str] = ()) -> list[Dict]:
        """Runs the tool calls of a response side by side; what to append for the next request.

        `response` is a completion, one of its messages or a response of the API, as an object of
        the `openai` package or as a dict. Empty if it asks for no tool. `others` are the names of
        tools that the program has beside these, and answers itself; a call of a tool that there
        is not is answered with that. Pictures come after all results in Chat Completions, in a
        message of the user, since its tools give only text; in Responses each is in its result.
        """
        calls = [call for call in self._form.calls(response) if call.name not in others]
        answers = await self._calls.call_all([(call.name, call.arguments) for call in calls])
        return self._form.results(list(zip(calls, answers, strict=True)))


def to_function(tool: Tool, *, strict: bool) -> Dict:
    """A tool as OpenAI describes a function. `strict` where that is wanted and can be."""
    parameters = to_strict(tool.input_schema) if strict else None
    return {
        "name": tool.name,
        "description": short(tool.description),
        "parameters": parameters or with_items(tool.input_schema),
        "strict": parameters is not None,
    }


def to_data_url(mime_type: str, content: bytes) -> str:
    """A picture as a URL that has all of it."""
    return f"data:{mime_type};base64,{b64encode(content).decode('ascii')}"


class ChatCompletions:
    """Source: OpenAI API reference, chat completions."""

    def definition(self, function: Dict) -> Dict:
        return {"type": "function", "function": function}

    def calls(self, response: Any) -> list[ToolCall]:
        choices = items(response, "choices")
        message = field(choices[0], "message") if choices else response
        functions = [(call, field(call, "function")) for call in items(message, "tool_calls")]
        return [
            ToolCall(field(call, "id"), field(function, "name"), field(function, "arguments") or "")
            for call, function in functions
            if function is not None  # else it is a custom tool, and the program's own
        ]

    def results(self, answers: list[tuple[ToolCall, Answer]]) -> list[Dict]:
        told = [
            {"role": "tool", "tool_call_id": call.id, "content": answer.text}
            for call, answer in answers
        ]
        shown = [part for call, answer in answers for part in _shown_in_chat(call.name, answer)]
        return [*told, {"role": "user", "content": shown}] if shown else told


def _shown_in_chat(name: str, answer: Answer) -> list[Dict]:
    if not answer.pictures:
        return []
    urls = [to_data_url(picture.mime_type, picture.content) for picture in answer.pictures]
    shown = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"type": "text", "text": f"Shown by {name}:"}, *shown]


class Responses:
    """Source: OpenAI API reference, responses."""

    def definition(self, function: Dict) -> Dict:
        return {"type": "function", **function}

    def calls(self, response: Any) -> list[ToolCall]:
        return [
            ToolCall(field(item, "call_id"), field(item, "name"), field(item, "arguments") or "")
            for item in items(response, "output")
            if field(item, "type") == "function_call"
        ]

    def results(self, answers: list[tuple[ToolCall, Answer]]) -> list[Dict]:
        return [
            {"type": "function_call_output", "call_id": call.id, "output": _output(answer)}
            for call, answer in answers
        ]


def _output(answer: Answer) -> str | list[Dict]:
    if not answer.pictures:
        return answer.text
    urls = [to_data_url(picture.mime_type, picture.content) for picture in answer.pictures]
    shown = [{"type": "input_image", "image_url": url, "detail": "auto"} for url in urls]
    return [{"type": "input_text", "text": answer.text}, *shown]


FORMS: Mapping[str, Form] = {"chat": ChatCompletions(), "responses": Responses()}


def build(calls: Calls, *, api: API, strict: bool) -> OpenAITools:
    """Raises `ConfigurationError` for an API that is none of the two."""
    if api not in FORMS:
        raise ConfigurationError(f"api must be one of {', '.join(FORMS)}, not {api!r}")
    return OpenAITools(calls, FORMS[api], strict=strict)
