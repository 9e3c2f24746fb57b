"""Histories (Chatbot): messages as an agent writes them, and the style each version takes them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from space_tools.gradio.app_info import Parameter
from space_tools.schema.json_values import JSONSchema

ToFile = Callable[[str, str], Any]
MessageStyle = Literal["parts", "text", "pairs"]

_TEXT: JSONSchema = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}
_METADATA: JSONSchema = {
    "type": ["object", "null"],
    "properties": {"title": {"type": "string"}},
}


def chat(parameter: Parameter, file_words: str) -> JSONSchema:
    """A list of messages; also of [user, assistant] pairs where the app keeps its chat so."""
    file = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "description": file_words},
            "alt_text": {"type": ["string", "null"]},
        },
        "required": ["file"],
    }
    said = {"type": "string"}
    parts = {"type": "array", "items": {"anyOf": [said, _TEXT, file]}}
    message: JSONSchema = {
        "type": "object",
        "properties": {
            "role": {"type": "string", "enum": ["user", "assistant", "system"]},
            "content": {"anyOf": [said, _TEXT, file, parts]},
            "metadata": _METADATA,
        },
        "required": ["role", "content"],
    }
    if message_style(parameter) == "pairs":
        side = {"anyOf": [said, file, {"type": "null"}]}
        pair = {"type": "array", "items": side, "minItems": 2, "maxItems": 2}
        message = {"anyOf": [message, pair]}
    return {"type": "array", "items": message, "description": "messages, oldest first"}


def message_style(parameter: Parameter) -> MessageStyle:
    """How a Chatbot wants its messages.

    Lists of typed parts (Gradio 6), plain text (5, `type="messages"`), or pairs (before).
    """
    schema = parameter.schema
    message = _mapping(schema.get("items"))
    if isinstance(message.get("$ref"), str):
        name = message["$ref"].rpartition("/")[2]
        message = _mapping(_mapping(schema.get("$defs")).get(name))
    content = _mapping(_mapping(message.get("properties")).get("content"))
    if content:
        return "parts" if content.get("type") == "array" else "text"
    return "text" if parameter.props.get("type") == "messages" else "pairs"


def chat_payload(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """Messages in the style of the app's own version."""
    return _STYLES[message_style(parameter)](list(map(_without_nothing, value)), file)


def _without_nothing(message: Any) -> Any:
    # Gradio 4 refuses `null` for metadata, and an object without a title.
    if isinstance(message, dict) and not message.get("metadata"):
        return {key: item for key, item in message.items() if key != "metadata"}
    return message


def _in_parts(messages: list[Any], file: ToFile) -> list[Any]:
    return [
        {**message, "content": [_typed(part, where, file) for part, where in _parts(message, i)]}
        for i, message in enumerate(messages)
    ]


def _typed(part: Any, where: str, file: ToFile) -> dict[str, Any]:
    if "file" in part:
        return {**part, "type": "file", "file": file(part["file"], f"{where}.file")}
    return {**part, "type": "text"}


def _in_text(messages: list[Any], file: ToFile) -> list[Any]:
    """One message for each run of text and each file, since content is only one of them here."""
    return [
        {**message, "content": content}
        for i, message in enumerate(messages)
        for content in _contents(message, i, file)
    ]


def _in_pairs(messages: list[Any], file: ToFile) -> list[Any]:
    pairs: list[list[Any]] = []
    for i, message in enumerate(messages):
        if isinstance(message, list):
            sides = enumerate(message)
            pairs.append([_side(side, f"[{i}][{j}]", file) for j, side in sides])
            continue
        for content in _contents(message, i, file):
            if message["role"] == "user":
                pairs.append([content, None])
            elif message["role"] == "assistant" and pairs and pairs[-1][1:] == [None]:
                pairs[-1] = [pairs[-1][0], content]
            elif message["role"] == "assistant":
                pairs.append([None, content])
    return pairs


def _side(side: Any, where: str, file: ToFile) -> Any:
    return _one_file(side, where, file) if isinstance(side, dict) else side


def _contents(message: Any, position: int, file: ToFile) -> Iterator[Any]:
    """A message's content as strings and files, neighbouring texts on lines of one string."""
    texts: list[str] = []
    found = False
    for part, where in _parts(message, position):
        if "file" not in part:
            texts.append(part["text"])
            continue
        if texts:
            yield "\n".join(texts)
        yield _one_file(part, where, file)
        texts, found = [], True
    if texts or not found:
        yield "\n".join(texts)


def _one_file(part: Mapping[str, Any], where: str, file: ToFile) -> dict[str, Any]:
    kept = {key: item for key, item in part.items() if key != "type"}
    return {**kept, "file": file(part["file"], f"{where}.file")}


def _parts(message: Any, position: int) -> Iterator[tuple[Mapping[str, Any], str]]:
    """A message's parts, plain text as `{text}`, each with its place in the history."""
    content, where = message["content"], f"[{position}].content"
    listed = content if isinstance(content, list) else [content]
    for i, part in enumerate(listed):
        shown = {"text": part} if isinstance(part, str) else part
        yield shown, f"{where}[{i}]" if isinstance(content, list) else where


_STYLES: dict[MessageStyle, Callable[[list[Any], ToFile], Any]] = {
    "parts": _in_parts,
    "text": _in_text,
    "pairs": _in_pairs,
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
