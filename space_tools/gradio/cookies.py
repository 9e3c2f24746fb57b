"""Cookies that one app set for one caller, to be sent back to it."""

from collections.abc import Mapping

from space_tools.egress.http import cookies_in

MOST = 20
"""Cookies that are kept."""

LONGEST = 4096
"""Characters that a cookie's value may have."""


class Cookies:
    """By a login, or by a load balancer: both know the caller again by them."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._values)

    def note(self, headers: Mapping[str, str]) -> None:
        """Keeps the cookies that an answer sets."""
        for name, value in cookies_in(headers).items():
            if len(value) <= LONGEST and (name in self._values or len(self._values) < MOST):
                self._values[name] = value

    def add_to(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """A request's headers with the cookies, before which those that it has already go."""
        if not self._values:
            return headers
        own = headers.get("cookie", "")
        named = {crumb.partition("=")[0].strip() for crumb in own.split(";")}
        crumbs = [f"{name}={value}" for name, value in self._values.items() if name not in named]
        return {**headers, "cookie": "; ".join(filter(None, [own, *crumbs]))}
