"""Files in the values of Gradio 3, as those of Gradio 4 and later, and back.

Gradio 3 has `{name, data, is_file}` for a file, sends images as `data:` URLs, and has pairs where
later versions have objects. Source: Gradio 3.50.
"""

import base64
import mimetypes
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from space_tools.errors import ValidationError
from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.file_data import FILE_TYPE

Fetch = Callable[[str], Awaitable[bytes]]
"""A file that the app has, by its path there."""


async def to_legacy(endpoint: Endpoint, data: Sequence[Any], fetch: Fetch) -> list[Any]:
    """A call's data as Gradio 3 takes it; images that were uploaded are fetched to be put in.

    Raises `ValidationError` for an image that is given by a URL, which Gradio 3 does not fetch.
    """
    sent = list(data)
    for parameter in endpoint.parameters:
        if parameter.slot < len(sent):
            value = sent[parameter.slot]
            if parameter.component == "image":
                sent[parameter.slot] = await _with_images(parameter.name, value, fetch)
            else:
                sent[parameter.slot] = TO_LEGACY.get(parameter.component, _as_it_is)(value)
    return sent


async def _with_images(name: str, value: Any, fetch: Fetch) -> Any:
    """A drawing is an image with a mask, which is one too."""
    if not isinstance(value, dict):
        return value
    if not _is_file(value):
        return {key: await _with_images(name, item, fetch) for key, item in value.items()}
    path = value["path"]
    if path.startswith("data:"):
        return path
    if path.startswith(("http://", "https://")):
        raise ValidationError(
            [f"`{name}`: an app of Gradio 3 does not fetch images; give the file itself"]
        )
    kind = mimetypes.guess_type(value.get("orig_name") or path)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(await fetch(path)).decode()}"


def _files(value: Any) -> Any:
    if isinstance(value, list):
        return [_files(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not _is_file(value):
        return {key: _files(item) for key, item in value.items()}
    name = {"orig_name": value["orig_name"]} if value.get("orig_name") else {}
    return {"name": value["path"], "data": None, "is_file": True, **name}


def _video(value: Any) -> Any:
    return _files(value["video"] if isinstance(value, dict) and "video" in value else value)


def _gallery(value: Any) -> Any:
    return [_gallery_item(item) for item in value] if isinstance(value, list) else _files(value)


def _gallery_item(item: Any) -> Any:
    if not isinstance(item, dict) or "image" not in item:
        return _files(item)
    return [_files(item["image"]), item.get("caption")]


def _chat(value: Any) -> Any:
    """Pairs of messages, each a text or a file with words for who cannot see it."""
    if isinstance(value, list):
        return [_chat(item) for item in value]
    if not isinstance(value, dict):
        return value
    file = value.get("file", value)
    return {**_files(file), "alt_text": value.get("alt_text")} if _is_file(file) else _files(value)


def _as_it_is(value: Any) -> Any:
    return value


TO_LEGACY: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("file", "uploadbutton", "audio", "model3d", "timeseries"), _files),
    "video": _video,
    "gallery": _gallery,
    "chatbot": _chat,
}


def from_legacy(component: str, value: Any) -> Any:
    """An output of Gradio 3 in the form that it has since Gradio 4."""
    return FROM_LEGACY.get(component, _as_it_is)(value)


def _as_files(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_files(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "is_file" in value and isinstance(value.get("name"), str):
        return _as_file(value)
    return {key: _as_files(item) for key, item in value.items()}


def _as_file(value: Mapping[str, Any]) -> dict[str, Any]:
    name = value["name"]
    path, url = (name, None) if value["is_file"] else (None, value.get("data"))
    return {
        "path": path,
        "url": url,
        "orig_name": value.get("orig_name") or re.split(r"[/\\]", name)[-1],
        "size": value.get("size"),
        "mime_type": value.get("mime_type"),
        "meta": {"_type": FILE_TYPE},
    }


def _as_image(value: Any) -> Any:
    match = re.match(r"data:(image/[\w.+-]+)[;,]", value) if isinstance(value, str) else None
    if match is None:
        return _as_files(value)
    suffix = mimetypes.guess_extension(match[1]) or ".png"
    return {
        "path": None,
        "url": value,
        "orig_name": f"image{suffix}",
        "size": None,
        "mime_type": match[1],
        "meta": {"_type": FILE_TYPE},
    }


def _as_pair(first: str, second: str, value: Any) -> Any:
    """`[a, b]`, or `a` alone, as an object."""
    pair = value if isinstance(value, list) and len(value) == 2 else [value, None]
    return {first: _as_files(pair[0]), second: _as_files(pair[1])}


def _as_video(value: Any) -> Any:
    return None if value is None else _as_pair("video", "subtitles", value)


def _as_gallery(value: Any) -> Any:
    items = value if isinstance(value, list) else []
    return None if value is None else [_as_pair("image", "caption", item) for item in items]


def _as_annotated(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], list):
        return _as_files(value)
    marks = [_as_pair("image", "label", mark) for mark in value[1]]
    return {"image": _as_files(value[0]), "annotations": marks}


def _as_chat(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_chat(item) for item in value]
    if isinstance(value, dict) and "alt_text" in value:
        return {"file": _as_files(value), "alt_text": value["alt_text"]}
    return _as_files(value)


FROM_LEGACY: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("file", "uploadbutton", "audio", "model3d", "timeseries"), _as_files),
    "image": _as_image,
    "video": _as_video,
    "gallery": _as_gallery,
    "annotatedimage": _as_annotated,
    "chatbot": _as_chat,
}


def _is_file(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    meta = value.get("meta")
    is_file = isinstance(meta, Mapping) and meta.get("_type") == FILE_TYPE
    return is_file and isinstance(value.get("path"), str)
