"""Takes out of a text that is to be logged what is secret, by its form, or because it was named.

Our own lines have no secrets to begin with. But libraries tell of requests and headers, errors
name URLs, and arguments are their users'. Rather a word too many goes than one too few.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

HIDDEN = "[hidden]"

SHORTEST_NAMED = 4
"""Characters that a named secret must have: taking out shorter ones would leave no text."""

LONG_NAMED = 12
"""Characters from which on one is no word."""

HEADERS = "authorization|x-ip-token|cookie|mcp-session-id"  # x-hf-authorization, set-cookie
NAMES = (
    f"{HEADERS}|token|secret|password|passwd|signature|credential|api_?key|access_?key"
    "|session_hash|session_?id|(?<![a-z])(?:__)?sign?"
)
"""Of what is secret; names that end in one of these (`x-hf-authorization`) are such names too."""

QUOTED = r"""(?:(?P<q>["'])(?:\\.|(?!(?P=q))[^\\])*|(?P<e>\\+["'])(?:(?!(?P=e)).)*)"""
"""A value in quotes, which may be escaped themselves, up to those that close it."""

_RUN = re.compile(r"""[^\s"'<>]+""")
"""What may be encoded as a whole, as a part of a URL is."""

_REST = re.compile(re.escape(HIDDEN) + r"""%[0-9A-Fa-f]{2}[^\s&;,'"<>]*""")
"""What is left of a secret in which such characters are encoded."""

MOST_ENCODED = 3
"""Times that a text is decoded: what is in a URL may have been in another before."""

BARE = r"""[^\s&;,'"<>]"""
"""What a value without quotes is made of."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of secrets: what follows `lead` in `pattern`.

    `words`: a text has none of that form unless it has one of these, in lower case.
    """

    words: re.Pattern[str]
    pattern: re.Pattern[str]


def _hidden(found: re.Match[str]) -> str:
    parts = found.groupdict()
    return f"{parts['lead']}{parts.get('q') or parts.get('e') or ''}{HIDDEN}"


def _form(words: str, lead: str, secret: str, flags: re.RegexFlag = re.IGNORECASE) -> Form:
    pattern = re.compile(f"(?P<lead>{lead}){secret}", flags | re.DOTALL)
    return Form(re.compile("|".join(map(re.escape, words.split()))), pattern)


_ANY_NAME = (
    "authorization x-ip-token cookie session token secret passw signature credential key sig"
)

FORMS = (
    _form("://", "://", r"[^\s/?#]*(?=@)"),
    # A line of headers: all of it, since a cookie may have quotes and commas in it.
    _form(
        "authorization x-ip-token cookie mcp-session-id",
        rf"(?:{HEADERS})[ \t]*:[ \t]*",
        r"[^\r\n]+",
    ),
    # Headers as pairs, JSON, also inside of other JSON, and what Python shows of a dict.
    _form(_ANY_NAME, rf"""(?:{NAMES}|(?<=["'])session)\\*["']\s*[:,]\s*b?""", QUOTED),
    _form(
        "bearer",
        r"bearer(?:\s|%20)+",
        rf"""(?:(?!bearer|(?:{NAMES})=\\*["'])[\w.~+/=-])+""",
    ),
    # Queries of URLs, forms, keyword arguments.
    _form(_ANY_NAME, rf"(?:{NAMES})(?:=|%3d)b?", rf"(?:{BARE}*(?<=[=:(\[{{bd]){QUOTED}|{BARE}+)"),
    # As the SDK tells of an MCP session.
    _form("session", r"session(?: id)?:? ", r"[0-9a-f]{32}\b"),
    _form("heartbeat/", "/heartbeat/", rf"{BARE}+"),
    # JSON Web Tokens: base64 of '{"…', with parts after dots.
    _form("eyj", "", r"eyJ[\w-]{12,}(?:\.[\w-]*)*", re.NOFLAG),
    # Tokens of the Hub; but not hf_transfer, or any other name in small letters.
    _form("hf_", "", r"hf_(?:oauth|jwt)_[\w.~+/=-]+", re.NOFLAG),
    _form(
        "hf_",
        "",
        r"hf_(?:[A-Za-z0-9]{20,}|(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{8,})",
        re.NOFLAG,
    ),
)
"""In an order in which none takes the beginning of what another would have known."""


def _as_named(secret: str) -> str:
    """A short one, which may be a word, only where it stands alone; a long one with its tail, if
    it is the beginning of another."""
    escaped = re.escape(secret)
    return rf"(?<!\w){escaped}(?!\w)" if len(secret) < LONG_NAMED else rf"{escaped}[\w-]*"


@dataclass(slots=True)
class Redactor:
    """Called with a text, gives it without its secrets: those of known forms, and those named."""

    _named: list[re.Pattern[str]] = field(default_factory=list)

    def hide(self, *secrets: str | None) -> None:
        """From now on these go too, also as URLs have them."""
        given = {secret for secret in secrets if secret and len(secret) >= SHORTEST_NAMED}
        both = given | {quote(secret, safe="") for secret in given}
        longest_first = sorted(both, key=len, reverse=True)
        self._named += [re.compile(_as_named(secret)) for secret in longest_first]

    def __call__(self, text: str) -> str:
        text = _without_known(self._without_named(text))
        if "%" in text:
            text = _RUN.sub(self._unless_encoded, _REST.sub(HIDDEN, text))
        return text

    def _unless_encoded(self, run: re.Match[str]) -> str:
        """As it is, unless there is a secret in it once it is decoded; then none of it."""
        text = run[0]
        for _ in range(MOST_ENCODED):
            if (decoded := unquote(text)) == text:
                break
            text = decoded
            if _without_known(self._without_named(text)) != text:
                return HIDDEN
        return run[0]

    def _without_named(self, text: str) -> str:
        for secret in self._named:
            text = secret.sub(HIDDEN, text)
        return text


def _without_known(text: str) -> str:
    lowered = text.lower()
    for form in FORMS:
        if form.words.search(lowered):
            text = form.pattern.sub(_hidden, text)
    return text
