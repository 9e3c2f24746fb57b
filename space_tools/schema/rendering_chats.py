"""Chat histories of every generation as lines that say who said what. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from space_tools.schema.outputs import OutputFile
from space_tools.schema.rendering_files import files
from space_tools.schema.rendering_values import Room, place, text, to_json

SPEAKERS = ("user", "assistant")
"""Of a pair, which is what Gradio 3 and 4 have for a question and its answer."""


def chat(value: Any, room: Room) -> str:
    """`user: …` and `assistant: …`; if not all of it fits, the last messages."""
    if not isinstance(value, list):
        return text(value, room)
    kept: list[str] = []
    earlier = f"(earlier messages are in {room.rest})"
    left = room.characters - len(earlier)
    for speaker, content in _latest(value):
        line = f"{speaker}: {_said(content, room)}"
        left -= len(line) + 1
        if left < 0 and kept:
            kept.append(earlier)
            break
        kept.append(line)
    return "\n".join(reversed(kept)) or "(no messages)"


def _latest(messages: list[Any]) -> Iterator[tuple[str, Any]]:
    """Who said what, the latest first."""
    for message in reversed(messages):
        if isinstance(message, Mapping) and "role" in message:
            yield _speaker(message), message.get("content")
        elif isinstance(message, list) and len(message) == 2:
            pair = zip(SPEAKERS, message, strict=True)
            yield from reversed([(who, said) for who, said in pair if said is not None])
        else:
            yield "message", message


def _speaker(message: Mapping[str, Any]) -> str:
    metadata = message.get("metadata")
    title = metadata.get("title") if isinstance(metadata, Mapping) else None
    return f"{message['role']} ({title})" if title else str(message["role"])


def _said(content: Any, room: Room) -> str:
    """A content: a text, a file, something that a component shows, or parts of these."""
    if isinstance(content, OutputFile):
        return place(content)
    if isinstance(content, list):
        parts = [content[0]] if _is_described(content) else content
        return " ".join(_said(part, room) for part in parts)
    if not isinstance(content, Mapping):
        return text(content, room)
    if "text" in content:
        return text(content["text"], room)
    if "file" in content:
        return _with_alt(content["file"], content.get("alt_text"), room)
    if "component" in content:
        return f"[{content['component']}] {_said(content.get('value'), room)}"
    return to_json(content, room)


def _is_described(content: list[Any]) -> bool:
    """Whether it is a file with, or without, what is said of it."""
    if len(content) != 2 or not isinstance(content[0], OutputFile):
        return False
    return content[1] is None or isinstance(content[1], str)


def _with_alt(file: Any, alt: Any, room: Room) -> str:
    return f"{alt}: {files(file, room)}" if alt else files(file, room)
