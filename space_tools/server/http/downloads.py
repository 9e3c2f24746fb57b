"""`GET /files/<id>/<name>`: a file of a result, for its owner, or whoever was given the link."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from space_tools.files.problems import FileProblem
from space_tools.files.store import SCHEME, FileStore, StoredFile
from space_tools.server.http.identity import access_of, principal_of
from space_tools.server.http.links import Links

SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/")
"""What a browser may show. Others, which may carry scripts, are for saving only."""

HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "private, no-store",
}
"""An app made the file: nothing in it may run, as a page of this server least of all."""


class Downloads:
    """Gives out files. A link that is not good, and a file that is not there, look alike."""

    def __init__(self, store: FileStore, links: Links) -> None:
        self._store = store
        self._links = links

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stored = self._find(Request(scope))
        try:
            if stored is None:
                raise FileProblem("is not there")
            with self._store.reading(stored):
                await self._respond(stored)(scope, receive, send)
        except FileProblem:
            gone = "There is no such file here, or no longer.\n"
            await PlainTextResponse(gone, 404, headers=HEADERS)(scope, receive, send)

    def _find(self, request: Request) -> StoredFile | None:
        file_id, query = request.path_params["file_id"], request.query_params
        if self._links.is_good(file_id, query.get("expires", ""), query.get("signature", "")):
            return self._store.get(file_id)
        return self._store.find(SCHEME + file_id, principal_of(access_of(request)))

    def _respond(self, stored: StoredFile) -> FileResponse:
        shown = "inline" if stored.mime_type.startswith(SHOWN) else "attachment"
        name = quote(stored.name, safe="")
        return FileResponse(
            self._store.path_of(stored),
            media_type=stored.mime_type,
            headers={**HEADERS, "content-disposition": f"{shown}; filename*=UTF-8''{name}"},
        )
