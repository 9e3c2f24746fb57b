"""The tests of the policies notice when a rule changes: a sample of what `mutation.py` looks at."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

MUTATION = Path(__file__).parent / "mutation.py"

SAMPLE = 60
"""Of more than 400 mutants; by hand all of them are looked at."""


def test_most_rules_cannot_change_unnoticed(record_property: Callable[[str, object], None]) -> None:
    command = [sys.executable, str(MUTATION), "--sample", str(SAMPLE)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    report = ran.stdout[-4000:] + ran.stderr[-2000:]
    assert ran.returncode == 0, report
    found = re.search(r"^(\d+) of (\d+) mutants killed$", ran.stdout, re.MULTILINE)
    assert found, report
    killed, total = map(int, found.groups())
    record_property("figure", f"mutants of the policies: {killed} of {total} killed")
    assert total == SAMPLE
    assert killed >= 0.9 * total, report
