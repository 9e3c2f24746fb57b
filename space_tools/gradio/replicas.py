"""Which replica of an app answers, where an app runs on several.

A load balancer before them keeps a caller at one by a cookie; the Hub's proxy names the replica
in a header, and has its files under a path of their own. Learned from documentation and the
sources of other clients; no such Space was at hand to try it on.
"""

import re
from collections.abc import Mapping


def replica_in(headers: Mapping[str, str]) -> str:
    """The name of the replica that answered; empty if it is the only one."""
    match = re.fullmatch(r"[A-Za-z0-9]+-([A-Za-z0-9]+)", headers.get("x-proxied-replica", ""))
    return match[1] if match else ""
