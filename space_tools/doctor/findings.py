"""What an examination found, and what to do about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from space_tools.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectError,
    HubUnavailable,
    NotAGradioApp,
    ProtocolError,
    SpaceNotFound,
    SpaceToolsError,
    TransferError,
)

State = Literal["ok", "warning", "broken"]
"""`warning`: it works, but not all of it, or not at once. `broken`: it does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was looked at, what is to be said of it, and the remedy, empty if all is well."""

    what: str
    state: State
    said: str
    remedy: str = ""


NETWORK_REMEDIES: Mapping[str, str] = {
    "nothing is listening there": "start what should answer there, or correct the address",
    "its name cannot be resolved": "correct the name, or see to this machine's DNS",
    "its TLS certificate is not trusted": "if a proxy here answers with a certificate of its own, "
    "name a file with the certificate of its authority in SSL_CERT_FILE",
    "the TLS handshake failed": "try http:// if it is no TLS server; else see what stands between",
    "it did not answer in time": "allow connections to it in the firewall, or try again later",
}
"""By the reason that a connection failed for, as `egress` words it."""

_NETWORK = "see whether a firewall or a proxy stands between this machine and it"

REMEDIES: tuple[tuple[type[SpaceToolsError], str], ...] = (
    (NotAGradioApp, "name a Gradio app instead; `space-tools search` finds some"),
    (ProtocolError, "ask its owner to upgrade Gradio, or duplicate the Space and do it there"),
    (SpaceNotFound, "correct the name, or log in to an account that may see it"),
    (AuthenticationError, "log in with `hf auth login`, or set HF_TOKEN"),
    (TransferError, "try again later; if it stays so, ask the app's owner"),
    (ConfigurationError, "correct it"),
)


def found(what: str, error: SpaceToolsError, *, state: State = "broken") -> Finding:
    """What an error says, with the remedy that it names itself, or the usual one for its kind."""
    said, _, own = str(error).partition("; ")
    if isinstance(error, ConnectError | HubUnavailable):
        reasons = (remedy for reason, remedy in NETWORK_REMEDIES.items() if said.endswith(reason))
        own = next(reasons, own or _NETWORK)
    usual = (remedy for kind, remedy in REMEDIES if isinstance(error, kind))
    return Finding(what, state, said, own or next(usual, "try again later"))
