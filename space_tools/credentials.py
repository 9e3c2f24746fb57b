"""Who a call is made for, and which of a caller's secrets each kind of host may see.

Credentials travel with each call as an argument; they are never logged, cached or stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HostKind = Literal["hub", "space", "other"]
"""`hub`: the Hub itself. `space`: a host that the Hub named, that the operator typed as an
`*.hf.space` address, or that the operator declared trusted. `other`: everything else."""

LOCAL = "local"
"""The principal of a process that serves one person: the one who started it."""

ANYONE = "anyone"
"""The principal of callers who are nobody in particular, and are not told from one another: what
they leave is found by unguessable handles alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One caller. `principal` keys everything kept for them; the tokens never show in a repr.

    `headers` (names in lower case) were given for one app alone, whatever kind of host that is,
    so credentials with some must go to no other app.
    """

    principal: str = LOCAL
    hf_token: str | None = field(default=None, repr=False)
    ip_token: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    def headers_for(self, kind: HostKind) -> dict[str, str]:
        """The headers that identify this caller to a host of that kind; no token to an `other`."""
        headers: dict[str, str] = {}
        if kind == "hub" and self.hf_token:
            headers["authorization"] = f"Bearer {self.hf_token}"
        if kind == "space" and self.hf_token:
            headers["x-hf-authorization"] = f"Bearer {self.hf_token}"
        if kind == "space" and self.ip_token:
            headers["x-ip-token"] = self.ip_token
        if kind != "hub":
            headers.update(self.headers)
        return headers


ANONYMOUS = Credentials()
