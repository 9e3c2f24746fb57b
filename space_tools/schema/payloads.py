"""How an argument that fits its schema becomes what the app expects: a value → its payload.

A string that leads to a file is handed to `file`, with its place within the argument; what that
answers stands in its stead. So the same functions find the files of an argument, and bind them.
"""

from collections.abc import Callable, Mapping
from mimetypes import guess_type
from typing import Any, Literal

from space_tools.gradio.app_info import Parameter

ToFile = Callable[[str, str], Any]
Payload = Callable[[Any, Parameter, ToFile], Any]
MessageStyle = Literal["parts", "text", "pairs"]


def as_is(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """The value itself."""
    return value


EXACT = 2**53
"""From here on, a float is no count; and an integer of Python's may be none that JSON can carry."""


def number(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """A number; `20.0` as `20` for a component that counts, since `range(20.0)` fails there."""
    props = parameter.props
    counts = props.get("precision") == 0 or type(props.get("step")) is int
    whole = isinstance(value, float) and value.is_integer() and abs(value) < EXACT
    return int(value) if whole and counts else value


def one_or_more_files(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """A file, or a list of them."""
    if isinstance(value, list):
        return [file(source, f"[{i}]") for i, source in enumerate(value)]
    return file(value, "")


def video(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """A file; with a place for subtitles until Gradio 6."""
    if "video" in _mapping(parameter.schema.get("properties")):
        return {"video": file(value, ""), "subtitles": None}
    return file(value, "")


def gallery(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """Images with no caption, and videos where the app knows them."""
    knows_video = "GalleryVideo" in _mapping(parameter.schema.get("$defs"))

    def kind(source: str) -> str:
        guessed = guess_type(source.partition("?")[0])[0] or ""
        return "video" if knows_video and guessed.startswith("video/") else "image"

    return [
        {kind(source): file(source, f"[{i}]"), "caption": None} for i, source in enumerate(value)
    ]


def edited_image(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """An image on which nothing is drawn yet."""
    return {"background": file(value, ""), "layers": [], "composite": None}


def multimodal(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """Text with files."""
    sources = enumerate(value.get("files", ()))
    files = [file(source, f".files[{i}]") for i, source in sources]
    return {"text": value.get("text", ""), "files": files}


def frame(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """`{headers, data, metadata}`; rows without headers get the component's, or 1, 2, 3, …"""
    if isinstance(value, dict) and "headers" in value:
        return {"metadata": None, **value}
    rows = value["data"] if isinstance(value, dict) else value
    headers = parameter.props.get("headers")
    known = [str(header) for header in headers] if isinstance(headers, list) else []
    named = list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))
    known = known if set(named) <= set(known) else named
    rows = [[row.get(h) for h in known] if isinstance(row, dict) else row for row in rows]
    # An app refuses rows that are not as wide as its headers.
    width = max((len(row) for row in rows), default=len(known))
    columns = known[:width] + [str(i + 1) for i in range(len(known), width)]
    filled = [row + [None] * (width - len(row)) for row in rows]
    return {"headers": columns, "data": filled, "metadata": None}


def chat(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """Messages in the style of the app's own version."""
    style = message_style(parameter)
    if style == "pairs":
        return _pairs(value, file)
    return [
        {**message, "content": _CONTENT[style](message["content"], f"[{i}].content", file)}
        for i, message in enumerate(value)
    ]


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


def _parts(content: Any, where: str, file: ToFile) -> Any:
    listed = content if isinstance(content, list) else [content]
    return [_part(item, f"{where}[{i}]", file) for i, item in enumerate(listed)]


def _part(item: Any, where: str, file: ToFile) -> Any:
    if isinstance(item, str):
        return {"type": "text", "text": item}
    if isinstance(item, dict) and "file" in item:
        return {"type": "file", **_message_file(item, where, file)}
    return item


def _plain(content: Any, where: str, file: ToFile) -> Any:
    if isinstance(content, dict) and "file" in content:
        return _message_file(content, where, file)
    texts = [_text_of(item) for item in content] if isinstance(content, list) else []
    return "\n".join(texts) if texts and all(texts) else content


def _message_file(item: dict[str, Any], where: str, file: ToFile) -> dict[str, Any]:
    source = item["file"]
    return {**item, "file": file(source, f"{where}.file") if isinstance(source, str) else source}


def _text_of(item: Any) -> str:
    text = item if isinstance(item, str) else _mapping(item).get("text")
    return text if isinstance(text, str) else ""


_CONTENT: dict[MessageStyle, Callable[[Any, str, ToFile], Any]] = {"parts": _parts, "text": _plain}


def _pairs(messages: list[Any], file: ToFile) -> list[Any]:
    pairs: list[list[Any]] = []
    for i, message in enumerate(messages):
        if isinstance(message, list):
            pairs.append(message)
            continue
        content = _plain(message["content"], f"[{i}].content", file)
        if message["role"] == "user":
            pairs.append([content, None])
        elif message["role"] == "assistant" and pairs and pairs[-1][1:] == [None]:
            pairs[-1] = [pairs[-1][0], content]
        elif message["role"] == "assistant":
            pairs.append([None, content])
    return pairs


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
