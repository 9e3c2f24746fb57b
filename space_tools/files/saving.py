"""Copies of results' files where their user finds them: `paint-1.png`, `paint-2.png`, …"""

import os
import re
import shutil
from pathlib import Path

from space_tools.files.problems import FileProblem

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


class SavedFiles:
    """A folder for them, made when first needed. Nothing in it is ever overwritten or removed."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.realpath(folder))
        self._numbers: dict[str, int] = {}
        self._saved: set[str] = set()

    def save(self, source: Path, title: str, suffix: str) -> Path:
        """Copies a file under the first free number of that title. Blocking.

        A copy, not a link: it is its user's to change. Raises `FileProblem` if it cannot be.
        """
        suffix = suffix.lower() if _SUFFIX.fullmatch(suffix) else ""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = self._claim(title, suffix)
            try:
                shutil.copyfile(source, target)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise FileProblem(f"could not be saved in {self.folder}: {error.strerror}") from None
        self._saved.add(str(target))
        return target

    def has(self, text: str) -> bool:
        """Whether a path is that of a file saved here, by this process."""
        return str(Path(text)) in self._saved

    def _claim(self, title: str, suffix: str) -> Path:
        """An empty file under a name that nobody else has."""
        if title not in self._numbers:
            self._numbers[title] = self._highest(title)
        while True:
            self._numbers[title] += 1
            target = self.folder / f"{title}-{self._numbers[title]}{suffix}"
            try:
                target.open("xb").close()
            except FileExistsError:
                continue
            return target

    def _highest(self, title: str) -> int:
        numbered = re.compile(re.escape(title) + r"-(\d{1,9})(?:\..*)?")
        found = (numbered.fullmatch(name) for name in os.listdir(self.folder))
        return max((int(match[1]) for match in found if match), default=0)
