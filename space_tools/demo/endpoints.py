"""What Studio can do, one function for each endpoint.

Their docstrings and annotations are what Gradio publishes, so they are written for the agent that
reads them as tool descriptions: one line for each argument, with its unit and limits.
"""

import json
import statistics
import time
from collections.abc import Iterator

import gradio as gr
from PIL import Image

from space_tools.demo import haiku, poster

STEP_SECONDS = 0.3  # Gradio reports progress about ten times a second: a quicker step goes unseen
WORD_SECONDS = 0.12
LARGEST = 1e100  # far from where a sum no longer fits a float


def draw_poster(
    prompt: str,
    width: float,
    height: float,
    palette: str,
    seed: int,
    progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio knows that progress is wanted
) -> Image.Image:
    """Draw a landscape poster with the prompt as its title. The same request gives the same poster.

    Args:
        prompt: Title of the poster; it also decides the shapes of the landscape.
        width: Width in pixels, from 256 to 1024 in steps of 64.
        height: Height in pixels, from 256 to 1024 in steps of 64.
        palette: Mood of the landscape: sunset (hills), ocean (waves) or forest (pines).
        seed: Any whole number; another seed gives another landscape for the same prompt.
    Returns:
        The poster as a PNG image.
    """
    if not prompt.strip():
        raise gr.Error("The prompt is empty: say what the poster is about.")
    size = {"width": round(width), "height": round(height)}  # sliders send 512 or 512.0
    canvas = poster.begin(prompt, **size, palette=palette, seed=seed)
    for done, (step, paint) in enumerate(poster.STEPS):
        progress((done, len(poster.STEPS)), desc=step, unit="steps")
        paint(canvas)
        time.sleep(STEP_SECONDS)
    return canvas.to_image()


def write_haiku(
    topic: str,
    progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio knows that progress is wanted
) -> Iterator[str]:
    """Write a haiku (5, 7 and 5 syllables) about a topic, word by word as it comes.

    Args:
        topic: A word or two in English, such as "rain" or "the last train".
    Returns:
        The haiku, three lines of text.
    """
    if not topic.strip():
        raise gr.Error("The topic is empty: name a word or two.")
    growing = list(haiku.grow(topic))
    for done, text in enumerate(growing):
        progress((done, len(growing)), desc="writing", unit="words")
        yield text
        time.sleep(WORD_SECONDS)


def describe_numbers(numbers: str) -> tuple[dict[str, float], list[list[str | float]]]:
    """Count a series of numbers and give its mean, median, minimum and maximum.

    Args:
        numbers: Numbers separated by commas or spaces ("1, 2, 3"), or a JSON list ("[1, 2, 3]").
    Returns:
        An object with count, mean, median, minimum and maximum.
        The same as a table of two columns.
    """
    series = parse_numbers(numbers)
    summary = {
        "count": len(series),
        "mean": _round(statistics.mean(series)),
        "median": _round(statistics.median(series)),
        "minimum": min(series),
        "maximum": max(series),
    }
    return summary, [[name, value] for name, value in summary.items()]


def shout(text: str, times: float, excited: bool) -> str:
    """Put a text in capitals and repeat it.

    Args:
        text: What to shout.
        times: How often, from 1 to 5.
        excited: Whether to end in exclamation marks.
    Returns:
        The text, shouted.
    """
    end = "!!!" if excited else "."
    return " ".join([text.strip().upper()] * round(times)) + end


def remember(note: str, notes: list[str]) -> tuple[str, list[str]]:
    """Add a note to those of this conversation and read all of them back, oldest first.

    Args:
        note: What to remember; an empty note only reads the others back.
    Returns:
        The notes so far, numbered, one on each line.
    """
    kept = [*notes, note.strip()] if note.strip() else notes
    lines = [f"{number}. {text}" for number, text in enumerate(kept, start=1)]
    return "\n".join(lines) or "Nothing yet.", kept


def parse_numbers(text: str) -> list[float]:
    """The numbers in `text`, at least one; raises `gr.Error`, naming the culprit, if it cannot."""
    items = _parse_list(text) if text.strip().startswith("[") else text.replace(",", " ").split()
    if not items:
        raise gr.Error("There are no numbers: give at least one, such as 1, 2, 3.")
    return [_parse_number(item) for item in items]


def _parse_list(text: str) -> list[object]:
    try:
        return list(json.loads(text, parse_int=float))
    except (ValueError, RecursionError) as error:
        raise gr.Error(f"The list is not valid JSON ({error}); write [1, 2, 3].") from error


def _parse_number(item: object) -> float:
    try:
        number = float(item) if isinstance(item, str | float) else float("nan")
    except ValueError:
        number = float("nan")
    if not abs(number) <= LARGEST:  # NaN compares false, so that it is refused too
        raise gr.Error(f"“{str(item)[:40]}” is not a number; write them like 1, 2, 3.")
    return number


def _round(number: float) -> float:
    return float(f"{number:.12g}")
