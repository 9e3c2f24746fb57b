"""`data:` URIs as files. Pure: they are decoded piece by piece, so that no second copy is held."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

from space_tools.files.problems import FileProblem

PIECE = 256 * 1024
"""Characters that are decoded at once."""

_LONGEST_HEAD = 2000
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_CUT = re.compile(r"%[0-9A-Fa-f]?\Z")


@dataclass(frozen=True, slots=True)
class DataURI:
    """The parts of `data:text/plain;name=a.txt;base64,…`; `content` is still encoded."""

    mime_type: str
    name: str
    is_base64: bool
    content: str

    def chunks(self) -> Iterator[bytes]:
        """The bytes. Raises `FileProblem` if they are not what the URI says."""
        if not self.is_base64:
            return _from_percent(self.content)
        return _from_base64(unquote(self.content) if "%" in self.content else self.content)


def parse_data_uri(text: str) -> DataURI:
    """Raises `FileProblem` for what is none.

    Source: RFC 2397; `name` (also `filename`), percent-encoded, is what hosts have made of it.
    """
    head, comma, content = text.partition(",")
    if not comma or len(head) > _LONGEST_HEAD:
        raise FileProblem("is not a data: URI, such as data:text/plain;name=a.txt;base64,aGk=")
    mime_type, *parameters = head[len("data:") :].split(";")
    named = dict(p.split("=", 1) for p in parameters if "=" in p)
    named = {key.strip().lower(): value.strip(' "') for key, value in named.items()}
    name = unquote(named.get("name", "") or named.get("filename", ""))
    is_base64 = bool(parameters) and parameters[-1].strip().lower() == "base64"
    return DataURI(mime_type.strip().lower() or "text/plain", name, is_base64, content)


def _from_base64(content: str) -> Iterator[bytes]:
    rest = ""
    for start in range(0, len(content), PIECE):
        piece = rest + _as_standard(content[start : start + PIECE])
        whole = len(piece) if start + PIECE >= len(content) else len(piece) // 4 * 4
        rest = piece[whole:]
        yield _decode(piece[:whole])


def _as_standard(piece: str) -> str:
    """Without white space, and in the alphabet that is not for URLs."""
    plain = "".join(piece.split())
    return plain.replace("-", "+").replace("_", "/")


def _decode(piece: str) -> bytes:
    padded = piece + "=" * (-len(piece) % 4)
    try:
        if not _BASE64.fullmatch(piece):
            raise binascii.Error
        return b64decode(padded, validate=True)
    except binascii.Error:
        raise FileProblem("is a data: URI whose base64 is broken") from None


def _from_percent(content: str) -> Iterator[bytes]:
    rest = ""
    for start in range(0, len(content), PIECE):
        piece = rest + content[start : start + PIECE]
        cut = _CUT.search(piece) if start + PIECE < len(content) else None
        end = cut.start() if cut else len(piece)
        rest = piece[end:]
        try:
            yield unquote_to_bytes(piece[:end])
        except UnicodeError:
            raise FileProblem("is a data: URI with what is no text") from None
