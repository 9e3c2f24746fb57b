"""The choices of a Radio, Dropdown or CheckboxGroup: what they are called and what they send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from space_tools.schema.json_values import MOST_CHOICES, distinct, is_json
from space_tools.schema.text import one_line, visible_json

_MOST_LABELS = 100
# A longer list would only fill a model's context.
_MOST_CHARACTERS = 50_000


@dataclass(frozen=True, slots=True)
class Choices:
    """`values` are what the schema lists: the app's own, without what cannot be seen.

    So a value may look plainer than the app's own (an emoji without its joiner): it is a name for
    that, and the app gets what it knows. `by_name` leads from a label or a value, as the app has
    it or as it is shown, to the value shown; `originals` from there to what the app has, where the
    two differ. `labels` are those that say more than their value. `custom`: other values are
    allowed too.
    """

    values: tuple[Any, ...]
    by_name: Mapping[str, Any]
    originals: Mapping[str, str]
    labels: Mapping[str, Any]
    custom: bool = False

    def resolve(self, given: Any) -> Any:
        """The value that `given` (a label, a value, or an array of them) stands for."""
        if isinstance(given, list):
            return [self.resolve(item) if isinstance(item, str) else item for item in given]
        return self.by_name.get(given, given) if isinstance(given, str) else given

    def original(self, shown: Any) -> Any:
        """What the app itself calls a value that `resolve` answered."""
        if isinstance(shown, list):
            return [self.original(item) if isinstance(item, str) else item for item in shown]
        return self.originals.get(shown, shown) if isinstance(shown, str) else shown


def parse_choices(props: Mapping[str, Any]) -> Choices | None:
    """The choices in a component's `props`; None if there are none, too many, or none for JSON.

    Gradio sends `[label, value]` pairs, some custom components plain values.
    """
    raw = props.get("choices")
    if not isinstance(raw, list | tuple) or len(raw) > MOST_CHOICES:
        return None
    pairs = [_pair(item) for item in raw]
    pairs = [(label, value) for label, value in pairs if is_json(value)]
    if not pairs or sum(len(repr(value)) for _, value in pairs) > _MOST_CHARACTERS:
        return None
    shown = [(one_line(label), label, visible_json(value), value) for label, value in pairs]
    strings = [(value, original) for *_, value, original in shown if isinstance(original, str)]
    plain = {original for value, original in strings if value == original}
    # Of two that look the same, the one that hides nothing is meant.
    strings = [(v, original) for v, original in strings if v == original or v not in plain]
    # A value wins over a label of the same spelling.
    by_name = {
        **{name: value for name, _, value, _ in shown},
        **{label: value for _, label, value, _ in shown},
        **{original: value for value, original in strings},
        **{value: value for value, _ in strings},
    }
    return Choices(
        values=tuple(distinct([value for *_, value, _ in shown])),
        by_name=by_name,
        originals={value: original for value, original in strings if value != original},
        labels={name: value for name, _, value, _ in shown if name != str(_spelled(value))},
        custom=props.get("allow_custom_value") is True,
    )


def values_of(props: Mapping[str, Any]) -> list[Any]:
    """The values of a component's choices, however many, but for what JSON has no plain form of."""
    raw = props.get("choices")
    pairs = map(_pair, raw) if isinstance(raw, list | tuple) else ()
    return [value for _, value in pairs if isinstance(value, str | int | float) and is_json(value)]


def describe_labels(choices: Choices) -> str:
    """Words that tell which label stands for which value, or nothing."""
    listed = list(choices.labels.items())[:_MOST_LABELS]
    told = [f"{_quoted(label)} = {_quoted(_spelled(value))}" for label, value in listed]
    return f"Labels: {'; '.join(told)}" if told else ""


def _spelled(value: Any) -> Any:
    return json.dumps(value) if value is None or isinstance(value, bool) else value


def _quoted(name: Any) -> str:
    """A name as it is, or in quotes if it could be taken for more than one."""
    text = one_line(name)
    return json.dumps(text, ensure_ascii=False) if set(text) & set(';="') else text


def _pair(item: Any) -> tuple[str, Any]:
    if isinstance(item, list | tuple) and len(item) == 2:
        return str(item[0]), item[1]
    return str(item), item
