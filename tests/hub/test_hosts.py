"""A Space is talked to, with its caller's token, only where its Hub may place it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import HubError
from space_tools.hub.api import DEFAULT_ENDPOINT
from space_tools.hub.spaces import parse_host

OWN = "https://owner-name.hf.space"
PRIVATE_HUB = "https://hub.example.com"
LOOPBACK_HUB = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("host", "subdomain", "origin"),
    [
        (OWN, "owner-name", OWN),
        ("https://owner-name-dev.hf.space/", None, "https://owner-name-dev.hf.space"),
        (None, None, OWN),
        (None, "owner-name-2", "https://owner-name-2.hf.space"),
        # A custom domain is its owner's, who may point it anywhere.
        ("https://demo.example.com", "owner-name", OWN),
        ("http://owner-name.hf.space", "owner-name", OWN),
        ("https://owner-name.hf.space:8443", "owner-name", OWN),
        ("https://hf.space.example.com", "owner-name", OWN),
        ("https://user@evil.hf.space", "owner-name", OWN),
        ("https://evil.com/.hf.space", "owner-name", OWN),
        ("file:///etc/passwd", "owner-name", OWN),
    ],
)
def test_under_the_usual_hub_it_is_a_name_of_the_hubs_own(
    host: str | None, subdomain: str | None, origin: str
) -> None:
    assert str(parse_host("owner/name", host, subdomain, endpoint=DEFAULT_ENDPOINT)) == origin


@pytest.mark.parametrize("subdomain", ["evil.com/", "evil.com#", "evil.com?", "a@evil.com/", "a b"])
def test_a_subdomain_that_is_none_is_refused(subdomain: str) -> None:
    with pytest.raises(HubError, match="names no address of owner/name"):
        parse_host("owner/name", None, subdomain, endpoint=DEFAULT_ENDPOINT)


@given(st.text(), st.text())
def test_nothing_under_the_usual_hub_leads_elsewhere(host: str, subdomain: str) -> None:
    try:
        address = parse_host("owner/name", host, subdomain, endpoint=DEFAULT_ENDPOINT)
    except HubError:
        return
    assert (address.scheme, address.port, address.path) == ("https", 443, "")
    assert address.host.endswith(".hf.space")


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        (PRIVATE_HUB, "https://demo.example.com"),
        (PRIVATE_HUB, OWN),
        (LOOPBACK_HUB, "http://127.0.0.1:7860"),
        (LOOPBACK_HUB, OWN),
    ],
)
def test_a_hub_that_the_operator_chose_may_name_any_origin(endpoint: str, host: str) -> None:
    assert str(parse_host("owner/name", host, None, endpoint=endpoint)) == host


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        (PRIVATE_HUB, "http://demo.example.com"),
        (PRIVATE_HUB, "https://demo.example.com/path"),
        (PRIVATE_HUB, "nonsense"),
        (LOOPBACK_HUB, "ftp://127.0.0.1"),
    ],
)
def test_but_no_weaker_one_than_its_own(endpoint: str, host: str) -> None:
    with pytest.raises(HubError, match="names no address"):
        parse_host("owner/name", host, None, endpoint=endpoint)
