"""What a file is in an app's JSON. Source: `gradio.FileData`, Gradio 4 and later."""

from typing import Any

FILE_TYPE = "gradio.FileData"
"""What `meta._type` of a file is, since Gradio 4.21."""

FILE_KEYS = {"path", "url", "size", "orig_name", "mime_type"}
"""What a file has in Gradio 4.0 to 4.20, which has no `meta` yet."""


def file_at(url: str) -> dict[str, Any]:
    """A file that the app is to fetch itself, under the name that its URL ends with."""
    name = url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    return {"path": url, "orig_name": name or "file", "meta": {"_type": FILE_TYPE}}
