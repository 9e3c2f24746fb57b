"""Third-party text made safe for its reader, a language model or a terminal.

Whatever an app says of itself (titles, labels, choices, errors) was written by a stranger, so it
passes through here before it is shown: nothing invisible, nothing that moves a cursor, nothing
endless.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

# Escape sequences of ECMA-48: CSI; then OSC, DCS, SOS, PM and APC up to their terminator (or, if
# it is missing, up to the end of the line); then the short ones.
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)
_CONTROL_ONES = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_CONTROLS = re.compile(f"[{_CONTROL_ONES}]")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")

# Unicode's Default_Ignorable_Code_Point, but for those that are of category Cf anyway.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
# Those that begin with an escape: text that was decoded wrongly is full of the others' beginnings.
_ESCAPED = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
)
# Format and default-ignorable characters without a use in the writing of any language: zero-width
# blanks, overrides of direction, fillers, annotations, tags; and lone surrogates.
_HIDDEN_ONES = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_HIDDEN_ONES}]")
# An emoji has two of these in a row, and no script more.
_SMUGGLING = "\u061c\u180b-\u180d\u180f\u200c-\u200f\ufe00-\ufe0f"
_SMUGGLED = re.compile(f"[{_SMUGGLING}]{{3,}}")
# What `legible` may have to look at more closely; nearly no text has any of it.
_SUSPECT = re.compile(rf"[{_CONTROL_ONES}{_HIDDEN_ONES}{_SMUGGLING}]")
_ASCII_SUSPECTS = tuple(filter(_CONTROLS.match, map(chr, range(128))))
# How Gradio marks a text that the browser translates; the key says what it is about.
_TRANSLATED = re.compile(r'__i18n__\{[^{}]*"key":\s*"(?:[^"{}]*\.)?([^".{}]+)"\}')
# What Gradio calls a component that has no label of its own.
_PLACEHOLDER_LABEL = re.compile(r"(parameter|value)_\d+")

_UNSEEN_CATEGORIES = frozenset({"Cf", "Cs"})

# Text longer than this many times its limit is cut before it is cleaned, so that the work is
# bounded by what is wanted, not by what was sent.
_SLACK = 64


def visible(text: str) -> str:
    """`text` without what its reader cannot see; layout is kept.

    Gone are ANSI escape sequences, C0 and C1 controls (but for newline and tab), lone surrogates,
    and every format or default-ignorable character. Joiners and variation selectors of emoji and
    some scripts are among these: text may look plainer, but cannot hide anything.
    """
    if not text.isascii():
        text = _IGNORABLE.sub("", text)
        text = "".join(c for c in text if unicodedata.category(c) not in _UNSEEN_CATEGORIES)
    text = _LINE_ENDS.sub("\n", text)
    return _CONTROLS.sub("", _ANSI.sub("", text))


def legible(text: str) -> str:
    """`text` without what could only hide something in it: what results are given as.

    Unlike `visible` it keeps every line end, and the joiners, marks and variation selectors that
    scripts and emoji need; but of those no run so long that it could spell out a message.
    """
    if _is_plain(text):
        return text
    text = _CONTROLS.sub("", _ESCAPED.sub("", text))
    return _SMUGGLED.sub("", _HIDDEN.sub("", text))


def _is_plain(text: str) -> bool:
    """Whether it has no character that `legible` could take out. Texts may be of megabytes."""
    if not text.isascii():
        return _SUSPECT.search(text) is None
    # Eight times as fast, one after the other, as to look for any of them.
    return not any(suspect in text for suspect in _ASCII_SUSPECTS)


def visible_json(value: Any) -> Any:
    """A JSON value with `visible` applied to every string and key in it."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(str(key)): visible_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [visible_json(item) for item in value]
    return value


def clean(text: object, limit: int = 1000) -> str:
    """Third-party text of at most `limit` characters, safe to show.

    What `visible` keeps, with runs of blank lines made one, ends stripped, and a cut marked "…".
    `None` is empty; anything else that is no string is shown as Python would.
    """
    lines = [line.rstrip() for line in _bounded(text, limit).split("\n")]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return _cut("\n".join(kept).strip(), limit)


def one_line(text: object, limit: int = 200) -> str:
    """`clean`, with every run of white space made one space."""
    return _cut(" ".join(_bounded(text, limit).split()), limit)


def own_label(text: object, limit: int = 200) -> str:
    """A label on one line; empty if it is only what Gradio puts where there is none."""
    label = one_line(text, limit)
    return "" if _PLACEHOLDER_LABEL.fullmatch(label) else label


def _bounded(text: object, limit: int) -> str:
    whole = "" if text is None else text if isinstance(text, str) else str(text)
    bounded = whole[: limit * _SLACK]
    # Once cleaned, a text may look like a mark that it was not.
    return _TRANSLATED.sub(lambda mark: mark[1].replace("_", " "), visible(bounded))


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1].rstrip()}…"
