"""What a tool gave as text that a model, or a person, can read: by the kind of each output. Pure.

The structured result has everything; this is what is shown of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from space_tools.schema.outputs import OutputFile
from space_tools.schema.rendering_chats import chat
from space_tools.schema.rendering_files import (
    annotated_image,
    edited_image,
    files,
    gallery,
    multimodal,
    plot,
    video,
)
from space_tools.schema.rendering_html import to_plain
from space_tools.schema.rendering_values import (
    Room,
    choices,
    frame,
    highlighted,
    label,
    text,
)
from space_tools.schema.shortening import share, shorten

TEXT_LIMIT = 60_000
"""Characters of a text. Hosts take 25,000 tokens (Claude Code), in which the tool's links and
structured content may count; a token has about three characters or more."""

RETURNS_NOTHING = "Done. This tool returns nothing."
GAVE_NOTHING = "Done. It gave nothing back this time."

STRUCTURED = "`structuredContent`"

Renderer = Callable[[Any, Room], str]


def html(value: Any, room: Room) -> str:
    """HTML as plain text."""
    shown = text(value, room)
    return to_plain(shown) if isinstance(value, str) else shown


def any_value(value: Any, room: Room) -> str:
    """A value of a component that is not in the table, by what it looks like."""
    listed = isinstance(value, list) and any(isinstance(item, OutputFile) for item in value)
    return files(value, room) if listed or isinstance(value, OutputFile) else text(value, room)


RENDERERS: Mapping[str, Renderer] = {
    "annotatedimage": annotated_image,
    "barplot": plot,
    "bokehplot": plot,
    "chatbot": chat,
    "checkboxgroup": choices,
    "dataframe": frame,
    "dropdown": choices,
    "fileexplorer": files,
    "gallery": gallery,
    "highlightedtext": highlighted,
    "html": html,
    "imageeditor": edited_image,
    "label": label,
    "lineplot": plot,
    "multimodaltextbox": multimodal,
    "nativeplot": frame,
    "plot": plot,
    "scatterplot": plot,
    "video": video,
}


def to_text(
    structured: Mapping[str, Any],
    components: Mapping[str, str],
    places: Mapping[str, str] | None = None,
    limit: int = TEXT_LIMIT,
) -> str:
    """A structured result in at most about `limit` characters; never empty.

    One output as itself, several by name, nothing as a sentence. `components` has the kind of
    each output, by its name; `places` says where all of it is, if not in the structured content.
    """
    if not structured:
        return GAVE_NOTHING if components else RETURNS_NOTHING
    places = places or {}
    rooms = {name: Room(limit, places.get(name, STRUCTURED)) for name in structured}
    texts = {
        name: _render(components.get(name, ""), value, rooms[name])
        for name, value in structured.items()
    }
    shares = share([len(text) for text in texts.values()], limit)
    shown = {
        name: _cut(text, part, rooms[name])
        for (name, text), part in zip(texts.items(), shares, strict=True)
    }
    if len(shown) == 1:
        (only,) = shown.values()
        return only or "Done. The result is an empty text."
    return "\n".join(f"{name}:{_below(text)}" for name, text in shown.items())


def _render(component: str, value: Any, room: Room) -> str:
    renderer = RENDERERS.get(component, any_value)
    if renderer in _LOOK_AT_A_PART:
        return renderer(value, room)
    part = shorten(value, _BYTES * room.characters)
    shown = renderer(part, room)
    return shown if part is value else f"{shown}\n(there is more in {room.rest})"


_LOOK_AT_A_PART = (chat, frame)
"""They count what they do not show, or begin at the end."""

_BYTES = 4
"""Of the structure of a value, for a character of its text; of a character, at most."""


def _cut(text: str, room: int, of: Room) -> str:
    if len(text) <= room:
        return text
    return f"{text[:room]}…\n(cut after {room:,} characters; all of it is in {of.rest})"


def _below(text: str) -> str:
    """Beside its name, or below it if it has several lines."""
    return f"\n{text}" if "\n" in text else f" {text}"
