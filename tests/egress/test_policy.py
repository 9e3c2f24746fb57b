"""An address is what a person meant, or it is refused with a reason."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.egress.policy import Address, follow, parse_address
from space_tools.errors import ConfigurationError, TransferError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:7860", Address("http", "127.0.0.1", 7860)),
        ("http://127.0.0.1:7860/", Address("http", "127.0.0.1", 7860)),
        ("  https://host.example  ", Address("https", "host.example", 443)),
        ("https://host.example/sub/path/", Address("https", "host.example", 443, "/sub/path")),
        ("https://host.example?x=1#y", Address("https", "host.example", 443)),
        ("https://host.example/a?x=1#y", Address("https", "host.example", 443, "/a")),
        ("HTTP://HOST.example:80", Address("http", "host.example", 80)),
        ("https://host.example.:443", Address("https", "host.example", 443)),
        ("http://[::1]:7860", Address("http", "::1", 7860)),
        ("http://host:", Address("http", "host", 80)),
        ("http://host/ü b", Address("http", "host", 80, "/%C3%BC%20b")),
        ("http://host/%C3%BC", Address("http", "host", 80, "/%C3%BC")),
        ("https://bücher.example", Address("https", "bücher.example", 443)),
    ],
)
def test_an_address_is_parsed(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("http", "host", 80), "http://host"),
        (Address("http", "host", 443), "http://host:443"),
        (Address("https", "host", 443, "/a"), "https://host/a"),
        (Address("http", "::1", 7860), "http://[::1]:7860"),
    ],
)
def test_an_address_is_written_as_short_as_can_be(address: Address, text: str) -> None:
    assert str(address) == text
    assert address.origin == text.removesuffix(address.path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not an http"),
        ("host:7860", "not an http"),
        ("ftp://host", "not an http"),
        ("file:///etc/passwd", "not an http"),
        ("javascript:alert(1)", "not an http"),
        ("//host", "not an http"),
        ("http://", "no host"),
        ("http:///path", "no host"),
        ("http://.", "no host"),
        ("http://a%2eb", "no host"),
        ("http://[fe80::1%25eth0]", "no host"),
        ("http://a b", "no host"),
        ("http://a\\b", "no host"),
        *((f"http://a{c}b", "no host") for c in '%<>^|"`{};,\u200b\u00a0\x7f'),
        ("http://[v1.a:b]", "no host"),
        ("http://a]b", "not a URL"),
        ("http://[::1]b", "not a URL|no host"),
        ("http://[::1].b", "not a URL|no host"),
        ("http://b[::1]", "not a URL|no host"),
        ("http://[::1]b:80", "not a URL|no host"),
        ("http://b[::1]:80", "not a URL|no host"),
        ("http://[]", "not a URL|no host"),
        ("http://host:0", "no host"),
        ("http://host:99999", "not a URL"),
        ("http://host:port", "not a URL"),
        ("http://[::1", "not a URL"),
        ("http://user@host", "user name or a password"),
        ("http://user:secret@host", "user name or a password"),
        ("http://:secret@host", "user name or a password"),
        ("http://@host", "user name or a password"),
    ],
)
def test_what_is_no_plain_address_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as raised:
        parse_address(text)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "http://a..b",
        "http://.a",
        f"http://{'a' * 64}.example",
        "http://\u2603..example",
        "http://host/\ud800",
        "http://ho\ud800st",
    ],
)
def test_what_no_name_server_could_be_asked_for_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_address(text)


ANYTHING = st.text(st.characters(codec=None), max_size=40)
HOSTS = st.sampled_from(["host", "a.b", "127.0.0.1", "[::1]", "ü.example", "a.b."]) | ANYTHING
ADDRESSES = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp", ""]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":7860", ":", ":0", ":x"]),
    st.text(string.printable, max_size=10).map("/".__add__) | ANYTHING,
)


@given(ANYTHING | ADDRESSES)
def test_any_text_is_an_address_that_stays_the_same_or_is_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except ConfigurationError:
        return
    assert str(parse_address(str(address))) == str(address)
    assert parse_address(str(address)) == address
    assert address.scheme in ("http", "https")
    assert 0 < address.port < 65536
    assert not set(address.origin) & set("@?#% \n\t")
    assert not set(address.path) & set("?# \n\t")


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("https://host/a/b?c", "d", "https://host/a/d"),
        ("https://host/a/b?c", " /d ", "https://host/d"),
        ("https://host/a", "https://other/b?c", "https://other/b?c"),
        ("https://host/a", "//other/b", "https://other/b"),
        ("http://host/a", "https://host/a", "https://host/a"),
        ("http://host/a", "http://other", "http://other"),
        ("HTTPS://host/a", "b", "https://host/b"),
    ],
)
def test_a_redirect_leads_to_a_url(url: str, location: str, target: str) -> None:
    assert follow(url, location) == target


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://host/a", ""),
        ("https://host/a", "  "),
        ("https://host/a", "http://host/a"),
        ("HTTPS://host/a", "http://host/a"),
        ("https://host/a", "HTTP://host/a"),
        ("https://host/a", "file:///etc/passwd"),
        ("https://host/a", "http://["),
        ("https://host/a", "//["),
    ],
)
def test_a_redirect_to_nowhere_or_to_less_security_is_an_error(url: str, location: str) -> None:
    with pytest.raises(TransferError, match="it was redirected"):
        follow(url, location)
