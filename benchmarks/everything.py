"""All the benchmarks, one after the other, at their own sizes: about an hour.

    python benchmarks/everything.py [FOLDER]

Each prints its tables, and writes what it found into FOLDER, as JSON.
"""

import subprocess
import sys
from pathlib import Path

COMMANDS = {
    "calls": ["--endpoints", "direct,queued,kilobyte,text,picture,file"],
    "users": [],
    "client": [],
    "start": [],
    "listing": [],
    "schemas": [],
    "flight": [],
    "soak": [],
    "transfer": [],
}


def main() -> int:
    """Exits with 1 if any of them failed; the others are run all the same."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "benchmark-results")
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name, options in COMMANDS.items():
        script = Path(__file__).with_name(f"{name}.py")
        results = ["--json", str(folder / f"{name}.json")]
        print(f"== {name}", flush=True)
        failed |= subprocess.run([sys.executable, str(script), *options, *results]).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
