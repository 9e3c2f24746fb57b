"""What a client was asked to be: the arguments of its constructor, checked once. Pure."""

import base64
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from space_tools.client.files import ResultFolder
from space_tools.credentials import Credentials
from space_tools.egress.http import Profile, tls_settings
from space_tools.tools.sources import Source, parse_sources

DownloadFiles = str | os.PathLike[str] | Literal[False] | None

GivenHeaders = Mapping[str, str | bytes | None]
"""As a user gives them; `None` is for one that is not there, as on a developer's machine."""

MOST_MEMORY = 128 * 1024 * 1024
"""Bytes that a message may take: here the app's answers are its caller's own choice."""

KNOWN = (
    "auth, cookies, follow_redirects, headers, proxies, proxy, timeout, transport, trust_env and "
    "verify"
)
"""What `httpx_kwargs` takes."""

FRAMING = {"connection", "content-length", "content-type", "host", "transfer-encoding"}
"""Headers that belong to each request itself, whatever a caller says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One client's. `headers` go to its app alone, and may be changed by their user at any time;
    `folder` is `None` to leave files there."""

    source: Source
    profile: Profile
    folder: ResultFolder | None
    headers: dict[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    auth: tuple[str, str] | None = field(repr=False)
    hf_token: str | None = field(repr=False)
    oauth_token: str | None = field(repr=False)
    analytics_enabled: bool
    max_workers: int
    verbose: bool

    @property
    def credentials(self) -> Credentials:
        """Those of requests that nobody gave further headers for."""
        return credentials_with(self.hf_token, lowered(self.headers), self.cookies)


def parse_options(
    src: str,
    *,
    hf_token: str | Literal[False] | None,
    max_workers: int,
    verbose: bool,
    auth: tuple[str, str] | None,
    httpx_kwargs: Mapping[str, Any] | None,
    headers: GivenHeaders | None,
    download_files: DownloadFiles | Literal[True],
    ssl_verify: bool,
    oauth_token: str | None,
    analytics_enabled: bool,
) -> Options:
    """Raises `ConfigurationError` for a source, and `TypeError` or `ValueError` for arguments,
    that cannot be."""
    if max_workers < 1:
        raise ValueError("`max_workers` must be at least 1")
    (source,) = parse_sources([src])
    network = dict(httpx_kwargs or {})
    own = {**_basic(network.pop("auth", None)), **lowered(network.pop("headers", None))}
    return Options(
        source=source,
        headers={**own, **lowered(headers)},
        cookies=dict(network.pop("cookies", None) or {}),
        profile=_profile(network, source.address.scheme, ssl_verify),
        folder=None if download_files is False else _folder(download_files),
        auth=auth,
        hf_token=_token(hf_token, source),
        oauth_token=oauth_token,
        analytics_enabled=analytics_enabled,
        max_workers=max_workers,
        verbose=verbose,
    )


def credentials_with(
    hf_token: str | None, headers: Mapping[str, str], cookies: Mapping[str, str]
) -> Credentials:
    """One call's: `headers` have lower case names; their own `cookie` goes before the others."""
    crumbs = [headers["cookie"]] if headers.get("cookie") else []
    crumbs += [f"{name}={value}" for name, value in cookies.items()]
    cookie = {"cookie": "; ".join(crumbs)} if crumbs else {}
    return Credentials(hf_token=hf_token, headers={**headers, **cookie})


def lowered(headers: GivenHeaders | None) -> dict[str, str]:
    """Headers by lower case name, without those that belong to each request itself.

    Raises `TypeError` for a value that no header can have.
    """
    named = {
        name.lower(): _text(name, value)
        for name, value in (headers or {}).items()
        if value is not None
    }
    return {name: value for name, value in named.items() if name not in FRAMING}


def _text(name: str, value: str | bytes) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise TypeError(f"the header {name} must be a text, not a value of {type(value).__name__}")
    return value


def share_tls(options: Options, settings: Callable[[], ssl.SSLContext]) -> Options:
    """The same with shared TLS settings, if it needs any and has none of its own."""
    if options.source.address.scheme != "https" or options.profile.tls is not None:
        return options
    return replace(options, profile=replace(options.profile, tls=settings()))


def _token(given: str | Literal[False] | None, source: Source) -> str | None:
    return saved_token(given) if given is not None or source.kind == "space" else None


def saved_token(given: str | Literal[False] | None) -> str | None:
    """The token that was given, else the one saved on this machine, unless that is refused."""
    if given is not None:
        return given or None
    from huggingface_hub import get_token

    return get_token()


def _folder(given: str | os.PathLike[str] | Literal[True] | None) -> ResultFolder:
    if given is None or given is True:
        return ResultFolder(None)
    path = Path(given)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is not a folder")
    return ResultFolder(path)


def _basic(auth: tuple[str, str] | None) -> dict[str, str]:
    if auth is None:
        return {}
    if not isinstance(auth, tuple) or len(auth) != 2:
        raise TypeError("`auth` in httpx_kwargs must be (user, password)")
    encoded = base64.b64encode(":".join(auth).encode()).decode()
    return {"authorization": f"Basic {encoded}"}


def _profile(network: dict[str, Any], scheme: str, ssl_verify: bool) -> Profile:
    chosen: dict[str, Any] = {}
    verify = network.pop("verify", True)
    if isinstance(verify, ssl.SSLContext):
        chosen["tls"] = verify
    elif not (ssl_verify and verify):
        chosen["tls"] = tls_settings(verify=False)
    chosen["transport"] = network.pop("transport", None)
    chosen["proxy"] = _proxy(network.pop("proxy", None), network.pop("proxies", None), scheme)
    chosen["trust_env"] = network.pop("trust_env", True)
    network.pop("follow_redirects", None)  # those of files are followed in any case, no others
    if "timeout" in network:
        chosen.update(_timeouts(network.pop("timeout")))
    if network:
        raise TypeError(f"httpx_kwargs takes {KNOWN}, not {', '.join(sorted(network))}")
    return Profile(memory=MOST_MEMORY, **chosen)


def _proxy(proxy: Any, proxies: Any, scheme: str) -> str | None:
    if isinstance(proxies, Mapping):
        keys = (f"{scheme}://", scheme, "all://", "all")
        proxies = next((proxies[key] for key in keys if proxies.get(key)), None)
    given = proxy or proxies
    return None if given is None else str(getattr(given, "url", given))


def _timeouts(given: Any) -> dict[str, float | None]:
    """Seconds for all, (connect, read, …), or an object with such attributes, as httpx has it."""
    if given is None or isinstance(given, int | float):
        connect = read = given
    elif isinstance(given, tuple) and len(given) >= 2:
        connect, read = given[:2]
    elif hasattr(given, "connect") and hasattr(given, "read"):
        connect, read = given.connect, given.read
    else:
        raise TypeError("`timeout` must be seconds, None or a timeout of httpx")
    return {"connect_timeout": connect, "read_timeout": read}
