"""How an argument that fits its schema becomes what the app expects: a value → its payload.

A string that leads to a file is handed to `file`, with its place within the argument; what that
answers stands in its stead. So the same functions find the files of an argument, and bind them.
"""

from collections.abc import Callable, Mapping
from mimetypes import guess_type
from typing import Any

from space_tools.gradio.app_info import Parameter
from space_tools.schema.nested_files import put_files

ToFile = Callable[[str, str], Any]
Payload = Callable[[Any, Parameter, ToFile], Any]


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
    """Images, and videos where the app knows them, with their captions."""
    knows_video = "GalleryVideo" in _mapping(parameter.schema.get("$defs"))

    def kind(source: str) -> str:
        guessed = guess_type(source.partition("?")[0])[0] or ""
        return "video" if knows_video and guessed.startswith("video/") else "image"

    items = [item if isinstance(item, dict) else {"file": item} for item in value]
    return [
        {kind(item["file"]): file(item["file"], f"[{i}]"), "caption": item.get("caption")}
        for i, item in enumerate(items)
    ]


def edited_image(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """An image, and what is drawn on it, if anything is."""
    drawn = value if isinstance(value, dict) else {"background": value}
    single = {key: drawn.get(key) for key in ("background", "composite")}
    background, composite = (
        None if source is None else file(source, f".{key}" if drawn is value else "")
        for key, source in single.items()
    )
    layers = [file(source, f".layers[{i}]") for i, source in enumerate(drawn.get("layers", ()))]
    if composite is None and not layers:
        composite = background  # as a browser sends it; many apps look at nothing else
    return {"background": background, "layers": layers, "composite": composite}


def paths(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """Paths on the app's own computer, each as the list of its parts."""
    return [path.split("/") for path in (value if isinstance(value, list) else [value])]


def time(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """A time; with the blank that apps want where ISO 8601 has a T."""
    return value.replace("T", " ", 1)


def nested(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """A value of the app's own shape, with the files that are in it."""
    return put_files(value, parameter.schema, file)


def multimodal(value: Any, parameter: Parameter, file: ToFile) -> Any:
    """Text with files."""
    sources = enumerate(value.get("files", ()))
    files = [file(source, f".files[{i}]") for i, source in sources]
    return {"text": value.get("text", ""), "files": files}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
