"""What is secret does not get into a log, whatever stands around it; the rest does, unchanged."""

import logging
import string
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.cli.logs import TextLines
from space_tools.cli.redaction import FORMS, HIDDEN, Redactor
from space_tools.credentials import Credentials
from space_tools.egress.http import Http, Profile
from space_tools.egress.policy import parse_address
from space_tools.gradio.app import GradioApp
from space_tools.gradio.login import log_in
from tests.gradio.calling import call
from tests.gradio_server import RunningApp

redact = Redactor()

LOGIN = "user", "pass"

ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"
TOKEN68 = ALNUM + "-._~+/"
PIECE = 10
"""Characters in a row of a secret that nobody must see."""


def secret_of(alphabet: str, size: int = 34) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=size, max_size=size + 10)


def in_form(form: str, secret: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, str]]:
    """(how it stands there, the secret)."""
    return secret.map(lambda value: (form.format(value), value))


JWT = st.tuples(*(secret_of(URLSAFE, 20) for _ in range(3))).map(".".join)

KNOWN = st.one_of(
    in_form("hf_{}", secret_of(ALNUM)),
    in_form("hf_oauth_{}", secret_of(URLSAFE)),
    in_form("eyJ{}", JWT),
    *(
        in_form(form, secret_of(TOKEN68))
        for form in (
            "Bearer {}",
            "authorization: Bearer {}",
            "Authorization: Basic {}",
            "X-HF-Authorization: Bearer {}",
            "X-IP-Token: {}",
            "'x-ip-token': '{}'",
            "(b'x-ip-token', b'{}')",
            '{{"x-ip-token": "{}"}}',
            '{{\\"x-ip-token\\": \\"{}\\"}}',
            "Cookie: access-token-unsecure={}; theme=dark",
            "Set-Cookie: access-token={}; HttpOnly; Path=/",
            "Mcp-Session-Id: {}",
            "token='{}'",
            "hf_token={}",
            '{{"password": "{}"}}',
            "https://bucket.example/f.png?x=1&signature={}&y=2",
            "https://bucket.example/f.png?X-Amz-Signature={}",
            "https://bucket.example/f.png?X-Amz-Security-Token={}&X-Amz-Date=1",
            "https://bucket.example/f.png?sig={}",
        )
    ),
    in_form("https://owner-name.hf.space/?__sign={}", secret_of(URLSAFE)),
    in_form("/gradio_api/queue/data?session_hash={}", secret_of(ALNUM)),
    in_form("/gradio_api/heartbeat/{} HTTP/1.1", secret_of(ALNUM)),
    in_form(
        "Rejecting request for session {}: unknown",
        st.text("0123456789abcdef", min_size=32, max_size=32),
    ),
    in_form('{{"data": [], "session_hash": "{}"}}', secret_of(ALNUM)),
    in_form("{{'x': 1, 'session': '{}'}}", secret_of(URLSAFE)),
    in_form("https://user:{}@host.example/path", secret_of(ALNUM + "-._~!$%*+,;=:@")),
)

LURES = st.sampled_from(
    [
        *("token=", "bearer ", "Bearer", "cookie", "x-ip-token", "https://", "a@b", "hf_", "eyJ"),
        *("session_hash=abc", "eyJhbGciOiJIUzI1NiJ9.", "&", ";", ",", " ", "\n", "=", ":", "/"),
        *("{", "}", "(", ")", "%20", "signature", "[hidden]", "/heartbeat/", "hf_oauth_", "."),
    ]
)
AROUND = st.one_of(st.text(), st.lists(LURES).map("".join))


@given(AROUND, KNOWN, AROUND)
def test_no_secret_of_a_known_form_survives(
    before: str, secret: tuple[str, str], after: str
) -> None:
    stands, value = secret
    left = redact(before + stands + after)
    pieces = {value[at : at + PIECE] for at in range(len(value) - PIECE + 1)}
    assert [piece for piece in pieces if piece in left and piece not in before + after] == []


@pytest.mark.parametrize("times", [1, 2, 3])
@given(KNOWN)
def test_none_survives_that_is_percent_encoded(times: int, secret: tuple[str, str]) -> None:
    encoded, value = secret
    for _ in range(times):
        encoded = quote(encoded, safe="")
    left = redact(f"GET https://host.example/path?next={encoded} HTTP/1.1")
    assert not any(value[at : at + PIECE] in left for at in range(len(value) - PIECE + 1))


def test_what_is_encoded_and_no_secret_stays() -> None:
    text = "GET /file=a%20b%2Fc.png?x=100%25 100% of %7B%22a%22%3A1%7D"
    assert redact(text) == text


