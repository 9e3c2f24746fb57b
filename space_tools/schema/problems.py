"""What is wrong with an argument, in sentences that a model can act on."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from space_tools.schema.text import one_line
from space_tools.schema.validator import Misfit

_LONGEST_VALUE = 60
_MOST_CHOICES = 20

_TYPE_WORDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}

# The words that a schema has for its own pattern.
_FORM = re.compile(r"(?i)a (date|time), as [YMDHS: -]+[YMDHS]")

Sentence = Callable[[str, Misfit], Iterator[str]]


def describe_misfits(
    name: str, misfits: Iterable[Misfit], choices: Iterable[str] = ()
) -> Iterator[str]:
    """One sentence for each part of the argument `name` that does not fit.

    `choices` are names that may be meant where one of a list is wanted.
    """
    names = list(choices)
    found = list(misfits)
    chosen = {misfit.path for misfit in found if misfit.keyword in ("enum", "const")}
    for misfit in found:
        # What a value must be one of says its type too.
        if misfit.keyword != "type" or misfit.path not in chosen:
            place = _place(name, misfit.path)
            known = _choices(place, misfit, names) if misfit.keyword == "enum" else None
            yield from known or _describe(place, misfit)


def missing(name: str) -> str:
    """The sentence for an argument that must be given."""
    return f"`{name}` is required"


def unknown(name: str, known: Sequence[str]) -> str:
    """The sentence for an argument that is no parameter, with the one that may be meant."""
    return f"`{one_line(name, _LONGEST_VALUE)}` is not a parameter{_suggest(name, known, '`')}"


def not_a_file(name: str, where: str, source: str) -> str:
    """The sentence for a string, at `where` in the argument `name`, that leads to no file."""
    return f"`{name}{where}` must be an http(s) URL, got {show(source)}"


def not_json(name: str) -> str:
    """The sentence for an argument that JSON cannot say."""
    return f"`{name}` must be JSON, without NaN, infinities, lone surrogates or endless nesting"


def show(value: Any) -> str:
    """A value as JSON, cut to a length that fits a sentence; arrays and objects by their kind."""
    if isinstance(value, str):
        return json.dumps(one_line(value, _LONGEST_VALUE), ensure_ascii=False)
    if isinstance(value, list | dict):
        return _TYPE_WORDS["array" if isinstance(value, list) else "object"]
    try:
        return one_line(json.dumps(value), _LONGEST_VALUE)
    except (TypeError, ValueError):
        return f"a Python {type(value).__name__}"


def _show_with_type(value: Any) -> str:
    if isinstance(value, str):
        return f"the string {show(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {show(value)}"
    return show(value)


def _describe(place: str, misfit: Misfit) -> Iterator[str]:
    return _SENTENCES.get(misfit.keyword, _unfit)(place, misfit)


def _place(name: str, path: Sequence[str | int]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{one_line(step, 40)}" for step in path]
    return name + "".join(steps)


def _suggest(given: str, known: Sequence[str], quote: str) -> str:
    # Comparing long texts is slow and finds nothing.
    if len(given) > _LONGEST_VALUE:
        return ""
    spelt = {one_line(name, _LONGEST_VALUE).casefold(): name for name in reversed(known)}
    from difflib import get_close_matches  # rarely needed

    close = get_close_matches(given.casefold(), spelt, n=1)
    meant = one_line(spelt[close[0]], _LONGEST_VALUE) if close else ""
    return f"; did you mean {quote}{meant}{quote}?" if meant else ""


def _types(place: str, misfit: Misfit) -> Iterator[str]:
    yield f"`{place}` must be {_type_words(misfit.expected)}, got {_show_with_type(misfit.value)}"


def _type_words(types: str | Sequence[str]) -> str:
    return _either([_TYPE_WORDS[name] for name in ([types] if isinstance(types, str) else types)])


def _either(words: Iterable[str]) -> str:
    *rest, last = dict.fromkeys(words)
    return f"{', '.join(rest)} or {last}" if rest else last


def _choices(place: str, misfit: Misfit, names: Sequence[str] = ()) -> Iterator[str]:
    values = misfit.expected
    listed = ", ".join(show(value) for value in values[:_MOST_CHOICES])
    if len(values) > _MOST_CHOICES:
        listed += f", … ({len(values)} in all)"
    strings = [*(value for value in values if isinstance(value, str)), *names]
    given = misfit.value if isinstance(misfit.value, str) else ""
    close = _suggest(given, strings, '"')
    yield f"`{place}` must be one of {listed}, got {show(misfit.value)}{close}"


def _bound(words: str) -> Sentence:
    def describe(place: str, misfit: Misfit) -> Iterator[str]:
        yield f"`{place}` must be {words} {show(misfit.expected)}, got {show(misfit.value)}"

    return describe


def _length(words: str) -> Sentence:
    def describe(place: str, misfit: Misfit) -> Iterator[str]:
        yield f"`{place}` must {words.format(misfit.expected)}, got {len(misfit.value)}"

    return describe


def _pattern(place: str, misfit: Misfit) -> Iterator[str]:
    # Patterns are our own, and the words for each are in the description beside it.
    words = one_line(misfit.schema.get("description"), 200)
    wanted = _FORM.search(words)
    shown = f"{wanted[0][0].lower()}{wanted[0][1:]}" if wanted else "as its description says"
    yield f"`{place}` must be {shown}, got {_show_with_type(misfit.value)}"


def _missing_properties(place: str, misfit: Misfit) -> Iterator[str]:
    yield from (missing(f"{place}.{name}") for name in misfit.expected if name not in misfit.value)


def _unknown_properties(place: str, misfit: Misfit) -> Iterator[str]:
    known = list(misfit.schema.get("properties", {}))
    extra = [name for name in misfit.value if name not in known]
    for name in extra[:_MOST_CHOICES]:
        shown = one_line(name, _LONGEST_VALUE)
        yield f"`{place}.{shown}` is not a property{_suggest(shown, known, '`')}"


def _alternatives(place: str, misfit: Misfit) -> Iterator[str]:
    """One sentence: of the only alternative of the value's own type, else of all their types."""
    depth = len(misfit.path)
    near = [
        branch
        for branch in misfit.branches
        if not any(inner.keyword == "type" and len(inner.path) == depth for inner in branch)
    ]
    if len(near) == 1:
        inner = near[0][0]
        yield from list(_describe(_place(place, inner.path[depth:]), inner))[:1]
        return
    words = [_branch_words(branch) for branch in misfit.expected]
    yield f"`{place}` must be {_either(words)}, got {_show_with_type(misfit.value)}"


def _branch_words(branch: dict[str, Any]) -> str:
    return _type_words(branch["type"]) if "type" in branch else "as its schema says"


def _unfit(place: str, misfit: Misfit) -> Iterator[str]:
    expected = f"{misfit.keyword}: {show(misfit.expected)}"
    yield f"`{place}` must fit its schema ({expected}), got {_show_with_type(misfit.value)}"


_SENTENCES: dict[str, Sentence] = {
    "type": _types,
    "enum": _choices,
    "const": _bound("exactly"),
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "multipleOf": _bound("a multiple of"),
    "minLength": _length("be at least {} characters long"),
    "maxLength": _length("be at most {} characters long"),
    "pattern": _pattern,
    "minItems": _length("have at least {} items"),
    "maxItems": _length("have at most {} items"),
    "required": _missing_properties,
    "additionalProperties": _unknown_properties,
    "anyOf": _alternatives,
}
