"""What the user wants of `serve`, once it is known from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from space_tools.config.spaces import SpaceSettings
from space_tools.config.values import INLINE_LIMIT, MAX_WAIT

HOST, PORT = "127.0.0.1", 8765


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of `space-tools serve`; `include` and `exclude` are globs of `alias/endpoint`.

    `roots`: folders that tools may read files from. `output_dir`: where results' files are saved.
    `inline_limit`: bytes. `max_wait`: seconds that a call is waited for; None: however long it
    takes. `allow_hosts`: exceptions to what URLs may lead to. `egress_proxy`: the URL of the proxy
    that they are fetched through, with its password perhaps. `discover`: tools to find and use any
    Space. `pin`: tools are refused whose definition changed since it was first seen.
    `trust_hosts`: hosts that callers' tokens may go to, beside the Hub's. `host` to `public_url`
    are about serving over HTTP. `origins` leads from a field that was given to where it was, for
    errors about it.
    """

    spaces: tuple[SpaceSettings, ...]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()
    output_dir: Path | None = None
    inline_limit: int = INLINE_LIMIT
    max_wait: float | None = MAX_WAIT
    allow_hosts: tuple[str, ...] = ()
    egress_proxy: str | None = field(default=None, repr=False)
    discover: bool = False
    pin: bool = False
    trust_hosts: tuple[str, ...] = ()
    transport: str = "stdio"
    host: str = HOST
    port: int = PORT
    auth: str = "none"
    allow_anonymous: bool = False
    public_url: str | None = None
    log_level: str = "info"
    log_format: str = "text"
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def url(self) -> str:
        """Where clients reach the server over HTTP, as far as it is known before they do."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"
