import os
import re
import sys
from pathlib import Path

from PIL import Image

from tests.cli.running import ROOT, succeeds
from tests.gradio_server import RunningApp


def test_the_demo_serves_lists_calls_and_saves(tmp_path: Path) -> None:
    shown = succeeds("demo", "--output-dir", str(tmp_path))
    assert re.search(r"A Gradio app runs at http://127\.0\.0\.1:\d+", shown)
    assert all(f"studio_{name}" in shown for name in ("poster", "haiku", "statistics", "shout"))
    assert "✓ tools/call studio_poster" in shown
    [picture] = tmp_path.iterdir()
    assert picture.name in shown.replace("\n", "")
    with Image.open(picture) as image:
        assert (image.format, image.size) == ("PNG", (512, 512))


def test_the_example_runs(interface_app: RunningApp) -> None:
    import subprocess

    command = [sys.executable, "examples/toolset.py", interface_app.url, "greet"]
    ended = subprocess.run(
        [*command, '{"name": "Ada", "intensity": 2}'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[0].startswith("app_greet: ")
    assert '"greeting": "Hello Ada!!"' in ended.stdout


def test_the_results_that_are_shown_are_those_of_today() -> None:
    """If the change is meant: `python examples/results.py > examples/results.md`."""
    import subprocess

    ended = subprocess.run(
        [sys.executable, "examples/results.py"],
        cwd=ROOT,
        # Long texts are cut where the paths beside them leave off, however long those are.
        env={**os.environ, "TMPDIR": "/tmp"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == (ROOT / "examples/results.md").read_text(encoding="utf-8")
