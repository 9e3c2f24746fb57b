"""Haiku for the demo: a small grammar whose lines have 5, 7 and 5 syllables.

It stands in for a language model: it writes word by word, and the same topic always gives the same
poem. It knows nothing of Gradio.
"""

import random
import re
from collections.abc import Iterator

TOPIC_LIMIT = 60  # characters

# What may follow the topic, by the syllables that the first line still lacks.
OPENINGS: dict[int, tuple[str, ...]] = {
    0: ("",),
    1: ("waits", "hums", "sleeps", "turns"),
    2: ("again", "tonight", "at dawn", "alone"),
    3: ("before dawn", "after dark", "once again", "on the hill"),
    4: ("in the first light", "without a sound", "at the year's end", "on the far shore"),
}
SUBJECTS = ("the night wind", "an old clock", "a lone crow", "the first star", "a stray cat")
VERBS = ("forgets its name", "counts its own steps", "leans in to hear", "crosses the field")
CLOSINGS = (
    "and the moon says yes",
    "the kettle answers",
    "a door stays open",
    "the river goes on",
    "someone hums along",
    "nobody says why",
)


def compose(topic: str) -> list[str]:
    """The three lines of the haiku about `topic`; one longer than five syllables stands alone."""
    subject = " ".join(topic.split())[:TOPIC_LIMIT].strip()
    chance = random.Random(subject.casefold())
    opening = chance.choice(OPENINGS.get(5 - count_syllables(subject), OPENINGS[0]))
    return [
        f"{subject[:1].upper()}{subject[1:]} {opening}".strip(),
        f"{chance.choice(SUBJECTS)} {chance.choice(VERBS)}",
        chance.choice(CLOSINGS),
    ]


def grow(topic: str) -> Iterator[str]:
    """The haiku so far, longer by one word each time."""
    text = ""
    for line in compose(topic):
        separator = "\n" if text else ""
        for word in line.split():
            text += separator + word
            separator = " "
            yield text


def count_syllables(text: str) -> int:
    """How many syllables an English reader hears in `text`, by its vowels: right for most words."""
    return sum(_count_in_word(word) for word in re.findall(r"[a-z']+", text.lower()))


def _count_in_word(word: str) -> int:
    vowels = re.findall(r"[aeiouy]+", word)
    silent_e = word.endswith("e") and not word.endswith(("le", "ee")) and len(vowels) > 1
    return max(1, len(vowels) - silent_e)
