"""Files, and what has files in it, as lines: what each is, and where. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from space_tools.schema.outputs import OutputFile
from space_tools.schema.rendering_values import NOTHING, Room, place, text, to_json


def files(value: Any, room: Room) -> str:
    """A file, or several on a line each; in some versions, a name or URL instead."""
    if isinstance(value, list):
        return "\n".join(files(item, room) for item in value) or NOTHING
    return place(value) if isinstance(value, OutputFile) else text(value, room)


def gallery(value: Any, room: Room) -> str:
    """A line for each: its number, its caption, its place."""
    if not isinstance(value, list):
        return files(value, room)
    lines = (f"{number}. {_captioned(item, room)}" for number, item in enumerate(value, 1))
    return "\n".join(lines) or "(an empty gallery)"


def _captioned(item: Any, room: Room) -> str:
    shown, caption = _pair(item, "image", "video"), _second(item, "caption")
    return f"{_words(caption)} - {files(shown, room)}" if caption else files(shown, room)


def annotated_image(value: Any, room: Room) -> str:
    """The image, and the labels of what is marked on it with the masks that mark it."""
    if not isinstance(value, Mapping) or "image" not in value:
        return files(value, room)
    marks = [mark for mark in value.get("annotations") or () if isinstance(mark, Mapping)]
    lines = (f"- {_words(mark.get('label'))}: {files(mark.get('image'), room)}" for mark in marks)
    image = files(value["image"], room)
    return "\n".join([image, "Marked on it:", *lines]) if marks else f"{image}\n(nothing is marked)"


def edited_image(value: Any, room: Room) -> str:
    """The composite, and what it is made of."""
    if not isinstance(value, Mapping) or isinstance(value, OutputFile):
        return files(value, room)
    return _named(value, ("composite", "background", "layers"), room) or NOTHING


def video(value: Any, room: Room) -> str:
    """The video; its subtitles, if it has any."""
    if isinstance(value, OutputFile) or not isinstance(value, Mapping) or "video" not in value:
        return files(value, room)
    if not value.get("subtitles"):
        return files(value["video"], room)
    return _named(value, ("video", "subtitles"), room)


def multimodal(value: Any, room: Room) -> str:
    """The text, and the files below it."""
    if not isinstance(value, Mapping) or "text" not in value:
        return files(value, room)
    parts = [text(value["text"] or "", room)]
    parts += [files(value["files"], room)] if value.get("files") else []
    return "\n".join(part for part in parts if part)


def plot(value: Any, room: Room) -> str:
    """A picture of a plot by its place; the data of one is for a program to draw."""
    drawn = value.get("plot") if isinstance(value, Mapping) else None
    if drawn is None:
        return to_json(value, room)
    kind = _words(value.get("type")) or "drawn"
    if isinstance(drawn, OutputFile):
        return f"A {kind} plot: {place(drawn)}"
    return f"A {kind} plot as JSON, which is in {room.rest}."


def _named(value: Mapping[str, Any], names: tuple[str, ...], room: Room) -> str:
    return "\n".join(_lines(value, names, room))


def _lines(value: Mapping[str, Any], names: tuple[str, ...], room: Room) -> Iterator[str]:
    for name in names:
        items = value.get(name)
        for item in items if isinstance(items, list) else [items]:
            if item is not None:
                yield f"{name}: {files(item, room)}"


def _pair(item: Any, *names: str) -> Any:
    """The first of a pair, or what an object has under one of the names."""
    if isinstance(item, list) and len(item) == 2:
        return item[0]
    if isinstance(item, Mapping) and not isinstance(item, OutputFile):
        return next((item[name] for name in names if item.get(name) is not None), item)
    return item


def _second(item: Any, name: str) -> Any:
    if isinstance(item, list):
        return item[1] if len(item) == 2 else None
    return item.get(name) if isinstance(item, Mapping) else None


def _words(value: Any) -> str:
    return "" if value is None else " ".join(str(value)[:1000].split())
