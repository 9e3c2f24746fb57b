"""`POST /files`: a file that its caller will name in a call, since paths mean nothing here."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from space_tools.files.incoming import Incoming
from space_tools.files.problems import FileProblem
from space_tools.files.store import FileStore, StoredFile
from space_tools.server.http.identity import access_of, principal_of

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

NAME = "upload"
"""What a file is called that comes without a name."""


PARTS = 100
"""Parts that a form may have; one of them is the file."""


class Uploads:
    """Takes one file: the body as it is, named by `?name=`, or as the first file of a form.

    Answers 201 with `{uri, name, mime_type, size}`; 400 for a broken form, 413 for a file that
    there is no room for.
    """

    def __init__(self, store: FileStore) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await _upload(self._store, Request(scope, receive))
        await response(scope, receive, send)


async def _upload(store: FileStore, request: Request) -> Response:
    owner = principal_of(access_of(request))
    try:
        with store.incoming(owner) as incoming:
            stored = await _take(request, incoming)
    except FileProblem as problem:
        return _refused(f"The file {problem}", 413)
    except BrokenForm as error:
        return _refused(str(error), 400)
    except ClientDisconnect:
        return _refused("The client has gone", 400)
    described = {
        "uri": stored.uri,
        "name": stored.name,
        "mime_type": stored.mime_type,
        "size": stored.size,
    }
    return JSONResponse(described, 201, headers={"location": stored.uri})


class BrokenForm(Exception):
    """The body is not the form that it says it is."""


async def _take(request: Request, incoming: Incoming) -> StoredFile:
    kind, parameters = parse_options_header(request.headers.get("content-type"))
    name, claimed = request.query_params.get("name", NAME), kind.decode("latin-1")
    if kind == b"multipart/form-data":
        form = _Form(parameters.get(b"boundary", b""), incoming)
        await form.read(request.stream())
        name, claimed = form.name or name, form.claimed
    else:
        async for chunk in request.stream():
            incoming.write(chunk)
    return incoming.keep(name, claimed)


class _Form:
    """Writes the first file of a form, piece by piece; what else is in it is passed over."""

    def __init__(self, boundary: bytes, incoming: Incoming) -> None:
        if not boundary:
            raise BrokenForm("The form has no boundary")
        self.name = ""
        self.claimed = ""
        self._incoming = incoming
        self._found = self._inside = False
        self._field, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._parts = 0
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._on_part,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._on_end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except ValueError:
            raise BrokenForm("The form's boundary is too long") from None

    async def read(self, stream: AsyncIterator[bytes]) -> None:
        """Raises `BrokenForm` if there is no file in it."""
        async for chunk in stream:
            try:
                self._parser.write(chunk)
            except ValueError:
                raise BrokenForm("The form is broken") from None
        if not self._found or self._inside:
            raise BrokenForm("The form has no file, or not all of it: curl -F file=@path sends one")

    def _on_part(self) -> None:
        self._parts += 1
        if self._parts > PARTS:
            raise BrokenForm(f"The form has more than {PARTS} parts")

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _on_headers(self) -> None:
        headers, self._headers = self._headers, {}
        _, disposition = parse_options_header(headers.get(b"content-disposition"))
        if b"filename" in disposition and not self._found:
            self._found = self._inside = True
            self.name = disposition[b"filename"].decode(errors="replace")
            self.claimed = headers.get(b"content-type", b"").decode("latin-1")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._incoming.write(memoryview(data)[start:end])

    def _on_end(self) -> None:
        self._inside = False


def _refused(sentence: str, status: int) -> Response:
    text = sentence if sentence.endswith(".") else f"{sentence}."
    return JSONResponse({"error": text}, status, headers={"connection": "close"})
