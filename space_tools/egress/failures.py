"""What goes wrong on the way, in the words of this program."""

import socket
import ssl
from typing import NoReturn

import httpx2

from space_tools.egress.messages import origin_of
from space_tools.errors import ConnectError, TransferError

LIBRARIES = ("httpx2", "httpcore2")
"""Whose errors have the same names: they are known by these, whichever of the two it was."""

NOT_SENT = {"ConnectError", "ConnectTimeout", "ProxyError"}
BROKEN_OFF = {"NetworkError", "RemoteProtocolError"}

REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ConnectionRefusedError, "nothing is listening there"),
    (socket.gaierror, "its name cannot be resolved"),
    (ssl.SSLCertVerificationError, "its TLS certificate is not trusted"),
    (ssl.SSLError, "the TLS handshake failed"),
    (TimeoutError, "it did not answer in time"),
)


def raise_as_ours(error: Exception, origin: str, proxy: str | None = None) -> NoReturn:
    """Raises what an error of the libraries means to a caller, and any other as it is."""
    names = _names(error)
    if names & NOT_SENT:
        via = f" through the proxy {origin_of(httpx2.URL(proxy))}" if proxy else ""
        reason = failure_reason(error)
        raise ConnectError(f"cannot connect to {origin}{via}: {reason}") from error
    if "TimeoutException" in names:
        raise TransferError(f"{origin} fell silent") from error
    if names & BROKEN_OFF:
        raise TransferError(f"{origin} broke off the connection") from error
    if "LocalProtocolError" in names or isinstance(error, UnicodeError):
        # Not chained: what cannot be sent may be a token.
        raise ConnectError(f"no such request can be sent to {origin}") from None
    raise error


def bad_certificates(error: OSError) -> str:
    """What is said of certificates, named by the environment, that cannot be read."""
    reason = "there are none" if isinstance(error, ssl.SSLError) else error.strerror
    return f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {reason}"


def _names(error: BaseException) -> set[str]:
    """What the libraries call an error, and all that it is one of."""
    kinds = type(error).__mro__
    return {kind.__name__ for kind in kinds if kind.__module__.partition(".")[0] in LIBRARIES}


def failure_reason(error: BaseException) -> str:
    """Why a connection failed, from whichever of its causes says so."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for kind, reason in REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    refused = any("ProxyError" in _names(cause) for cause in causes)
    return "it did not let the connection through" if refused else "the connection failed"
