"""The `X-IP-Token` of a request: read afresh each time, passed on, and kept nowhere. Pure."""

from base64 import urlsafe_b64decode

from pydantic_core import from_json

EXPIRED = (
    "The X-IP-Token of this request had expired, so it was not passed on: the call did not count "
    "on that visitor's ZeroGPU quota."
)


def read_ip_token(given: str | None, now: float) -> tuple[str | None, str]:
    """The token to pass on, and a warning for the caller if the one given has expired.

    `now` is in seconds since 1970. What is no JWT, or does not say when it expires, is passed on
    as it is.
    """
    if not given:
        return None, ""
    expiry = _expiry(given)
    return (None, EXPIRED) if expiry is not None and expiry <= now else (given, "")


def _expiry(token: str) -> float | None:
    """The `exp` of a JWT, in seconds since 1970. Source: RFC 7519, 4.1.4."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = from_json(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    expiry = claims.get("exp") if isinstance(claims, dict) else None
    is_number = isinstance(expiry, int | float) and not isinstance(expiry, bool)
    return expiry if is_number else None
