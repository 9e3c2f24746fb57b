"""Files that an app puts into its answer itself, as `data:` URLs. Pure."""

import re
from collections.abc import Callable, Mapping
from mimetypes import MimeTypes
from typing import Any

from space_tools.gradio.file_data import FILE_TYPE

_DATA_URL = re.compile(r"data:([\w.+-]{1,99}/[\w.+-]{1,99})[\w=;.+-]{0,99},")

_NAMES = MimeTypes()
_NAMES.add_type("image/webp", ".webp")


def mime_type_of(url: object) -> str:
    """What a `data:` URL says that it has; empty for what is no such URL."""
    match = _DATA_URL.match(url) if isinstance(url, str) else None
    return match[1] if match else ""


def name_of(url: str, stem: str = "file") -> str:
    """A name for what a `data:` URL has."""
    return stem + (_NAMES.guess_extension(mime_type_of(url)) or "")


def with_files(component: str, value: Any) -> Any:
    """An output of a component, with each `data:` URL that stands for a file made a file."""
    return _WITH_FILES.get(component, _as_is)(value)


def _as_is(value: Any) -> Any:
    return value


def _file(value: Any, stem: str = "file") -> Any:
    kind = mime_type_of(value)
    if not kind:
        return value
    meta = {"_type": FILE_TYPE}
    name = name_of(value, stem)
    return {"path": None, "url": value, "orig_name": name, "mime_type": kind, "meta": meta}


def _plot(value: Any) -> Any:
    """Matplotlib's plots are pictures; those of other libraries are JSON."""
    if not isinstance(value, Mapping) or "plot" not in value:
        return value
    return {**value, "plot": _file(value["plot"], "plot")}


_WITH_FILES: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("audio", "downloadbutton", "file", "image", "model3d", "video"), _file),
    **dict.fromkeys(("barplot", "bokehplot", "lineplot", "plot", "scatterplot"), _plot),
}
