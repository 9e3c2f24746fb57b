"""Links to files that need no header, so that a browser can follow them: signed, for a while."""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.requests import HTTPConnection

from space_tools.files.store import LIFETIME, StoredFile

LASTS = LIFETIME
"""Seconds that a link can be followed: as long as the file is kept that nobody asks for."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks links. `public_url`: where clients reach this server, if it was told.

    They are good for this process alone, so they go by its clock that nobody can set.
    """

    public_url: str | None = None
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def base_url(self, connection: HTTPConnection) -> str:
        """Where this request reached the server."""
        return self.public_url or str(connection.base_url).rstrip("/")

    def linking(self, connection: HTTPConnection) -> Callable[[StoredFile], str]:
        """What makes links for whoever sent this request."""
        base_url = self.base_url(connection)
        return lambda stored: self._link(base_url, stored)

    def is_good(self, file_id: str, expires: str, signature: str) -> bool:
        """Whether a link is one of ours, and can still be followed."""
        if not (expires.isascii() and expires.isdecimal() and len(expires) < 15):
            return False
        signed = hmac.compare_digest(self._sign(file_id, expires), signature.encode())
        return signed and int(expires) >= time.monotonic()

    def _link(self, base_url: str, stored: StoredFile) -> str:
        expires = str(int(time.monotonic() + LASTS))
        signature = self._sign(stored.id, expires).decode()
        name = quote(stored.name, safe="")
        return f"{base_url}/files/{stored.id}/{name}?expires={expires}&signature={signature}"

    def _sign(self, file_id: str, expires: str) -> bytes:
        signed = hmac.digest(self._key, f"{file_id}\n{expires}".encode(), "sha256")
        return signed.hex().encode()