@given(st.text())
def test_text_without_such_forms_is_unchanged(text: str) -> None:
    if not any(form.words.search(text.lower()) for form in FORMS):
        assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "call tool=art_paint space=owner/name caller=110b3b72570b outcome=done total_ms=290.8",
        "call tool=a space=http://127.0.0.1:7860 caller=0 request_id=56ddc7ff25a3c1c0",
        "art: 3 tools",
        "art: http://127.0.0.1:7860 wants a login; set SPACE_TOOLS_AUTH_ART to user:password",
        "hf_hub_download, hf_transfer and hf_xet_get_progress are names",
        "max_tokens=5, design=modern, resign=no, author=me",
        "https://medium.com/@someone and mail to me@host.example",
        "GET https://owner-name.hf.space/gradio_api/info?all_endpoints=true",
        "the token is missing: log in with `hf auth login`",
        "arguments request_id=1 {'prompt': 'a key, a lock', 'sessions': 3, 'signs': 'none'}",
    ],
)
def test_ordinary_lines_are_unchanged(text: str) -> None:
    assert redact(text) == text


def test_what_is_beside_a_secret_stays() -> None:
    headers = "{'x-ip-token': 'abc', 'cookie': 'a=\"b\"; c=d', 'x': 'hello'}"
    assert redact(headers) == f"{{'x-ip-token': '{HIDDEN}', 'cookie': '{HIDDEN}', 'x': 'hello'}}"
    assert redact("POST /join?session_hash=a&y=1") == f"POST /join?session_hash={HIDDEN}&y=1"


def test_named_secrets_go_too() -> None:
    named = Redactor()
    named.hide("open sesame", "pass", "abc", "", None, "a/long?secret&indeed")
    text = "pass the open sesame, passage abc; q=a%2Flong%3Fsecret%26indeed a/long?secret&indeed"
    assert named(text) == f"{HIDDEN} the {HIDDEN}, passage abc; q={HIDDEN} {HIDDEN}"


@pytest.mark.parametrize(
    "piece",
    ["token", "session_hash=", "bearer ", "://", "eyJ", "hf_", "cookie'", "'token': \\", "\\", "'"],
)
def test_no_text_takes_long(piece: str) -> None:
    for text in (piece * 4_000, "token" + piece * 4_000, piece * 4_000 + "token='"):
        began = time.perf_counter()
        redact(text)
        assert time.perf_counter() - began < 5


@contextmanager
def logged(level: int, *names: str) -> Iterator[list[str]]:
    """Every line of these loggers, as the server writes it."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Lines()
    handler.setFormatter(TextLines())
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(level)
    try:
        yield lines
    finally:
        for logger, old in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(old)


async def test_not_even_what_http_libraries_tell_of_a_call(locked_app: RunningApp) -> None:
    address = parse_address(locked_app.url)
    canaries = Credentials(hf_token="hf_canaryCanaryCanary", ip_token="canary+ip/token")
    # That of httpcore2, which tells of all it does; our own connections tell nothing.
    profile = Profile(transport=httpx2.AsyncHTTPTransport())
    with logged(logging.DEBUG, "httpx2", "httpcore2") as lines:
        async with Http(profile) as http:
            login = await log_in(http, address, LOGIN, kind="space", credentials=canaries)
            app = await GradioApp.connect(http, address, kind="space", login=login)
            [told] = await call(app, "headers", "x", credentials=canaries)
    text = "\n".join(lines)
    assert told["headers"]["x-ip-token"] == "canary+ip/token"
    assert f"(b'set-cookie', b'{HIDDEN}')" in text
    secrets = [told["session_hash"], *(crumb.split("=")[1] for crumb in cookies_of(told))]
    assert len(secrets) > 1
    assert [secret for secret in secrets if secret in text] == []
    assert "canary" not in text.lower()


def cookies_of(told: Mapping[str, Any]) -> list[str]:
    """What the app got as cookies."""
    crumbs: str = told["headers"]["cookie"]
    return crumbs.split("; ")


def test_tracebacks_and_arguments_of_records() -> None:
    with logged(logging.DEBUG, "elsewhere") as lines:
        logger = logging.getLogger("elsewhere")
        try:
            raise ValueError("GET https://me:canary@host/?token=canary")
        except ValueError:
            logger.exception("with %s and %r", "Bearer canary", {"hf_token": "canary"})
    [line] = lines
    assert "canary" not in line
    assert line.count(HIDDEN) == 6
    assert "Traceback (most recent call last)" in line
