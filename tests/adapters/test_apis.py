"""What OpenAI's and Anthropic's APIs send and want, written down as they do."""

from types import SimpleNamespace
from typing import Any

import pytest

from space_tools.errors import AppError, ConfigurationError, ValidationError
from space_tools.files.media import Medium
from space_tools.tools.adapters.answers import Answer, to_answer
from space_tools.tools.adapters.anthropic import to_block
from space_tools.tools.adapters.calls import parse_arguments
from space_tools.tools.adapters.frameworks import need
from space_tools.tools.adapters.openai import ChatCompletions, Responses, ToolCall
from space_tools.tools.toolset import Toolset

CALL = ToolCall("id-1", "art_paint", '{"x": 1}')
OTHER = ToolCall("id-2", "art_blur", "{}")
TEXT = Answer(text="done", structured={"Out": "done"})
PICTURE = Answer(text="a.png", structured={}, pictures=(Medium("image/png", b"x"),))
FAILED = Answer(text="It failed.", structured={"error": "It failed."}, is_error=True)

FUNCTION = {"name": "art_paint", "arguments": '{"x": 1}'}
IN_CHAT = {"id": "id-1", "type": "function", "function": FUNCTION}
CUSTOM = {"id": "id-3", "type": "custom", "custom": {"name": "c", "input": "i"}}
CHAT = {"role": "assistant", "content": None, "tool_calls": [IN_CHAT, CUSTOM]}
IN_RESPONSE = {"type": "function_call", "call_id": "id-1", **FUNCTION}
RESPONSE = {"output": [{"type": "reasoning", "summary": []}, IN_RESPONSE]}


def as_object(value: Any) -> Any:
    """The same as attributes, as the packages of these APIs give it."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_object(item) for key, item in value.items()})
    return [as_object(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("given", [lambda value: value, as_object], ids=["JSON", "objects"])
@pytest.mark.parametrize(
    ("form", "response", "calls"),
    [
        (ChatCompletions(), {"choices": [{"message": CHAT}]}, [CALL]),
        (ChatCompletions(), CHAT, [CALL]),
        (ChatCompletions(), {"choices": [{"message": {"content": "Done."}}]}, []),
        (ChatCompletions(), {"role": "assistant", "tool_calls": None}, []),
        (Responses(), RESPONSE, [CALL]),
        (Responses(), {"output": []}, []),
    ],
)
def test_a_response_says_what_to_call(
    form: ChatCompletions | Responses, response: Any, calls: list[ToolCall], given: Any
) -> None:
    assert form.calls(given(response)) == calls


def test_a_call_without_arguments_has_none() -> None:
    call = {"id": "1", "function": {"name": "f", "arguments": None}}
    assert ChatCompletions().calls({"tool_calls": [call]}) == [ToolCall("1", "f", "")]


def test_in_chat_pictures_come_after_all_results() -> None:
    assert ChatCompletions().results([(CALL, PICTURE), (OTHER, FAILED)]) == [
        {"role": "tool", "tool_call_id": "id-1", "content": "a.png"},
        {"role": "tool", "tool_call_id": "id-2", "content": "It failed."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Shown by art_paint:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,eA=="}},
            ],
        },
    ]
    assert ChatCompletions().results([]) == []


def test_in_responses_each_result_has_its_pictures() -> None:
    shown = {"type": "input_image", "image_url": "data:image/png;base64,eA==", "detail": "auto"}
    assert Responses().results([(CALL, PICTURE), (OTHER, TEXT)]) == [
        {
            "type": "function_call_output",
            "call_id": "id-1",
            "output": [{"type": "input_text", "text": "a.png"}, shown],
        },
        {"type": "function_call_output", "call_id": "id-2", "output": "done"},
    ]


def test_the_forms_describe_a_function_each_in_its_way() -> None:
    function = {"name": "f", "description": "F.", "parameters": {}, "strict": False}
    assert ChatCompletions().definition(function) == {"type": "function", "function": function}
    assert Responses().definition(function) == {"type": "function", **function}


def test_a_tool_result_of_anthropic_has_text_pictures_and_says_if_it_failed() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "eA=="}
    assert to_block("id", PICTURE) == {
        "type": "tool_result",
        "tool_use_id": "id",
        "content": [{"type": "text", "text": "a.png"}, {"type": "image", "source": source}],
        "is_error": False,
    }
    assert to_block("id", FAILED)["is_error"]


@pytest.mark.parametrize(
    ("text", "arguments"), [("", {}), (" \n", {}), ("{}", {}), ('{"a": [1]}', {"a": [1]})]
)
def test_arguments_are_an_object(text: str, arguments: dict[str, Any]) -> None:
    assert parse_arguments(text) == arguments


@pytest.mark.parametrize("text", ["[1]", "1", "null", '{"a":', "[" * 100_000])
def test_arguments_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"^the arguments "):
        parse_arguments(text)


def test_an_error_is_an_answer_that_says_what_ran() -> None:
    assert to_answer(AppError("no"), "art_paint") == Answer(
        text="no", structured={"error": "no", "outcome": "failed"}, is_error=True
    )


def test_a_framework_that_is_not_there_is_named_with_what_to_install() -> None:
    with pytest.raises(ConfigurationError) as raised:
        need("no_such_framework.tools", adapter="langchain", install="langchain-core")
    assert str(raised.value) == (
        "langchain() needs no_such_framework, which is not there: pip install langchain-core"
    )


@pytest.mark.parametrize("name", ["langchain", "smolagents", "pydantic_ai", "openai_agents"])
def test_an_adapter_without_its_framework_says_so(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name}\(\) needs .*: pip install \w+"):
        getattr(Toolset([]), name)()


def test_an_api_that_openai_has_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="api must be one of chat, responses, not 'chats'"):
        Toolset([]).openai(api="chats")  # type: ignore[arg-type]
