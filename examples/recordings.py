"""Record what the commands print, from real runs, as pictures for README.

python examples/recordings.py [NAME …]
"""

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).with_name("recordings")
WIDTH = 92

RECORDINGS = {
    "demo": ["space-tools demo --output-dir ."],
    "commands": [
        'space-tools call {url} /poster prompt="Northern lights" --output-dir .',
        "space-tools call {url} /statistics numbers='3, 1, 4, 1, 5' --json",
        "space-tools view-api {url}",
    ],
}
"""Recording → the commands that are seen in it, one after another; `url` is that of a small app."""


def record(name: str, url: str, folder: str) -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for command in RECORDINGS[name]:
        line = command.format(url=url)
        console.print(Text.assemble(("$ ", "green"), (line, "bold")))
        console.print(Text.from_ansi(run(line, folder)))
    svg = console.export_svg(title="space-tools")
    # Not from somebody's server: a picture is no reason to call one.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


def run(line: str, folder: str) -> str:
    """What a command prints on a terminal that shows colours, and nothing that moves."""
    program, *arguments = shlex.split(line)
    terminal = {"FORCE_COLOR": "1", "TTY_INTERACTIVE": "0", "COLUMNS": str(WIDTH)}
    ended = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=folder,
        env={**os.environ, **terminal, "HOME": folder, "XDG_CACHE_HOME": folder},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return ended.stdout.replace(folder, "~")


def main(names: list[str]) -> None:
    command = [sys.executable, "-m", "space_tools.demo.app", "--port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as app,
    ):
        try:
            url = next(line for line in app.stdout if " at " in line).split(" at ")[1].strip()
            for name in names or RECORDINGS:
                record(name, url.rstrip("/"), folder)
        finally:
            app.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])
