"""HTML as the text that a reader would see. Pure; nothing of it is ever run."""

import re
from html.parser import HTMLParser

from space_tools.schema.text import legible

_NO_TAG = re.compile(r"<(?!/?[A-Za-z][^<>]{0,4000}>)")
# The parser looks for the end of what has none over and over, which takes ever longer.

_UNSEEN = {"head", "iframe", "noscript", "object", "script", "style", "svg", "template", "title"}

_LINES = {
    *("address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt"),
    *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table"),
    *("tbody", "thead", "tr", "ul"),
}
"""Elements that begin and end a line."""


def to_plain(html: str) -> str:
    """What there is to read in some HTML: its text, line by line, links and pictures by name."""
    if "<" not in html and "&" not in html:
        return html
    reader = _Reader()
    reader.feed(_NO_TAG.sub("&lt;", _without_comments(html)))
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.shown).split("\n"))
    return legible("\n".join(line for line in lines if line))


def _without_comments(html: str) -> str:
    before, *comments = _DECLARED.sub("", html).split("<!--")
    return before + "".join(comment.partition("-->")[2] for comment in comments)


_DECLARED = re.compile(r"<(?:!(?!--)|\?)[^<>]*>")


class _Reader(HTMLParser):
    """Collects what is to be read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self._unseen = self._as_written = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._as_written += tag == "pre"
        given = dict(attrs)
        if tag == "a":
            self._links.append(given.get("href") or "")
        self._show("\n" * (tag in _LINES) + _BEFORE.get(tag, ""))
        if tag == "img" and given.get("alt"):
            self._show(f"[{given['alt']}]")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._as_written = max(0, self._as_written - (tag == "pre"))
        link = self._links.pop() if tag == "a" and self._links else ""
        if link.startswith(("http://", "https://")):
            self._show(f" ({link})")
        self._show("\n" * (tag in _LINES))

    def handle_data(self, data: str) -> None:
        self._show(data if self._as_written else re.sub(r"\s+", " ", data))

    def _show(self, text: str) -> None:
        if not self._unseen:
            self.shown.append(text)


_BEFORE = {"li": "- ", "td": " | ", "th": " | "}
