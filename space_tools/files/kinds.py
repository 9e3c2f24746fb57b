"""What kind of file it is: its MIME type, from its first bytes and its name. Pure.

A sender's word is not taken for it: what shows as a picture must begin like one.
"""

from mimetypes import MimeTypes

HEAD = 64
"""Bytes at the beginning that are looked at."""

UNKNOWN = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument"

_MORE_TYPES = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".flac": "audio/flac",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".jsonl": "application/jsonl",
    ".m4a": "audio/mp4",
    ".md": "text/markdown",
    ".obj": "model/obj",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".ply": "model/ply",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".srt": "application/x-subrip",
    ".stl": "model/stl",
    ".toml": "application/toml",
    ".vtt": "text/vtt",
    ".wav": "audio/wav",
    ".webp": "image/webp",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}

# Not the system's table, which differs from machine to machine.
_NAMES = MimeTypes()
for _suffix, _type in _MORE_TYPES.items():
    _NAMES.add_type(_type, _suffix)

_BEGINNINGS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"glTF", "model/gltf-binary"),
)
"""Where in a file, what stands there, and what kind it then is; the first that fits."""

_CONTAINERS: tuple[tuple[bytes, str], ...] = (
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"BM", "image/bmp"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
"""Beginnings of more than one kind of file: the name, if it says something, says which."""

_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


def kind_of(head: bytes, name: str, claimed: str = "") -> str:
    """The MIME type of a file that begins with `head` (`HEAD` bytes, or all there are).

    `claimed`, the sender's word, counts only where neither beginning nor name tells.
    """
    for offset, beginning, kind in _BEGINNINGS:
        if head.startswith(beginning, offset):
            return kind
    told = kind_of_name(name)
    for beginning, kind in _CONTAINERS:
        if head.startswith(beginning):
            return told or kind
    guess = told or _plain(claimed)
    return UNKNOWN if guess in _PICTURES or not guess else guess


def kind_of_name(name: str) -> str:
    """The MIME type that a file's name tells; empty if it tells none."""
    kind, encoding = _NAMES.guess_type("file:///" + name.replace("\\", "/").rpartition("/")[2])
    return "application/gzip" if encoding == "gzip" else kind or ""


def suffix_of(mime_type: str) -> str:
    """The usual suffix of a kind of file, with its dot; empty if there is none."""
    return "" if mime_type == UNKNOWN else _NAMES.guess_extension(_plain(mime_type)) or ""


def is_text(mime_type: str) -> bool:
    """Whether files of that kind are text."""
    return (
        mime_type.startswith("text/")
        or mime_type.endswith(("+json", "+xml", "/json", "/xml", "/yaml", "/toml"))
        or mime_type in {"application/javascript", "application/jsonl", "application/x-subrip"}
    )


def _plain(mime_type: str) -> str:
    plain = mime_type.partition(";")[0].strip().lower()
    return plain if plain.count("/") == 1 and plain.isascii() and plain.isprintable() else ""
